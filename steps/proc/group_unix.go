//go:build unix

package proc

import (
	"errors"
	"os"
	"syscall"
)

// A group is the process group that a program leads.
type group struct{}

// adopt does nothing: the group was made with the process.
func (group) adopt(*os.Process) {}

// kill ends all processes of the group at once.
func (group) kill(p *os.Process) error {
	err := syscall.Kill(-p.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) {
		return p.Kill() // no group yet, or none left
	}
	return err
}

func (group) close() {}
