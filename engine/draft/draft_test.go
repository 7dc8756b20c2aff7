package draft

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets this program run as a process of its own that writes drafts until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("DRAFT_TEST_PATH"); path != "" {
		_, err := NewFile(path)
		if err == nil {
			_, err = NewFolder(path)
		}
		if err == nil {
			_, err = NewTemporary()
		}
		fmt.Println("begun", err)
		io.Copy(io.Discard, os.Stdin)
	}
	if path := os.Getenv("DRAFT_TEST_REMOVE"); path != "" {
		fmt.Println("begun")
		fmt.Println("removed", Remove(path))
		io.Copy(io.Discard, os.Stdin)
	}
	os.Exit(m.Run())
}

// names returns the names in a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"one", "two two", ""} {
		if err := WriteFile(path, []byte(text), 0); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != text {
			t.Errorf("%q, %v", data, err)
		}
	}
	if err := WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(path); err != nil ||
		runtime.GOOS != "windows" && fi.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	d, err := NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.Path, "inner"), nil, 0o666); err != nil {
		t.Error(err)
	}
	d.Discard()
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("%q", all)
	}
}

// TestSweepTakesTheDeadsAlone sweeps beside a process that is writing, and again once it is killed.
func TestSweepTakesTheDeadsAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders are not locked there")
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	cmd.Env = append(os.Environ(), "DRAFT_TEST_PATH="+filepath.Join(dir, "report"))
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "begun <nil>\n" {
		t.Fatal(line)
	}
	Sweep(dir)
	SweepTemporary()
	if all := append(names(t, dir), names(t, tmp)...); len(all) != 3 {
		t.Errorf("beside its writer: %q", all)
	}
	cmd.Process.Kill()
	cmd.Wait() // its error says that it was killed
	Sweep(dir)
	SweepTemporary()
	if all := append(names(t, dir), names(t, tmp)...); len(all) != 0 {
		t.Errorf("its writer is dead: %q", all)
	}
}

// TestAKilledRemovalIsWholeOrNone kills removals of a large folder at other moments each time.
func TestAKilledRemovalIsWholeOrNone(t *testing.T) {
	const files = 1000
	gone := false
	for round := 0; !gone; round++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "report")
		if err := os.Mkdir(path, 0o777); err != nil {
			t.Fatal(err)
		}
		for i := range files {
			if err := os.WriteFile(filepath.Join(path, fmt.Sprint(i)), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "DRAFT_TEST_REMOVE="+path)
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		if line, _ := lines.ReadString('\n'); line != "begun\n" {
			t.Fatal(line)
		}
		timer := time.AfterFunc(50*time.Microsecond<<(round/2), func() { cmd.Process.Kill() })
		if line, _ := lines.ReadString('\n'); line == "removed <nil>\n" {
			gone = true
		}
		timer.Stop()
		cmd.Process.Kill()
		cmd.Wait() // its error says that it was killed
		entries, err := os.ReadDir(path)
		if n := len(entries); err == nil && n != files || err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("round %d: %d files of %d are left: %v", round, n, files, err)
		}
		if gone && err == nil {
			t.Fatal("it says that it has removed what is there")
		}
		Sweep(dir)
		if all := names(t, dir); len(all) > 1 || gone && len(all) > 0 {
			t.Fatalf("round %d: %q", round, all)
		}
	}
}

// TestSweepLeavesWhatMayBeAlive: another machine's drafts, and those of versions without locks, are
// removed once they are old, and what only looks like a draft never.
func TestSweepLeavesWhatMayBeAlive(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * oldAfter)
	drafts := []string{".snellen-00000000-ABC.tmp", ".snellen-00000000-ABC.tmp.old", ".fmt-123",
		".tiny.report-456", ".tiny.lock.hcl.7"}
	others := []string{"tiny.report", ".fmt-", ".tiny.lock.hcl", ".tiny.lock.hcl.20261130123456",
		".snellen-export", ".snellen-notes.txt", "fmt-123", ".123"}
	for _, name := range append(drafts, others...) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(dir)
	if all := names(t, dir); len(all) != len(drafts)+len(others) {
		t.Errorf("fresh ones: %q", all)
	}
	for _, name := range append(drafts, others...) {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(dir)
	if all := names(t, dir); len(all) != len(others) {
		t.Errorf("old ones: %q", all)
	}
}

// TestSweepTemporaryAgesNothing: a folder of another machine, or of an earlier version, stays, and
// so does what another program gave such a name.
func TestSweepTemporaryAgesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	old := time.Now().Add(-2 * oldAfter)
	for _, name := range []string{"snellen-00000000-ABC.tmp", "snellen-s3-1234",
		"snellen-" + machine() + ".tmp", "snellen-report.tmp", "other-" + machine() + "-ABC.tmp"} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	before := names(t, dir)
	d, err := NewTemporary()
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(d.Path); err != nil ||
		runtime.GOOS != "windows" && fi.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	d.Discard()
	if all := names(t, dir); len(all) != len(before) {
		t.Errorf("%q, before %q", all, before)
	}
}

// TestSweepFollowsNoLink: a link with a draft's name is nobody's draft, and what it names stays.
func TestSweepFollowsNoLink(t *testing.T) {
	dir, foreign := t.TempDir(), t.TempDir()
	file := filepath.Join(foreign, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, prefix+machine()+"-A"+suffix)
	if err := os.Symlink(foreign, link); err != nil {
		t.Skip(err)
	}
	Sweep(dir)
	for _, path := range []string{link, file} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
}

// TestManyWritersAtOnce: each writer sweeps what the dead left, and takes no other writer's draft.
func TestManyWritersAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			text := []byte(strings.Repeat(fmt.Sprint(i), 1000))
			for range 50 {
				if err := WriteFile(filepath.Join(dir, "file"), text, 0); err != nil {
					t.Error(err)
				}
				d, err := NewFolder(filepath.Join(dir, "folder"))
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(d.Path, "inner"), nil, 0o666); err != nil {
					t.Error(err)
				}
				d.Discard()
			}
		})
	}
	all.Wait()
	if left := names(t, dir); len(left) != 1 || left[0] != "file" {
		t.Errorf("%q", left)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || len(data) != 1000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
