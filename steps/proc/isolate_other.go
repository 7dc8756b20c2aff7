//go:build unix && !linux

package proc

import "syscall"

// attributes ask for a process group. A program whose parent was killed may live on: only Linux can
// promise otherwise.
func attributes(string) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
