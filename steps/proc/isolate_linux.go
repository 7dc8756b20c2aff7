package proc

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// attributes ask for a process group, a signal at the parent's death, and, where that is allowed, a PID namespace: the
// signal reaches only the direct child, but when the first process of a namespace dies, the kernel ends all others in it.
func attributes() *syscall.SysProcAttr {
	a := grouped()
	if namespaces() != 0 {
		inNamespace(a)
	}
	return a
}

func grouped() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// namespaces are the clone flags that work here. Only a trial tells: containers forbid one or the other in many ways.
var namespaces = sync.OnceValue(func() uintptr {
	path, err := exec.LookPath("true")
	if err != nil {
		return 0
	}
	for _, flags := range []uintptr{syscall.CLONE_NEWPID, syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID} {
		trial := exec.Command(path)
		trial.SysProcAttr = grouped()
		isolate(trial.SysProcAttr, flags)
		if trial.Run() == nil {
			return flags
		}
	}
	return 0
})

func inNamespace(a *syscall.SysProcAttr) { isolate(a, namespaces()) }

// isolate sets the flags. In a user namespace the person stays who they are, so that files stay theirs.
func isolate(a *syscall.SysProcAttr, flags uintptr) {
	a.Cloneflags = flags
	if flags&syscall.CLONE_NEWUSER != 0 {
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
}
