package proc

import (
	"bufio"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Linux sends the parent-death signal to a child that asked for it before its parent died. One that
// asks later must look whether the parent is still there. Go's child compares getppid with its
// parent's number, but in a new PID namespace that is always 0, and the first process of a
// namespace ignores the signal that it then sends itself. A program that is started so, and whose
// parent is killed in between, lives on.
//
// So a program that snellen starts is first a launcher: this executable again, which waits at a
// gate, one end of a socket. The parent opens it by a byte when exec has returned, hence after the
// child has asked for the signal. If the parent died before, the socket has no other end, and the
// launcher exits; if it dies later, the signal comes. Then the launcher becomes the program by
// exec.
//
// A process that is the first of a namespace needs none of this: nothing in it outlives it.
//
// Where no PID namespace is allowed, the launcher stays, as the program's parent. Linux makes it
// the parent of whatever the program leaves behind, in whichever session. It kills that when the
// program has ended, when it is told to by the closing of the gate, or when its parent dies, which
// closes the gate as well.

// marker is the launcher's name. Its arguments are its role, the gate's file descriptor, the path
// of a program and the program's whole command line.
const marker = "snellen launcher"

// Roles of a launcher.
const (
	become = "become" // the program
	stay   = "stay"   // as its parent
)

// launcherVariable names the launcher's path in the environment of a worker, which takes too long
// to load to be one.
const launcherVariable = "SNELLEN_LAUNCHER"

// self says that this executable can be a launcher.
var self bool

// Launched must come first in the main function of a program that can be its own launcher. Where
// this process is a launcher, it does the work and returns true with the exit code.
func Launched() (code int, launched bool) {
	if len(os.Args) < 5 || os.Args[0] != marker {
		_, err := os.Executable()
		self = err == nil // or there is no /proc
		return 0, false
	}
	gate, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return 1, true
	}
	unix.CloseOnExec(gate)
	bound()
	runtime.LockOSThread()
	path, args := os.Args[3], os.Args[4:]
	if os.Args[1] == stay {
		if !opened(gate) {
			return 1, true
		}
		return keep(gate, path, args), true
	}
	// The signal is a thread's, and exec keeps that of the thread that calls it. Until then, the
	// first thread has it.
	err = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0)
	if err != nil || !opened(gate) {
		return 1, true
	}
	err = syscall.Exec(path, args, os.Environ())
	answer(gate, err)
	return 1, true
}

// LauncherEnvironment returns what to add to the environment of a worker.
func LauncherEnvironment() []string {
	path := launcher()
	if self {
		path, _ = os.Executable()
	}
	if path == "" {
		return nil
	}
	return []string{launcherVariable + "=" + path}
}

// ownPath is this executable, also after it was replaced or removed.
const ownPath = "/proc/self/exe"

// launcher returns the path of the launcher, or "" where there is none.
func launcher() string {
	if self {
		return ownPath
	}
	return os.Getenv(launcherVariable)
}

// launcherRole returns what a launcher does for a program that this process starts, or "" where the
// program is started without one.
func launcherRole() string {
	switch {
	case launcher() == "":
		return ""
	case namespaces() == 0:
		return stay
	case os.Getpid() == 1:
		return ""
	}
	return become
}

// opened waits until the parent opens the gate, and reports whether it did.
func opened(gate int) bool {
	for {
		n, err := syscall.Read(gate, make([]byte, 1))
		if err != syscall.EINTR {
			return n == 1
		}
	}
}

// answer tells the parent how the start of the program ended. The error is nil or a syscall.Errno.
func answer(gate int, err error) {
	number, _ := err.(syscall.Errno)
	syscall.Write(gate, []byte(strconv.Itoa(int(number))+"\n"))
}

// launch starts the program by a launcher.
func (c *Cmd) launch() error {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(ends[1]), "gate")
	defer theirs.Close()
	if err := syscall.SetNonblock(ends[0], true); err != nil {
		syscall.Close(ends[0])
		return os.NewSyscallError("fcntl", err)
	}
	gate := os.NewFile(uintptr(ends[0]), "gate")
	if c.role == stay {
		c.group.hold(gate) // before the start: the context may be done at any moment
	} else {
		defer gate.Close()
	}
	if err := c.startLauncher(theirs); err != nil {
		gate.Close()
		return err
	}
	theirs.Close()
	if err := c.pass(gate); err != nil {
		c.Cmd.Wait() // it says less
		gate.Close()
		return err
	}
	return nil
}

// startLauncher starts the command as a launcher of its program, with that end of the gate.
func (c *Cmd) startLauncher(gate *os.File) error {
	path, args, files := c.Path, c.Args, c.ExtraFiles
	defer func() { c.Path, c.Args, c.ExtraFiles = path, args, files }()
	c.Path = launcher()
	c.Args = append([]string{marker, c.role, strconv.Itoa(3 + len(files)), path}, args...)
	c.ExtraFiles = append(slices.Clip(files), gate)
	return onStarterThread(c.Cmd.Start)
}

// pass opens the gate and returns how the start of the program ended. Where the launcher says
// nothing, it became the program, or was killed, which Wait reports.
func (c *Cmd) pass(gate *os.File) error {
	if _, err := gate.Write([]byte{1}); err != nil {
		return nil
	}
	line, err := bufio.NewReader(gate).ReadString('\n')
	if err != nil {
		return nil
	}
	number, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || number == 0 {
		return err
	}
	return &os.PathError{Op: "fork/exec", Path: c.Path, Err: syscall.Errno(number)}
}
