package builtin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"snellen/specs/names"
)

// A Finder finds the files that the strings of a spec name. Such a string is in Unicode's normal
// form C, and a file's name need not be: a file that came from a Mac often has form D. Some systems
// find the file all the same. On the others a Finder looks for an equivalent name in the folder. It
// remembers what it read there, so it is for one reading of a spec. It is not safe for concurrent
// use.
type Finder struct {
	dir     string                       // relative paths start here
	folders map[string]map[string]string // for each folder, its names by their normal form
}

// NewFinder returns a Finder for a spec in dir.
func NewFinder(dir string) *Finder {
	return &Finder{dir: dir, folders: map[string]map[string]string{}}
}

// Find returns a path of a spec as Resolve does, in the form of the file that it names. A name that
// is there exactly as it is written comes before an equivalent one.
func (f *Finder) Find(path string) string {
	path = Resolve(f.dir, path)
	if isASCII(path) {
		return path
	}
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	volume := filepath.VolumeName(path)
	found := ""
	for i, name := range strings.Split(path[len(volume):], string(filepath.Separator)) {
		switch {
		case i > 0 && found != string(filepath.Separator):
			found += string(filepath.Separator) + f.equivalent(volume+found, name)
		case i > 0:
			found += f.equivalent(volume+found, name)
		case name == "":
			found = string(filepath.Separator)
		default:
			found = f.equivalent(".", name)
		}
	}
	if _, err := os.Lstat(volume + found); err != nil {
		return path
	}
	return volume + found
}

// equivalent returns the name in a folder that is equivalent to one, which is itself if it is there
// or if nothing is.
func (f *Finder) equivalent(folder, name string) string {
	if isASCII(name) {
		return name
	}
	if _, err := os.Lstat(filepath.Join(folder, name)); err == nil {
		return name
	}
	there, known := f.folders[folder]
	if !known {
		there = map[string]string{}
		f.folders[folder] = there
		entries, _ := os.ReadDir(folder) // where it cannot be read, nothing is found
		for _, e := range slices.Backward(entries[:min(len(entries), maxWalked)]) {
			there[names.Normal(e.Name())] = e.Name() // of several, the first
		}
	}
	if other, ok := there[names.Normal(name)]; ok {
		return other
	}
	return name
}

// isASCII reports whether a text has one form only.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}
