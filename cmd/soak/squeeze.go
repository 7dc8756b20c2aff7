//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"snellen/engine/regular"
)

// A squeezed situation has a small disk of its own, which a ballast fills now and then, and little
// memory for all processes of its commands together: the system kills one where it is used up. It
// takes the right to mount and to make control groups.

// diskSize is the size of such a disk, in bytes. A study with its store takes a third of it.
const diskSize = 24 << 20

// mountDisk mounts a disk of its own in the episode's folder. Only this process and those that it
// starts see it: see follow.
func (e *episode) mountDisk() error {
	if err := os.MkdirAll(e.dir, 0o777); err != nil {
		return err
	}
	err := unix.Mount("tmpfs", e.dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize))
	if err != nil {
		return fmt.Errorf("mount a disk: %w", err)
	}
	return nil
}

// unmountDisk removes the disk. keep copies what is on it to the episode's folder.
func (e *episode) unmountDisk(keep bool) error {
	kept := e.dir + ".kept"
	var err error
	if keep {
		err = copyTree(kept, e.dir)
	}
	err = errors.Join(err, unix.Unmount(e.dir, unix.MNT_DETACH))
	if keep && err == nil {
		err = errors.Join(os.Remove(e.dir), os.Rename(kept, e.dir))
	}
	return err
}

// flood fills the disk but for a little, and frees it, until the commands have ended.
func (e *episode) flood(running []*command) error {
	ballast := filepath.Join(e.dir, "ballast")
	defer os.Remove(ballast)
	for _, c := range running {
		for {
			if c.wait(time.Duration(e.random.ExpFloat64() * float64(300*time.Millisecond))) {
				break
			}
			var disk unix.Statfs_t
			if err := unix.Statfs(e.dir, &disk); err != nil {
				return err
			}
			left := int64(e.random.ExpFloat64() * float64(256<<10))
			size := int64(disk.Bavail)*disk.Bsize - left
			if size <= 0 {
				continue // the commands have filled it themselves
			}
			// It may be smaller than that, since the commands write as well.
			_ = os.WriteFile(ballast, make([]byte, size), 0o666)
			e.Floods++
			c.wait(time.Duration(e.random.ExpFloat64() * float64(300*time.Millisecond)))
			if err := os.Remove(ballast); err != nil {
				return err
			}
		}
	}
	return nil
}

// A memory is a control group that bounds what its processes have, in bytes.
type memory string

// newMemory makes a group below this process's own.
func newMemory(name string, size int64) (memory, error) {
	text, err := regular.Read("/proc/self/cgroup", 64<<10)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, limit := "", ""
		switch {
		case parts[1] == "memory":
			root, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case parts[0] == "0":
			root, limit = "/sys/fs/cgroup", "memory.max"
		default:
			continue
		}
		dir := filepath.Join(root, parts[2], name)
		if err = os.Mkdir(dir, 0o777); err != nil {
			continue
		}
		err = os.WriteFile(filepath.Join(dir, limit), []byte(strconv.FormatInt(size, 10)), 0)
		if err == nil {
			return memory(dir), nil
		}
		os.Remove(dir)
	}
	return "", fmt.Errorf("no control group bounds memory: %w", err)
}

// add puts a process into the group, with all that it starts from now on.
func (m memory) add(pid int) error {
	return os.WriteFile(filepath.Join(string(m), "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
}

// remove removes the group, whose processes have ended.
func (m memory) remove() error {
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := os.Remove(string(m))
		if err == nil || time.Since(began) > deathTime {
			return err
		}
	}
}

// squeeze runs the situation's commands while the disk and the memory are small, and holds what
// must hold then. It returns true where they ended well.
func (e *episode) squeeze(s situation) (done bool, err error) {
	known, err := e.store().records()
	if err != nil {
		return false, err
	}
	// A worker takes some 300 MiB.
	m, err := newMemory(fmt.Sprintf("soak-%d-%d", os.Getpid(), e.commands),
		int64(100+e.random.IntN(900))<<20)
	if err != nil {
		return false, err
	}
	var running []*command
	for _, args := range [][]string{s.args, s.beside} {
		c, err := e.start(args...)
		if err != nil {
			return false, err
		}
		running = append(running, c)
		if err := m.add(c.Process.Pid); err != nil && !errors.Is(err, unix.ESRCH) {
			return false, err
		}
	}
	if err := e.flood(running); err != nil {
		return false, err
	}
	if err := e.after(s, known, running); err != nil {
		return false, err
	}
	done = true
	for _, c := range running {
		done = done && c.ProcessState.ExitCode() == 0
	}
	return done, m.remove()
}

// canSqueeze returns an error where this process cannot mount, or cannot bound memory.
func canSqueeze(o options) error {
	m, err := newMemory(fmt.Sprintf("soak-%d", os.Getpid()), 1<<30)
	if err == nil {
		err = m.remove()
	}
	if err != nil {
		return err
	}
	e := &episode{dir: filepath.Join(o.dir, fmt.Sprintf("disk-%d", o.lane))}
	if err := e.mountDisk(); err != nil {
		return err
	}
	return errors.Join(e.unmountDisk(false), os.Remove(e.dir))
}
