//go:build unix

package folder

import "syscall"

func mkfifo(path, _ string) error { return syscall.Mkfifo(path, 0o666) }
