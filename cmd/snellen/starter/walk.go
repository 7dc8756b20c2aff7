package starter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/builtin"
)

// Bounds on a folder that is looked at.
const (
	maxEntries = 100_000 // files and folders
	maxDepth   = 20      // folders within folders
)

// The suffixes of what is looked at, in lower case. Other files are never opened.
var (
	videoSuffixes = []string{".264", ".265", ".3g2", ".3gp", ".asf", ".avi", ".dv", ".flv", ".h264",
		".h265", ".hevc", ".ivf", ".m2ts", ".m4v", ".mj2", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg",
		".mts", ".mxf", ".ogv", ".ts", ".webm", ".wmv"}
	// Some of these are not read: what they are is said of them.
	pictureSuffixes = []string{".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".jxl",
		".png", ".tif", ".tiff", ".webp"}
)

// A kind is what a file is, by its suffix.
type kind int

const (
	other kind = iota
	clip       // a video
	picture
)

func kindOf(name string) kind {
	switch suffix := strings.ToLower(path.Ext(name)); {
	case slices.Contains(videoSuffixes, suffix):
		return clip
	case slices.Contains(pictureSuffixes, suffix):
		return picture
	}
	return other
}

// A folder is what was found in a folder.
type folder struct {
	path    string // from the folder that is looked at, with slashes; "." is that one
	files   []*file
	folders []*folder
	closed  []string // names of folders that are not looked into, and of links to folders
	hidden  bool     // some of them, which a pattern with ** would look into
}

// A file is a video or a picture.
type file struct {
	path   string // as a folder's
	kind   kind
	left   bool // left out: the spec must not name it
	seen   *seen
	number int // of a take, in its name
}

func (f *file) name() string   { return path.Base(f.path) }
func (f *file) suffix() string { return path.Ext(f.path) }
func (f *file) stem() string   { return strings.TrimSuffix(f.name(), f.suffix()) }
func (d *folder) name() string { return path.Base(d.path) }

// own returns the files of a kind that are in the folder itself and not left out.
func (d *folder) own(k kind) (list []*file) {
	for _, f := range d.files {
		if f.kind == k && !f.left {
			list = append(list, f)
		}
	}
	return list
}

// all returns the files of a kind that are in the folder or below it and not left out.
func (d *folder) all(k kind) []*file {
	list := d.own(k)
	for _, below := range d.folders {
		list = append(list, below.all(k)...)
	}
	return list
}

// empty reports whether there is nothing to use in the folder or below it.
func (d *folder) empty() bool { return len(d.all(clip)) == 0 && len(d.all(picture)) == 0 }

// A walker reads a folder and those below it. It follows no link out of the folder.
type walker struct {
	ctx     context.Context
	dir     string // the folder, as the caller names it
	root    *os.Root
	files   *builtin.Finder // as a spec in the folder has it
	entries int
	leave   func(path, why string) // says that something was left out, and why
}

// walk reads the folder and what is below it. Names are in lexical order.
func (w *walker) walk(name string) (*folder, error) {
	d := &folder{path: name}
	f, err := w.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var below []string
	for {
		entries, err := f.ReadDir(1000)
		for _, e := range entries {
			if w.entries++; w.entries > maxEntries {
				return nil, step.WithHint(fmt.Errorf("%s contains more than %d files and folders",
					w.dir, maxEntries), "name the folder that contains the footage and little else")
			}
			if w.visit(d, e) {
				below = append(below, path.Join(name, e.Name()))
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return d, w.walkBelow(d, below)
		case err != nil:
			return nil, err
		case w.ctx.Err() != nil:
			return nil, context.Cause(w.ctx)
		}
	}
}

// walkBelow reads the folders in d.
func (w *walker) walkBelow(d *folder, below []string) error {
	slices.SortFunc(d.files, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	slices.Sort(below)
	for _, name := range below {
		if strings.Count(name, "/") >= maxDepth {
			w.leave(name, "it is too deep below other folders")
			d.hidden, d.closed = true, append(d.closed, path.Base(name))
			continue
		}
		found, err := w.walk(name)
		if errors.Is(err, fs.ErrPermission) {
			w.leave(name, "it may not be read")
			d.hidden, d.closed = true, append(d.closed, path.Base(name))
			continue
		} else if err != nil {
			return err
		}
		d.folders = append(d.folders, found)
	}
	return nil
}

// visit adds an entry of d to it, and reports whether the entry is a folder to be looked into.
func (w *walker) visit(d *folder, e fs.DirEntry) bool {
	name := path.Join(d.path, e.Name())
	hidden := strings.HasPrefix(e.Name(), ".")
	if e.IsDir() {
		d.hidden = d.hidden || hidden
		return !hidden
	}
	f := &file{path: name, kind: kindOf(name), left: hidden}
	link := e.Type()&fs.ModeSymlink != 0
	if link {
		// A pattern in a spec follows links to files, so that even a link that leads out of the
		// folder is something to be kept out.
		if fi, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(name))); err != nil {
			return false
		} else if fi.IsDir() {
			d.closed = append(d.closed, e.Name())
			w.leave(name, "it is a link to a folder")
			return false
		} else if !fi.Mode().IsRegular() {
			return false
		}
	} else if !e.Type().IsRegular() {
		return false
	}
	if f.kind == other {
		return false
	}
	d.files = append(d.files, f)
	if hidden {
		return false
	}
	why := w.nameProblem(name)
	if why == "" && link {
		if _, err := w.root.Stat(name); err != nil {
			why = "it is a link out of the folder"
		}
	}
	if why != "" {
		f.left = true
		w.leave(name, why)
	}
	return false
}

// nameProblem returns why a spec cannot name a path, or "". Strings of a spec are in Unicode's
// normal form C, and name a file of another form where no other file has that name.
func (w *walker) nameProblem(name string) string {
	switch {
	case strings.ContainsFunc(name, unicode.IsControl):
		return "a spec cannot name it: it has control characters"
	case !utf8.ValidString(name):
		return "a spec cannot name it: it is not in UTF-8"
	}
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	found := w.files.Find(specs.Normal(name))
	is, err := os.Stat(path)
	there, err2 := os.Stat(found)
	if found == path || err == nil && err2 == nil && os.SameFile(is, there) {
		return ""
	}
	return "a spec cannot name it: another has its name, in another form of Unicode"
}
