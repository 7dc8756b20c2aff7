package edit

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// This file writes paths. They are relative to the spec's folder.

// A variable is one whose default is written out, and is not secret.
type variable struct{ name, value string }

// variables returns them in the order of the file.
func (s *source) variables() (list []variable) {
	for _, b := range blocks(s.body, "variable") {
		given := b.Body.Attributes["default"]
		if len(b.Labels) != 1 || !hclsyntax.ValidIdentifier(b.Labels[0]) || given == nil ||
			b.Body.Attributes["sensitive"] != nil {
			continue
		}
		if value, ok := s.text(given.Expr); ok {
			list = append(list, variable{b.Labels[0], value})
		}
	}
	return list
}

// values returns the variables' values by their names.
func (s *source) values() map[string]string {
	all := map[string]string{}
	for _, v := range s.variables() {
		all[v.name] = v.value
	}
	return all
}

// below returns a path as seen from a variable's folder. It reports whether it is there.
func (v variable) below(file string) (string, bool) {
	folder := path.Clean(v.value)
	switch file = path.Clean(file); {
	case v.value == "" || path.IsAbs(file) != path.IsAbs(folder):
		return "", false
	case folder == ".":
		return file, file != "." && file != ".." && !strings.HasPrefix(file, "../")
	case folder == "/":
		return file[1:], file != "/"
	}
	return strings.CutPrefix(file, folder+"/")
}

// quotePath returns the string of a path: below the variable whose folder is nearest, if there is
// one. Among equals it is footage, as snellen init names it, and else the first.
func (s *source) quotePath(file string) string {
	var best variable
	rest, found := "", false
	for _, v := range s.variables() {
		below, ok := v.below(file)
		if ok && (!found || len(below) < len(rest) ||
			len(below) == len(rest) && v.name == "footage") {
			best, rest, found = v, below, true
		}
	}
	if !found {
		return specs.Quote(path.Clean(file))
	}
	return best.quote(rest)
}

// quote returns the string of a path below a variable's folder.
func (v variable) quote(below string) string {
	return `"${var.` + v.name + `}` + specs.Quote("/" + below)[1:]
}

// maxPath bounds a path in bytes, as the language does.
const maxPath = 4096

// checkPath returns why a path cannot be written, or nil.
func checkPath(file string) error {
	problem := ""
	switch {
	case file == "":
		problem = "a path is empty"
	case len(file) > maxPath:
		problem = fmt.Sprintf("a path has %d bytes; the limit is %d", len(file), maxPath)
	case !utf8.ValidString(file) || strings.ContainsFunc(file, unicode.IsControl):
		problem = fmt.Sprintf("a path must be one line of UTF-8 without control characters, not %q",
			file)
	default:
		return nil
	}
	return &Error{0, problem, "rename the file"}
}

// same reports whether a string of the spec names a file.
func same(value, file string) bool {
	return value != "" && path.Clean(value) == path.Clean(specs.Normal(file))
}
