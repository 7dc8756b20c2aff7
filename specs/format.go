package specs

import "snellen/specs/layout"

// stdinName is the file name in diagnostics of a source without a name.
const stdinName = "<stdin>"

// Format returns a spec in the canonical form: indented by two spaces, with the equals signs and
// the comments of neighbouring lines aligned, and no two empty lines in a row. It changes white
// space only, and none inside strings. A source that cannot be parsed is an error; use Named to
// give its diagnostics a file name.
func Format(src []byte) ([]byte, Diagnostics) {
	n := newCollector()
	if n.parse(stdinName, src) == nil {
		return nil, n.list.sorted()
	}
	return layout.Canonical(src), n.list.sorted()
}

// Named replaces the file name in the diagnostics of a source without a name.
func (d Diagnostics) Named(file string) Diagnostics {
	for i := range d {
		if d[i].At.File == stdinName {
			d[i].At.File = file
		}
	}
	return d
}
