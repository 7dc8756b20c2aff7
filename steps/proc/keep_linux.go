package proc

import (
	"bytes"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"snellen/engine/regular"
)

// keep runs a program as its launcher that stays, and returns its exit code when nothing is left
// of what it started. If a signal ended the program, it ends this process, too. The calling thread
// must last: its end would kill the program.
func keep(gate int, path string, args []string) int {
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) // fails before Linux 3.4 alone
	pid, err := startKept(gate, path, args)
	answer(gate, err)
	if err != nil {
		return 1
	}
	var running atomic.Int64
	running.Store(int64(pid))
	send := func(s syscall.Signal) {
		if pid := running.Load(); pid != 0 {
			syscall.Kill(int(pid), s)
		}
	}
	go func() {
		opened(gate) // it is not opened again: this waits until it is closed
		send(syscall.SIGKILL)
	}()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	go func() {
		for range asked {
			send(syscall.SIGTERM)
		}
	}()
	status := waitFor(pid)
	running.Store(0)
	endRest()
	if status.Signaled() {
		dieOf(status.Signal())
	}
	return status.ExitStatus()
}

// startKept starts the program with this process's files, and then closes them here: who is at
// their other ends must see when the program closes them.
func startKept(gate int, path string, args []string) (int, error) {
	null, err := syscall.Open(os.DevNull, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer syscall.Close(null)
	files := make([]uintptr, gate)
	for fd := range files {
		files[fd] = uintptr(fd)
	}
	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{
		Env: os.Environ(), Files: files, Sys: groupAttributes(),
	})
	for fd := range files {
		syscall.Dup3(null, fd, syscall.O_CLOEXEC)
	}
	return pid, err
}

// waitFor waits until a child has ended, and returns how. Others that end meanwhile are gone.
func waitFor(child int) syscall.WaitStatus {
	var status syscall.WaitStatus
	for {
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if pid == child || err != nil && err != syscall.EINTR {
			return status
		}
	}
}

// endRest kills all children, and those that become children as their parents end, and waits until
// they are gone. Whoever is a child when a pass begins is killed by it, and whoever becomes one
// later does so before the end of one that was killed is seen, which begins the next pass.
func endRest() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.ECHILD {
			return
		}
		if pid > 0 || err == syscall.EINTR {
			continue
		}
		if !killChildren() {
			return // without /proc they cannot be found
		}
		syscall.Wait4(-1, nil, 0, nil)
	}
}

// killChildren kills the children of this process, and reports whether it found any.
func killChildren() (found bool) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && parent(e.Name()) == os.Getpid() {
			found = syscall.Kill(pid, syscall.SIGKILL) == nil || found
		}
	}
	return found
}

// parent returns the parent's number of a process, or 0 where it is gone.
func parent(pid string) int {
	stat, _ := regular.Read("/proc/"+pid+"/stat", 4<<10)
	// number (name) state parent ...; the name may have parentheses and spaces
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	number, _ := strconv.Atoi(string(fields[1]))
	return number
}

// dieOf ends this process by a signal. Go's own handler would print what this process does.
func dieOf(s syscall.Signal) {
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	var byDefault [4]uint64 // a sigaction of the kernel
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s),
		uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	syscall.Kill(os.Getpid(), s)
	select {} // another thread may be the one that it ends
}
