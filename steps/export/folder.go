package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"snellen/engine/step"
)

// The files of a folder that are Snellen's own: the list of what an export made there, in the form of sha256sum, and the
// place where files are written before they get their names.
const (
	listName  = ".snellen-export"
	stageName = ".snellen-export.tmp"
	maxList   = 256 << 20 // bytes
)

// A folder is one that an export fills. What an earlier export made there is replaced, and nothing else is touched: a file
// that is in the way, or was changed since, is an error. Files are written aside and get their names at the end, after the
// list names both the old and the new ones; so a crash leaves files that are whole, and that the next export knows.
type folder struct {
	dir   string
	root  *os.Root
	lock  *os.File
	fresh bool                         // the folder was made here
	made  map[string][]string          // digests that a file may have, by its name
	new   map[string]string            // digests
	order []string                     // of the new files, as they were written
	alone bool                         // what others put into the folder is an error
	title string                       // of the list
	done  func(files int, bytes int64) // told after each file
	bytes int64
}

// openFolder begins an export into dir. Close must be called.
func openFolder(dir, title string, alone bool) (*folder, error) {
	f := &folder{dir: dir, title: title, alone: alone, new: map[string]string{}, done: func(int, int64) {}}
	_, err := os.Stat(dir)
	f.fresh = errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	if f.root, err = os.OpenRoot(dir); err != nil {
		return nil, err
	}
	if err = f.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *folder) begin() (err error) {
	if f.lock, err = f.root.Open("."); err != nil {
		return err
	}
	if err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return step.WithHint(fmt.Errorf("another export writes to %s: %w", f.dir, err), "wait for its end, and type this again")
	}
	if f.made, err = f.readList(); err != nil {
		return err
	}
	if err := f.root.RemoveAll(stageName); err != nil { // of an export that was killed
		return err
	}
	if f.alone {
		if err := f.foreign(); err != nil {
			return err
		}
	}
	return f.root.Mkdir(stageName, 0o777)
}

// readList reads which files an earlier export made. The list may have been changed by anybody: its paths are held to the
// folder by the root, and its digests are compared before a file is touched.
func (f *folder) readList() (map[string][]string, error) {
	all := map[string][]string{}
	list, err := f.root.Open(listName)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	defer list.Close()
	lines := bufio.NewScanner(io.LimitReader(list, maxList))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		if _, err := hex.DecodeString(digest); !ok || err != nil || len(digest) != 2*sha256.Size || !fs.ValidPath(name) || f.own(name) {
			return nil, step.WithHint(fmt.Errorf("%s in %s is damaged", listName, f.dir), "export into another folder")
		}
		all[name] = append(all[name], digest)
	}
	return all, lines.Err()
}

func (f *folder) own(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == listName || first == stageName
}

// foreign is an error where the folder has a file that no export made.
func (f *folder) foreign() error {
	return fs.WalkDir(f.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || f.made[name] != nil || f.own(name) {
			return err
		}
		return step.WithHint(fmt.Errorf("%s holds %q, which no export made; nothing was written", f.dir, name), "name a folder that is new or empty")
	})
}

// write makes a file by its slash-separated name, which gets its place at commit.
func (f *folder) write(name string, fill func(io.Writer) error) error {
	if _, twice := f.new[name]; twice || !fs.ValidPath(name) || f.own(name) {
		return fmt.Errorf("%q is there twice, or is no file's name", name)
	}
	out, err := f.root.Create(f.staged(len(f.order)))
	if err != nil {
		return err
	}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(out, 1<<16)
	counted := &counter{w: io.MultiWriter(buffered, sum)}
	if err := errors.Join(fill(counted), buffered.Flush(), out.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	f.bytes += counted.n
	f.new[name], f.order = hex.EncodeToString(sum.Sum(nil)), append(f.order, name)
	f.done(len(f.new), f.bytes)
	return nil
}

// A counter counts what goes through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// commit gives the files their names, removes what an earlier export made and this one did not, and tells how many files
// changed.
func (f *folder) commit() (changed int, err error) {
	var put, drop []string
	for _, name := range slices.Sorted(maps.Keys(f.made)) {
		if there, err := f.compare(name); err != nil {
			return 0, err
		} else if _, again := f.new[name]; there != "" && !again {
			drop = append(drop, name)
		}
	}
	for _, name := range f.order {
		there, err := f.compare(name)
		if err != nil {
			return 0, err
		}
		if there != f.new[name] {
			put = append(put, name)
		}
	}
	if len(put)+len(drop) > 0 {
		err = f.settle(put, drop)
	}
	return len(put) + len(drop), err
}

// compare gives the digest of a file that is in the folder, "" where there is none. One that no export made, or that was
// changed since, is an error.
func (f *folder) compare(name string) (string, error) {
	fi, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	hint := "move it away, or export into another folder"
	if f.made[name] == nil || !fi.Mode().IsRegular() {
		return "", step.WithHint(fmt.Errorf("%s holds %q, which no export made; nothing was written", f.dir, name), hint)
	}
	file, err := f.root.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if !slices.Contains(f.made[name], digest) {
		return "", step.WithHint(fmt.Errorf("%q in %s was changed since it was exported; nothing was written", name, f.dir), hint)
	}
	return digest, nil
}

func (f *folder) settle(put, drop []string) error {
	both := maps.Clone(f.made)
	for name, digest := range f.new {
		both[name] = append(slices.Clone(both[name]), digest)
	}
	if err := f.writeList(both); err != nil {
		return err
	}
	place := map[string]int{}
	for i, name := range f.order {
		place[name] = i
	}
	for _, name := range put {
		if err := f.root.MkdirAll(path.Dir(name), 0o777); err != nil {
			return err
		}
		if err := f.root.Rename(f.staged(place[name]), name); err != nil {
			return err
		}
	}
	for _, name := range drop {
		if err := f.root.Remove(name); err != nil {
			return err
		}
		for above := path.Dir(name); above != "." && f.root.Remove(above) == nil; above = path.Dir(above) {
		}
	}
	last := map[string][]string{}
	for name, digest := range f.new {
		last[name] = []string{digest}
	}
	return f.writeList(last)
}

func (f *folder) writeList(all map[string][]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# made by snellen export: %s; sha256sum -c %s\n", f.title, listName)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, digest := range slices.Compact(slices.Sorted(slices.Values(all[name]))) {
			fmt.Fprintf(&b, "%s  %s\n", digest, name)
		}
	}
	aside := path.Join(stageName, "list")
	if err := f.root.WriteFile(aside, []byte(b.String()), 0o666); err != nil {
		return err
	}
	return f.root.Rename(aside, listName)
}

func (f *folder) staged(i int) string { return path.Join(stageName, fmt.Sprint(i)) }

// Close ends an export. A folder that was made for it, and got no file, is removed.
func (f *folder) Close() error {
	err := f.root.RemoveAll(stageName)
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
	}
	if err = errors.Join(err, f.root.Close()); f.fresh {
		os.Remove(f.dir) // fails, as it should, where it holds anything
	}
	return err
}

// path is where a file of the folder is, for people.
func (f *folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }
