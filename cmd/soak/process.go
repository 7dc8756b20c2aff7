//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"snellen/engine/regular"
)

// adoptOrphans makes this process the parent of every process below it whose own parent dies. So
// what a killed snellen leaves alive is found among this process's children.
func adoptOrphans() error {
	err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	return errors.Join(err, unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0))
}

// A command is a run of snellen.
type command struct {
	*exec.Cmd
	output *os.File // standard output and standard error
	ended  chan struct{}
}

// start starts snellen in the study's folder.
func (e *episode) start(args ...string) (*command, error) {
	return e.launch(e.study(), filepath.Join(e.bin, "snellen"), args...)
}

func (e *episode) launch(dir, program string, args ...string) (*command, error) {
	e.commands++
	if err := os.MkdirAll(e.temporary(), 0o777); err != nil {
		return nil, err
	}
	name := filepath.Join(e.dir, fmt.Sprintf("output-%03d.txt", e.commands))
	output, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = output, output
	cmd.Env = append(e.common(), e.environment...)
	if e.service != nil {
		cmd.Env = append(cmd.Env, e.service.environment()...)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, output.Close())
	}
	c := &command{Cmd: cmd, output: output, ended: make(chan struct{})}
	go func() {
		cmd.Wait()
		output.Close()
		close(c.ended)
	}()
	return c, nil
}

// common is the environment that every command has.
func (e *episode) common() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + e.dir, "TMPDIR=" + e.temporary(),
		"SNELLEN_STORE=" + string(e.store()), "SNELLEN_WORKER=" + filepath.Join(e.bin, "snellen-worker"),
		"NO_COLOR=1", "OMP_WAIT_POLICY=PASSIVE"}
}

// wait waits until the command has ended, and reports whether it did so in time.
func (c *command) wait(atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-c.ended:
		return true
	case <-timer.C:
		return false
	}
}

// killed reports whether the command, which has ended, was killed. strace dies as its program did.
func (c *command) killed() bool {
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func (c *command) String() string {
	return fmt.Sprintf("%s (see %s)", strings.Join(c.Args, " "), filepath.Base(c.output.Name()))
}

// text is what the command printed.
func (c *command) text() []byte {
	data, err := regular.Read(c.output.Name(), 64<<20)
	if err != nil {
		return []byte(err.Error())
	}
	return data
}

func (c *command) tail() string {
	lines := strings.Split(strings.TrimSpace(string(c.text())), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

var crash = regexp.MustCompile(`(?m)^(panic: |fatal error: |goroutine \d+ \[|unexpected fault address)`)

// trouble returns an error where a command crashed by itself, or was ended by anything but the kill
// that was meant for it.
func (c *command) trouble() error {
	if crash.Match(c.text()) {
		return fmt.Errorf("it crashed: %s\n%s", c, c.tail())
	}
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() && status.Signal() != syscall.SIGKILL {
		return fmt.Errorf("it was ended by %s: %s", status.Signal(), c)
	}
	return nil
}

// A process is one of the system's.
type process struct {
	pid, parent int
	name        string
	dead        bool // and not reaped
}

// processes lists the system's processes.
func processes() (all []process) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		data, err := regular.Read(path, 64<<10)
		if err != nil {
			continue // it has just ended
		}
		open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
		if open < 0 || end < open {
			continue
		}
		fields := strings.Fields(string(data[end+1:]))
		if len(fields) < 2 {
			continue
		}
		p := process{name: string(data[open+1 : end]), dead: fields[0] == "Z" || fields[0] == "X"}
		p.pid, _ = strconv.Atoi(strings.TrimSpace(string(data[:open])))
		p.parent, _ = strconv.Atoi(fields[1])
		all = append(all, p)
	}
	return all
}

// below lists the living processes that a process has started, with all that they have.
func below(pid int) (found []process) {
	all := processes()
	for parents := []int{pid}; len(parents) > 0; {
		var next []int
		for _, p := range all {
			if slices.Contains(parents, p.parent) {
				next = append(next, p.pid)
				if !p.dead {
					found = append(found, p)
				}
			}
		}
		parents = next
	}
	return found
}

// orphans returns the living processes below this one that belong to no command that runs. Dead
// ones are reaped on the way.
func (e *episode) orphans(running ...*command) (alive []process) {
	self := os.Getpid()
	for _, p := range processes() {
		if p.parent != self || slices.ContainsFunc(running, func(c *command) bool {
			return c.Process.Pid == p.pid
		}) || e.service != nil && e.service.pid() == p.pid {
			continue
		}
		if p.dead {
			syscall.Wait4(p.pid, nil, syscall.WNOHANG, nil)
			continue
		}
		alive = append(alive, p)
		alive = append(alive, below(p.pid)...)
	}
	return alive
}

// deathTime is how long the system may take to end the children of a process that was killed.
const deathTime = 15 * time.Second

// alone returns an error where something of a killed command still lives.
func (e *episode) alone(running ...*command) error {
	for began := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		alive := e.orphans(running...)
		if len(alive) == 0 {
			return nil
		}
		if time.Since(began) > deathTime {
			var names []string
			for _, p := range alive {
				names = append(names, fmt.Sprintf("%s (%d)", p.name, p.pid))
				syscall.Kill(p.pid, syscall.SIGKILL)
			}
			return fmt.Errorf("processes outlive a killed snellen: %s", strings.Join(names, ", "))
		}
	}
}

// A blow is a way to have a command die.
type blow struct {
	what string // for the table
	// land waits until the time has come, and kills. It returns false where the command ended
	// before.
	land func(c *command) bool
}

// after waits, and reports whether the command still runs.
func (c *command) after(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	return !c.wait(d)
}

// drawBlow draws when and what to kill in a command that takes as long as usual.
func drawBlow(r *rand.Rand, usual time.Duration) blow {
	// A third of the kills fall early; the others anywhere.
	delay := time.Duration(r.Float64() * float64(usual))
	if r.IntN(3) == 0 {
		delay = time.Duration(r.ExpFloat64() * float64(20*time.Millisecond))
	}
	switch n := r.IntN(20); {
	case n < 13:
		return blow{"snellen", func(c *command) bool {
			return c.after(delay) && c.Process.Kill() == nil
		}}
	case n < 18:
		pick := r.Float64()
		b := blow{what: "a child"}
		b.land = func(c *command) bool {
			for wait := delay; c.after(wait); wait = 2 * time.Millisecond {
				if children := below(c.Process.Pid); len(children) > 0 {
					return syscall.Kill(children[int(pick*float64(len(children)))].pid,
						syscall.SIGKILL) == nil
				}
			}
			return false
		}
		return b
	default: // as when a machine's memory is over, or a container is stopped
		b := blow{what: "all"}
		b.land = func(c *command) bool {
			if !c.after(delay) {
				return false
			}
			children := below(c.Process.Pid)
			r.Shuffle(len(children), func(i, j int) {
				children[i], children[j] = children[j], children[i]
			})
			at := r.IntN(len(children) + 1)
			for i, p := range children {
				if i == at {
					c.Process.Kill()
				}
				syscall.Kill(p.pid, syscall.SIGKILL)
			}
			return c.Process.Kill() == nil
		}
		return b
	}
}

// changes are the system calls by which files change, what they do, and how many of them a thread
// makes, about.
var changes = []struct {
	calls, name string
	usual       float64
}{
	{"renameat,renameat2,rename", "a rename", 1},
	{"unlinkat,unlink,rmdir", "a removal", 1},
	{"fsync,fdatasync", "a flush", 1},
	{"mkdirat,mkdir", "a new folder", 1},
	{"openat,open", "an opening", 12},
	{"write,pwrite64,writev", "a write", 5},
	{"flock", "a lock", 1},
	{"fchmodat,fchmod,chmod", "a change of mode", 1},
}

// strace is the program's path, or "".
var strace, _ = exec.LookPath("strace")

// trap returns the arguments with which strace kills a program as it enters the nth of some system
// calls, counted by thread, and the name of that moment.
func trap(r *rand.Rand, program string) (what string, args []string) {
	c := changes[r.IntN(len(changes))]
	// Most threads change few files. So the first calls are drawn most often.
	n := 1 + int(r.ExpFloat64()*c.usual)
	return "before " + c.name, []string{"-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null",
		"-e", "trace=" + c.calls, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", c.calls, n),
		program}
}
