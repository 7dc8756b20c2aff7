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

	"snellen/engine/filelock"
	"snellen/engine/regular"
	"snellen/engine/step"
)

// Snellen's own names in an export's folder: the list of the exported files, in the form of
// sha256sum, and the folder where files are written before they get their names.
const (
	listName  = ".snellen-export"
	stageName = ".snellen-export.tmp"
	maxList   = 256 << 20 // bytes
)

// A folder is the target of an export. It replaces what an earlier export wrote there and touches
// nothing else: a file that is in the way, or that was changed since, is an error before anything
// is written.
//
// New files are written to the folder stageName. commit lists the old and the new files with their
// digests, renames the new ones into place, removes the old ones, and then lists the new ones
// alone. So a crash leaves whole files, and the next export recognises them.
type folder struct {
	dir       string
	root      *os.Root            // confines every path to dir
	lock      *os.File            // dir, locked as long as the export runs
	created   bool                // dir was created by this export
	made      map[string][]string // files of the earlier export: the digests that each may have
	new       map[string]string   // files of this export, with their digests
	order     []string            // names of the new files, in the order of writing
	exclusive bool                // a file that no export wrote is an error
	title     string              // of the list
	bytes     int64               // of the new files
}

// openFolder begins an export to dir, which is created if it does not exist. The caller must call
// Close. While another export writes to dir, it returns an error.
func openFolder(dir, title string, exclusive bool) (*folder, error) {
	f := &folder{
		dir: dir, title: title, exclusive: exclusive, new: map[string]string{},
	}
	_, err := os.Stat(dir)
	f.created = errors.Is(err, fs.ErrNotExist)
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

// begin locks the folder, reads its list and makes room for new files.
func (f *folder) begin() (err error) {
	if f.lock, err = lockFile(f.root); err != nil {
		return err
	}
	if err := filelock.TryLock(f.lock, filelock.Exclusive); err != nil {
		return step.WithHint(fmt.Errorf("another export is writing to %s: %w", f.dir, err),
			"wait until it has ended, and type the command again")
	}
	if f.made, err = f.readList(); err != nil {
		return err
	}
	// An export that was killed may have left new files.
	if err := f.root.RemoveAll(stageName); err != nil {
		return err
	}
	if f.exclusive {
		if err := f.checkForeign(); err != nil {
			return err
		}
	}
	return f.root.Mkdir(stageName, 0o777)
}

// readList returns the files of the earlier export. Anybody may have edited the list, so it is not
// trusted: f.root confines its paths to the folder, and compare checks a file against its digests
// before the file is touched.
func (f *folder) readList() (map[string][]string, error) {
	list, err := regular.OpenIn(f.root, listName)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string][]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer list.Close()
	all, err := parseList(list)
	if errors.Is(err, errDamaged) {
		err = step.WithHint(fmt.Errorf("%s in %s %w", listName, f.dir, err),
			"export to another folder")
	}
	return all, err
}

// errDamaged is the error of a list with a line that no export wrote.
var errDamaged = errors.New("is damaged")

// parseList returns the digests of each file in a list.
func parseList(r io.Reader) (map[string][]string, error) {
	all := map[string][]string{}
	lines := bufio.NewScanner(io.LimitReader(r, maxList))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		_, err := hex.DecodeString(digest)
		if !ok || err != nil || len(digest) != 2*sha256.Size || !fs.ValidPath(name) || isOwn(name) {
			return nil, errDamaged
		}
		all[name] = append(all[name], digest)
	}
	return all, lines.Err()
}

// isOwn reports whether a name is one of Snellen's own in a folder, or lies below one.
func isOwn(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == listName || first == stageName
}

// checkForeign returns an error if the folder has a file that no export wrote.
func (f *folder) checkForeign() error {
	return fs.WalkDir(f.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || f.made[name] != nil || isOwn(name) {
			return err
		}
		return step.WithHint(f.notExported(name), "name a new or empty folder")
	})
}

// notExported returns the error for a file in the folder that no export wrote.
func (f *folder) notExported(name string) error {
	return fmt.Errorf("%s contains %q, which no export wrote; nothing was written", f.dir, name)
}

// writeBytes writes a new file with these bytes; see write.
func (f *folder) writeBytes(name string, data []byte) error {
	return f.write(name, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// write writes a new file, which fill fills. commit gives it its slash-separated name. A name that
// was written before, or that leads out of the folder, is an error.
func (f *folder) write(name string, fill func(io.Writer) error) error {
	if _, twice := f.new[name]; twice {
		return fmt.Errorf("%q is to be written twice", name)
	}
	if !fs.ValidPath(name) || isOwn(name) {
		return fmt.Errorf("%q is not a name that a file of an export may have", name)
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
	return nil
}

// A counter is a writer that counts bytes.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// commit gives the new files their names, removes files that only the earlier export wrote, and
// returns how many files changed. It compares all files before it touches the first.
func (f *folder) commit() (changed int, err error) {
	var put, drop []string
	for _, name := range slices.Sorted(maps.Keys(f.made)) {
		// A file that somebody has removed already needs no removal.
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
		err = f.publish(put, drop)
	}
	return len(put) + len(drop), err
}

// compare returns the digest of a file in the folder, or "" if there is no such file. A file that
// no export wrote, or that was changed since, is an error.
func (f *folder) compare(name string) (string, error) {
	fi, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	hint := "move it away, or export to another folder"
	if f.made[name] == nil || !fi.Mode().IsRegular() {
		return "", step.WithHint(f.notExported(name), hint)
	}
	file, err := regular.OpenIn(f.root, name)
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
		err := fmt.Errorf("%q in %s was changed since it was exported; nothing was written", name,
			f.dir)
		return "", step.WithHint(err, hint)
	}
	return digest, nil
}

// publish renames the new files in put into place and removes those in drop. The list names both
// the old and the new digests until all is done, so that a crash in between leaves no file that the
// next export takes for a stranger's.
func (f *folder) publish(put, drop []string) error {
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
		// Folders that became empty go too: Remove refuses the first that is not.
		for up := path.Dir(name); up != "." && f.root.Remove(up) == nil; up = path.Dir(up) {
		}
	}
	last := map[string][]string{}
	for name, digest := range f.new {
		last[name] = []string{digest}
	}
	return f.writeList(last)
}

// writeList replaces the list by one with these files, each with all digests that it may have.
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

// staged returns the path of new file i before it has its name.
func (f *folder) staged(i int) string { return path.Join(stageName, fmt.Sprint(i)) }

// Close ends the export and removes new files that were not committed. It removes the folder if
// openFolder created it and it is empty.
func (f *folder) Close() error {
	err := f.root.RemoveAll(stageName)
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
	}
	if err = errors.Join(err, f.root.Close()); f.created {
		os.Remove(f.dir) // fails, as it should, if the folder has a file
	}
	return err
}

// path returns the path of a file in the folder, for messages.
func (f *folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }
