package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"snellen/steps/term"
)

// onTerminal runs a command on a terminal of its own, of so many columns, and returns the lines
// that it showed, without colours and without the moves of the cursor.
func onTerminal(t *testing.T, cmd *exec.Cmd, columns uint16) []string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there is no pseudoterminal: ", err)
	}
	defer master.Close()
	var number uint32
	unlocked := int32(0)
	control(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	control(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(t, master, syscall.TIOCSWINSZ, unsafe.Pointer(&[4]uint16{40, columns}))
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(cmd.Env, "TERM=xterm", "CI=")
	err = cmd.Start()
	slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(master) // ends with an error when the other side is closed
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	plain := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`).ReplaceAllString(string(out), "")
	return strings.Split(strings.ReplaceAll(plain, "\r", ""), "\n")
}

func control(t *testing.T, f *os.File, request uintptr, value unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request,
		uintptr(value)); errno != 0 {
		t.Fatal(errno)
	}
}

// TestNarrowTerminals applies a study and shows its plan, its report and a help text at several
// widths: no line is longer than the terminal, and no figure that matters is cut.
func TestNarrowTerminals(t *testing.T) {
	first := tiny(t)
	for i, columns := range []uint16{80, 60, 50} {
		cmd := again(first.Dir)
		if i > 0 {
			cmd = again(first.Dir, "FAKE_ACCURACY=0.9")
			cmd.Args = append(cmd.Args, "-replace", "*/train")
		}
		lines := onTerminal(t, cmd, columns)
		for _, args := range []string{"report", "plan -replace */train", "help apply", "runs"} {
			cmd := again(first.Dir)
			cmd.Args = append([]string{"snellen"}, strings.Fields(args)...)
			lines = append(lines, onTerminal(t, cmd, columns)...)
		}
		for _, line := range lines {
			if n := term.Width(line); n > int(columns) && !exempt(line) {
				t.Errorf("%d of %d columns: %q", n, columns, line)
			}
		}
		all := strings.Join(lines, "\n")
		for _, want := range []string{
			` 64x48 +75.0 % \(12-99\)`, `best epoch`, `\d+ B|KiB`, `epoch 1: validation 0\.800`,
		} {
			if !regexp.MustCompile(want).MatchString(all) {
				t.Errorf("no %s at %d columns in\n%s", want, columns, all)
			}
		}
		if strings.Contains(all, "…") {
			t.Errorf("something is cut at %d columns:\n%s", columns, all)
		}
	}
}

// exempt reports whether a line may be longer than the terminal: it is an example, to be copied.
func exempt(line string) bool { return strings.HasPrefix(line, "  snellen ") }
