package starter

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"snellen/specs"
)

// This file writes the expressions that stand for files: patterns where they match exactly what was
// found, else lists.

// maxExcept is how many names a pattern may be written with that it is not to match.
const maxExcept = 8

// variable begins the paths of files.
const variable = "${var.footage}"

// at returns the string of a path, as a spec has it.
func (w *writer) at(name string) string {
	name = w.below(name)
	if name == "." {
		return "var.footage"
	}
	quoted := specs.Quote("/" + name)
	return `"` + variable + quoted[1:]
}

// below returns a path as seen from the variable's folder.
func (w *writer) below(name string) string {
	if w.top == "." {
		return name
	}
	if name == w.top {
		return "."
	}
	return strings.TrimPrefix(name, w.top+"/")
}

// each returns the string of a folder's path, with each.value below it.
func (w *writer) each(d *folder) string {
	if w.below(d.path) == "." {
		return `"` + variable + `/${each.value}"`
	}
	return strings.TrimSuffix(w.at(d.path), `"`) + `/${each.value}"`
}

// files returns an expression for all files of a kind in a folder and below it.
func (w *writer) files(d *folder, k kind) string {
	if pattern, except := patternFor([]*folder{d}, k); pattern != "" && len(except) == 0 {
		return fmt.Sprintf("fileset(%s, %s)", w.at(d.path), specs.Quote(pattern))
	} else if pattern != "" && len(d.all(k)) > maxExcept {
		if without := w.without(d, except); without != "" {
			return fmt.Sprintf("[\n for f in setsubtract(fileset(%s, %s), [%s]) : \"%s/${f}\"\n]",
				w.at(d.path), specs.Quote(pattern), without, strings.Trim(w.at(d.path), `"`))
		}
	}
	return w.list(d.all(k))
}

// without returns the names of files that a pattern is not to match, as strings of a list, or "" if
// that is not possible. Names are as seen from d.
func (w *writer) without(d *folder, except []*file) string {
	if len(except) > maxExcept || w.below(d.path) == "." {
		return ""
	}
	var names []string
	for _, f := range except {
		names = append(names, strings.TrimPrefix(f.path, d.path+"/"))
	}
	return quoteAll(names, taken(d))
}

// taken returns the paths of all files in a folder and below it that are not left out.
func taken(d *folder) map[string]bool {
	all := map[string]bool{}
	for _, f := range append(d.all(clip), d.all(picture)...) {
		all[strings.TrimPrefix(f.path, d.path+"/")] = true
	}
	return all
}

// quoteAll returns names as strings with commas between them. It returns "" if a spec cannot name
// one of them, or if it would mean one of the kept names by it.
func quoteAll(names []string, kept map[string]bool) string {
	var list []string
	for _, name := range names {
		if specs.Normal(name) != name && (kept[specs.Normal(name)] ||
			strings.ToValidUTF8(name, "") != name) {
			return ""
		}
		list = append(list, specs.Quote(name))
	}
	return strings.Join(list, ", ")
}

// list returns a list of files, in one line if it fits.
func (w *writer) list(files []*file) string {
	var all []string
	length := 0
	for _, f := range files {
		all = append(all, w.at(f.path))
		length += len(all[len(all)-1]) + 2
	}
	if length < 80 {
		return "[" + strings.Join(all, ", ") + "]"
	}
	return "[\n" + strings.Join(all, ",\n") + ",\n]"
}

// patternFor returns the simplest pattern of fileset that matches the files of a kind in each of
// the folders and below it, and no others but except. It returns "" where there is no file of that
// kind, or where the pattern would have to look into folders that were not looked into.
func patternFor(folders []*folder, k kind) (pattern string, except []*file) {
	suffixes := map[string]bool{}
	deep := false
	for _, d := range folders {
		for _, f := range d.all(k) {
			suffixes[f.suffix()] = true
			deep = deep || path.Dir(f.path) != d.path
		}
	}
	if len(suffixes) == 0 {
		return "", nil
	}
	hidden := false
	for _, d := range folders {
		if deep && d.anyHidden() {
			return "", nil
		}
		for _, f := range d.scope(deep) {
			if f.left && suffixes[f.suffix()] {
				if strings.HasPrefix(f.name(), ".") {
					hidden = true
				} else {
					except = append(except, f)
				}
			}
		}
	}
	var endings []string
	for s := range suffixes {
		endings = append(endings, s[1:])
	}
	slices.Sort(endings)
	pattern = "*." + strings.Join(endings, ",")
	if len(endings) > 1 {
		pattern = "*.{" + strings.Join(endings, ",") + "}"
	}
	if hidden {
		pattern = "[^.]" + pattern
	}
	if deep {
		pattern = "**/" + pattern
	}
	return pattern, except
}

// anyHidden reports whether a folder or one below it has folders that were not looked into.
func (d *folder) anyHidden() bool {
	return d.hidden || slices.ContainsFunc(d.folders, (*folder).anyHidden)
}

// scope returns the files of a folder, and those below it if deep is set.
func (d *folder) scope(deep bool) []*file {
	list := slices.Clone(d.files)
	for _, below := range d.folders {
		if deep {
			list = append(list, below.scope(true)...)
		}
	}
	return list
}

// foldersOf returns an expression for the names of folders in d: of those that are given.
func (w *writer) foldersOf(d *folder, given []*folder) (expression string, ok bool) {
	except := slices.Clone(d.closed)
	for _, one := range d.folders {
		if !slices.Contains(given, one) {
			except = append(except, one.name())
		}
	}
	except = slices.DeleteFunc(except, func(s string) bool { return strings.HasPrefix(s, ".") })
	if len(except) > maxExcept {
		return "", false
	}
	expression = fmt.Sprintf("folders(%s)", w.at(d.path))
	if len(except) == 0 {
		return expression, true
	}
	kept := map[string]bool{}
	for _, one := range given {
		kept[one.name()] = true
	}
	names := quoteAll(except, kept)
	return fmt.Sprintf("setsubtract(%s, [%s])", expression, names), names != ""
}
