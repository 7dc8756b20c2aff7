//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// harms are the ways to damage a file.
var harms = []struct {
	name string
	do   func(e *episode, path string) error
}{
	{"a bit flipped", rewrite(func(e *episode, data []byte) []byte {
		if len(data) > 0 {
			data[e.random.IntN(len(data))] ^= 1 << e.random.IntN(8)
		}
		return data
	})},
	{"a digit changed", rewrite(func(e *episode, data []byte) []byte {
		var digits []int
		for i, c := range data {
			if c >= '0' && c <= '9' {
				digits = append(digits, i)
			}
		}
		if len(digits) > 0 {
			i := digits[e.random.IntN(len(digits))]
			data[i] = '0' + (data[i]-'0'+1+byte(e.random.IntN(9)))%10
		}
		return data
	})},
	{"cut", rewrite(func(e *episode, data []byte) []byte {
		return data[:e.random.IntN(len(data)+1)]
	})},
	{"emptied", rewrite(func(*episode, []byte) []byte { return nil })},
	{"zeros", rewrite(func(e *episode, data []byte) []byte {
		from := e.random.IntN(len(data) + 1)
		clear(data[from:])
		return data
	})},
	{"grown", rewrite(func(e *episode, data []byte) []byte {
		return append(data, data[e.random.IntN(len(data)+1):]...)
	})},
	{"a line repeated", rewrite(func(e *episode, data []byte) []byte {
		lines := bytes.SplitAfter(data, []byte("\n"))
		i := e.random.IntN(len(lines))
		return bytes.Join(slices.Insert(lines, i, lines[i]), nil)
	})},
	{"removed", func(_ *episode, path string) error { return os.Remove(path) }},
	{"a folder in its place", instead(func(_ *episode, path string) error {
		if err := os.Mkdir(path, 0o777); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(path, "file"), nil, 0o666)
	})},
	{"a link to nothing", instead(func(_ *episode, path string) error {
		return os.Symlink(path+".gone", path)
	})},
	{"a link to itself", instead(func(_ *episode, path string) error {
		return os.Symlink(filepath.Base(path), path)
	})},
	{"a link to what never ends", instead(func(_ *episode, path string) error {
		return os.Symlink("/dev/zero", path)
	})},
	{"a pipe", instead(func(_ *episode, path string) error { return syscall.Mkfifo(path, 0o666) })},
	{"another file of its folder", func(e *episode, path string) error {
		dir := filepath.Dir(filepath.Dir(path))
		names, err := files(dir)
		if err != nil {
			return err
		}
		data, err := read(filepath.Join(dir, names[e.random.IntN(len(names))]))
		if err != nil {
			return err
		}
		return rewrite(func(*episode, []byte) []byte { return data })(e, path)
	}},
}

// rewrite changes a file's bytes in place, as a bad disk or an editor does. Objects are read-only.
func rewrite(change func(e *episode, data []byte) []byte) func(e *episode, path string) error {
	return func(e *episode, path string) error {
		data, err := read(path)
		if err != nil {
			return err
		}
		fi, err := os.Stat(path)
		if err == nil {
			err = os.Chmod(path, 0o666)
		}
		if err == nil {
			err = os.WriteFile(path, change(e, data), 0o666)
		}
		if err == nil {
			err = os.Chmod(path, fi.Mode())
		}
		return err
	}
}

func instead(put func(e *episode, path string) error) func(e *episode, path string) error {
	return func(e *episode, path string) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return put(e, path)
	}
}

// kinds are the kinds of files that are damaged, as patterns below an episode's folder, and what
// may follow. A command may refuse to go on for a file that a person keeps, and names it then.
var kinds = []struct {
	name, pattern string
	refused       bool
}{
	{"an object", "store/objects/*/*", false},
	{"a record", "store/records/*/*", false},
	{"a history", "store/shapes/*/*", false},
	{"the memo", "store/memo/*", false},
	{"a journal", "store/runs/*", false},
	{"the last keys", "store/last/*", false},
	{"the version", "store/version", true},
	{"a lock", "store/locks/*", false},
	{"the lock file", "study/tiny.lock.hcl", true},
	{"the report's list", "study/tiny.report/.made", false},
	{"the report", "study/tiny.report/*.*", false},
	{"a picture of the report", "study/tiny.report/*/*/*", false},
}

