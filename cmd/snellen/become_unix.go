//go:build unix

package main

import "syscall"

// become replaces this process by another program, which then has its streams and its signals. It
// returns only where that cannot be started.
func become(path string, args, env []string) (code int, err error) {
	return 0, syscall.Exec(path, args, env)
}
