package proc

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// attributes asks for a process group and, on Linux, for a signal when the parent dies and a PID
// namespace where that is allowed. The signal reaches only the direct child; but when the first
// process of a namespace dies, the kernel kills all others in it. A launcher that stays gets no
// signal: it has to outlive this process, to kill what the program left.
func attributes(role string) *syscall.SysProcAttr {
	if role == stay {
		return &syscall.SysProcAttr{Setpgid: true}
	}
	a := groupAttributes()
	if namespaces() != 0 {
		inNamespace(a)
	}
	return a
}

// groupAttributes asks for a process group, and for a signal when the parent dies.
func groupAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// namespaces returns the clone flags that work here. Only a trial can tell, since containers forbid
// one or the other in many ways.
var namespaces = sync.OnceValue(func() uintptr {
	path, err := exec.LookPath("true")
	if err != nil {
		return 0
	}
	for _, flags := range []uintptr{syscall.CLONE_NEWPID,
		syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID} {
		trial := exec.Command(path)
		trial.SysProcAttr = groupAttributes()
		isolate(trial.SysProcAttr, flags)
		if trial.Run() == nil {
			return flags
		}
	}
	return 0
})

func inNamespace(a *syscall.SysProcAttr) { isolate(a, namespaces()) }

// isolate sets the flags. In a user namespace the user keeps their ids, so that new files belong to
// them.
func isolate(a *syscall.SysProcAttr, flags uintptr) {
	a.Cloneflags = flags
	if flags&syscall.CLONE_NEWUSER != 0 {
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(),
			Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(),
			Size: 1}}
	}
}
