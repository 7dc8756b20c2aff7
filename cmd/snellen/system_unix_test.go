//go:build unix

package main

import "syscall"

// ownGroup makes a program the leader of a process group, and of a session, as daemons are.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// mkfifo makes a named pipe.
func mkfifo(path string) error { return syscall.Mkfifo(path, 0o666) }
