package specs

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"snellen/specs/builtin"
)

// A Diagnostic is one mistake, or one warning, and the position where it was written.
type Diagnostic struct {
	Warning bool   // the study is valid nevertheless
	Message string // what is wrong, in lower case
	Hint    string // what to write instead; may be ""
	At      Position
	Column  int // from 1

	offset int // byte offset in source
	end    hcl.Pos
	source []byte // content of the file At.File
}

// Diagnostics are all mistakes and warnings of a spec, ordered by file, line and column.
type Diagnostics []Diagnostic

// Diagnostics returns what was found wrong with a study after it was loaded, in the form of Load's
// own. The spec is read again, for the lines that they show.
func (s *Study) Diagnostics(found []Problem) Diagnostics {
	n, file := newCollector(), filepath.ToSlash(s.File)
	if src, err := builtin.ReadFile(s.File, builtin.MaxSize); err == nil {
		n.sources[file] = src
	}
	n.addProblems(found, file)
	return n.list.sorted()
}

// HasErrors reports whether any of them is an error rather than a warning.
func (d Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(d, func(one Diagnostic) bool { return !one.Warning })
}

// Error returns the first diagnostic and the number of others.
func (d Diagnostics) Error() string {
	if len(d) == 0 {
		return "no mistakes"
	}
	first := d[0].place() + d[0].Message
	if len(d) > 1 {
		first += fmt.Sprintf(" (and %d more)", len(d)-1)
	}
	return first
}

// hasLine reports whether the position has a line. A file that could not be read has none, and an
// argument has none.
func (d Diagnostic) hasLine() bool { return d.source != nil && !strings.HasPrefix(d.At.File, "-") }

// place returns the position in front of a message: "snacks.hcl:3: ", or "" where there is none or
// the message has it.
func (d Diagnostic) place() string {
	switch {
	case d.At.File == "", !d.hasLine() && strings.HasPrefix(d.Message, d.At.File+" "):
		return ""
	case d.hasLine():
		return fmt.Sprintf("%s:%d: ", d.At.File, d.At.Line)
	}
	return d.At.File + ": "
}

func (d Diagnostic) severity() string {
	if d.Warning {
		return "warning"
	}
	return "error"
}

// sourceLine returns the source line where the diagnostic begins, or "" when it is not known.
func (d Diagnostic) sourceLine() string {
	lines := bytes.SplitN(d.source, []byte("\n"), d.At.Line+1)
	if d.At.Line == 0 || d.At.Line > len(lines) {
		return ""
	}
	return strings.ToValidUTF8(strings.TrimRight(string(lines[d.At.Line-1]), "\r"), "\uFFFD")
}

// sorted sorts the diagnostics by file, line and column. Those at the same place keep their order.
func (d Diagnostics) sorted() Diagnostics {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), a.At.Line-b.At.Line, a.Column-b.Column)
	})
	return d
}

// A collector collects diagnostics. A mistake in a block with for_each would be found once for each
// element: the same message at the same place is kept once.
type collector struct {
	sources map[string][]byte // by file name
	list    Diagnostics
	seen    map[string]bool
}

// newCollector returns an empty collector.
func newCollector() *collector {
	return &collector{sources: map[string][]byte{}, seen: map[string]bool{}}
}

// add adds an error at a range of a source. The hint may be "".
func (n *collector) add(at hcl.Range, hint, message string) {
	n.record(Diagnostic{Message: message, Hint: hint}, at)
}

// record adds a diagnostic at a range. A range without a line is taken for the first line, so that
// every diagnostic points into its file. Repeated ones are dropped.
func (n *collector) record(d Diagnostic, at hcl.Range) {
	d.At, d.Column, d.end, d.source = Position{at.Filename, max(at.Start.Line, 1)},
		max(at.Start.Column, 1), at.End, n.sources[at.Filename]
	d.offset = at.Start.Byte
	if n.isFull() && (d.Warning || n.list.HasErrors()) {
		return
	}
	id := fmt.Sprintf("%s:%d:%d:%s", d.At.File, d.At.Line, d.Column, d.Message)
	if n.seen[id] {
		return
	}
	if len(n.list) == maxMistakes {
		d.Message, d.Hint = "there are more mistakes than these", "mend these first"
	}
	n.seen[id] = true
	n.list = append(n.list, d)
}

// maxMistakes bounds what is recorded: a spec of some lines may have a mistake in each element of
// a long list.
const maxMistakes = 200

// isFull reports whether no more mistakes are recorded: the last one says that there are more.
func (n *collector) isFull() bool { return len(n.list) > maxMistakes }

// suggest is suggest for a mistake that is recorded next. One that is not needs none.
func (n *collector) suggest(name string, known []string) string {
	if n.isFull() {
		return ""
	}
	return suggest(name, known)
}

// addHCL adds the diagnostics of the HCL library. Its details are whole sentences; its summaries
// only name the kind of mistake, and so come first.
func (n *collector) addHCL(list hcl.Diagnostics, fallback hcl.Range) {
	for _, one := range list {
		at := fallback
		if one.Subject != nil && one.Subject.Filename != "" {
			at = *one.Subject
		}
		message := strings.ToLower(
			one.Summary[:min(1, len(one.Summary))]) + one.Summary[min(1, len(one.Summary)):]
		if one.Detail != "" {
			message += ": " + one.Detail
		}
		n.record(Diagnostic{Warning: one.Severity == hcl.DiagWarning, Message: message}, at)
	}
}

// warn adds a warning.
func (n *collector) warn(at hcl.Range, hint, message string) {
	n.record(Diagnostic{Warning: true, Message: message, Hint: hint}, at)
}
