//go:build unix

package folder

import "syscall"

// errReadOnly is what a file system that is mounted for reading alone says.
const errReadOnly = syscall.EROFS