// readers are the commands that may meet a damaged file before the next apply.
var readers = [][]string{
	{"plan"}, {"plan", "-json"}, {"runs"}, {"logs", "64x48/train"}, {"explain", "64x48/train"},
	{"report"}, {"report", "-format", "json"}, {"store", "stats"}, {"store", "verify"}, {"graph"},
	{"gc", "-dry-run"}, {"gc", "-auto-approve"}, {"validate"}, {"verify", "64x48/extract/A"},
	{"export", "dataset", "64x48", "../pictures"}, {"export", "model", "64x48", "../model"},
	{"export", "bundle", "../tiny.tar.gz"}, {"compare", "tiny.hcl", "tiny.hcl"},
	{"apply", "-auto-approve"}, {"apply", "-auto-approve", "-locked"},
}

// damage damages files of a whole study, reads them, and holds that an apply puts all right: what
// is damaged is missed or refused, and never believed.
func (e *episode) damage() error {
	if err := from(0)(e); err != nil {
		return err
	}
	if e.random.IntN(3) == 0 { // or there is something to run as well
		if err := edited(1)(e); err != nil {
			return err
		}
	}
	text, err := read(e.spec())
	if err != nil {
		return err
	}
	spec := slices.Index(specs, string(text))
	mayRefuse := ""
	for range 1 + e.random.IntN(3) {
		kind := kinds[e.random.IntN(len(kinds))]
		paths, err := filepath.Glob(filepath.Join(e.dir, kind.pattern))
		if err != nil {
			return err
		}
		paths = slices.DeleteFunc(paths, func(path string) bool {
			fi, err := os.Lstat(path)
			return err != nil || !fi.Mode().IsRegular()
		})
		if len(paths) == 0 {
			continue
		}
		path := paths[e.random.IntN(len(paths))]
		harm := harms[e.random.IntN(len(harms))]
		before, err := read(path)
		if err == nil {
			err = harm.do(e, path)
		}
		if err != nil {
			return fmt.Errorf("damage %s: %w", path, err)
		}
		if now, err := read(path); err == nil && bytes.Equal(now, before) {
			continue // the change changed nothing
		}
		e.Damages[kind.name+": "+harm.name]++
		e.did = append(e.did, fmt.Sprintf("%s: %s", strings.TrimPrefix(path, e.dir+"/"), harm.name))
		if kind.refused {
			mayRefuse = kind.name
			e.refused = append(e.refused, path)
		}
	}
	err = e.afterDamage(spec, mayRefuse != "")
	if err != nil {
		err = fmt.Errorf("after %s: %w", strings.Join(e.did, "; "), err)
	}
	return err
}

// afterDamage runs commands on a damaged study, and then puts it right.
func (e *episode) afterDamage(spec int, mayRefuse bool) error {
	for range 1 + e.random.IntN(2) {
		if _, err := e.finish(readers[e.random.IntN(len(readers))]...); err != nil {
			return err
		}
	}
	if mayRefuse {
		c, err := e.finish("apply", "-auto-approve")
		if err != nil {
			return err
		}
		if c.ProcessState.ExitCode() != 0 {
			named := func(path string) bool {
				return bytes.Contains(c.text(), []byte(filepath.Base(path)))
			}
			if !slices.ContainsFunc(e.refused, named) {
				return fmt.Errorf("it refuses, and does not say what is damaged: %s\n%s", c, c.tail())
			}
			if err := e.putBack(spec); err != nil {
				return err
			}
		}
	}
	if err := e.must("apply", "-auto-approve"); err != nil {
		return err
	}
	// What no step needed to read is found by these, and moved away or removed.
	for _, args := range [][]string{{"store", "verify"}, {"gc", "-auto-approve"}} {
		if _, err := e.finish(args...); err != nil {
			return err
		}
	}
	// A report goes without pictures whose objects are gone, until their steps are run again.
	if slices.ContainsFunc(e.did, func(what string) bool { return strings.Contains(what, "/objects/") }) {
		if err := e.must("apply", "-auto-approve", "-replace", "**"); err != nil {
			return err
		}
	}
	return e.settle(spec)
}

// putBack gives a person's files what they had.
func (e *episode) putBack(spec int) error {
	for _, path := range e.refused {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		name, err := filepath.Rel(e.dir, path)
		if err != nil {
			return err
		}
		data, err := read(filepath.Join(reference(e.options, spec), name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(path, data, 0o666)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
