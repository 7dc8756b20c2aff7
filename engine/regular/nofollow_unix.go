//go:build unix

package regular

import "syscall"

// noFollow has an opening fail where the path is a link.
const noFollow = syscall.O_NOFOLLOW
