//go:build unix

package proc

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// A group is the process group that a program leads, or all that a launcher keeps.
type group struct {
	mu   sync.Mutex
	gate *os.File // of a launcher that stays; nil: there is none
}

// adopt does nothing: the group was made with the process.
func (*group) adopt(*os.Process) {}

// hold leaves the group to a launcher, which ends it when the gate is closed.
func (g *group) hold(gate *os.File) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gate = gate
}

// kill ends all processes of the group at once.
func (g *group) kill(p *os.Process) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gate != nil {
		g.gate.Close() // more than once, perhaps
		return nil
	}
	err := syscall.Kill(-p.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) {
		return p.Kill() // no group yet, or none left
	}
	return err
}

// close lets the launcher go.
func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gate != nil {
		g.gate.Close()
	}
}
