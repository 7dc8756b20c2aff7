package main

import (
	"errors"
	"syscall"
)

// ownGroup makes a program the leader of a process group.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// mkfifo would make a named pipe, which Windows has not in its folders.
func mkfifo(string) error { return errors.ErrUnsupported }
