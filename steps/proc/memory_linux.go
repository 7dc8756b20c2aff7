package proc

import (
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"snellen/engine/regular"
)

// sacrifice is the least oom_score_adj of a program, from -1000 to 1000: where memory runs out, the
// kernel ends a program rather than the process that started it, and can say so.
const sacrifice = 200

// MemoryLimit returns how many bytes of memory each process may have that this one starts by a
// launcher: three quarters of the machine's, or of the control group's, but no more than this
// process may have. 0 means that there is no limit. What counts is memory that only the process can
// write to (RLIMIT_DATA). Address space does not count: libtorch maps gigabytes that it never uses.
func MemoryLimit() uint64 {
	limit := min(total(), groupLimit("/sys/fs/cgroup")) / 4 * 3
	var own syscall.Rlimit
	if syscall.Getrlimit(unix.RLIMIT_DATA, &own) == nil {
		limit = min(limit, own.Cur)
	}
	if limit == unlimited/4*3 {
		return 0
	}
	return limit
}

const unlimited = 1<<64 - 1

// total returns how many bytes of memory the machine has.
func total() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return unlimited
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// groupLimit returns how many bytes of memory the control groups allow that this process is in. The
// folder has their files, in version 1 or 2. A container sees the root of its own group alone.
func groupLimit(folder string) uint64 {
	limit := uint64(unlimited)
	groups, _ := regular.Read("/proc/self/cgroup", 64<<10)
	for line := range strings.Lines(string(groups)) {
		_, group, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, name, _ := strings.Cut(group, ":")
		root, file := folder, "memory.max"
		if controllers != "" {
			root, file = folder+"/memory", "memory.limit_in_bytes"
			if controllers != "memory" {
				continue
			}
		}
		for name = path.Clean("/" + name); ; name = path.Dir(name) {
			text, _ := regular.Read(root+name+"/"+file, 64)
			n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
			if err == nil && n > 0 { // or it is "max"
				limit = min(limit, n)
			}
			if name == "/" {
				break
			}
		}
	}
	return limit
}

// bound limits this process, and what it starts or becomes. What cannot be limited here is not.
func bound() {
	var limit syscall.Rlimit
	if n := MemoryLimit(); n != 0 && syscall.Getrlimit(unix.RLIMIT_DATA, &limit) == nil {
		limit.Cur = n
		syscall.Setrlimit(unix.RLIMIT_DATA, &limit)
	}
	const file = "/proc/self/oom_score_adj"
	text, err := regular.Read(file, 64)
	if now, _ := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && now < sacrifice {
		if f, err := regular.OpenFile(file, os.O_WRONLY, 0); err == nil {
			f.WriteString(strconv.Itoa(sacrifice))
			f.Close()
		}
	}
}
