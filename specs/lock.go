package specs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
)

// A Lock is the content of a lock file: what a study's results were made with, and what they are.
// It is written beside the spec as NAME.lock.hcl.
//
// The file is HCL with a block for each tool, input and step, sorted. Each item has its own line
// and each block ends with an empty line, so that git can merge changes of different blocks. No key
// depends on it.
type Lock struct {
	Tools  map[string]string     // identities by name
	Inputs map[string]string     // digests by slash-separated path, relative to the lock's folder
	Steps  map[string]LockedStep // by address
}

// A LockedStep is the result of one step.
type LockedStep struct {
	Key     string            // 64 hexadecimal digits
	Outputs map[string]string // digests by name; a folder, like "pictures/", has a single one
}

// lockFormat is the version in a lock file's first line.
const lockFormat = 1

// MaxLock bounds a lock file in bytes. Ten thousand steps take about three million.
const MaxLock = 32 << 20

// LockPath returns the path of a spec's lock file.
func LockPath(spec string) string { return strings.TrimSuffix(spec, ".hcl") + ".lock.hcl" }

// Bytes returns the text of the lock file. Equal locks have equal texts.
func (l *Lock) Bytes() []byte {
	var b strings.Builder
	b.WriteString("# Written by snellen apply, to be kept in git: what the results were made " +
		"with, and what they are.\n")
	b.WriteString("# snellen apply -locked refuses other tools and inputs; snellen verify runs " +
		"steps again and compares.\n")
	fmt.Fprintf(&b, "version = %d\n", lockFormat)
	for _, name := range slices.Sorted(maps.Keys(l.Tools)) {
		fmt.Fprintf(&b, "\ntool %s {\n  identity = %s\n}\n", Quote(name), Quote(l.Tools[name]))
	}
	for _, path := range slices.Sorted(maps.Keys(l.Inputs)) {
		fmt.Fprintf(&b, "\ninput %s {\n  digest = %s\n}\n", Quote(path), Quote(l.Inputs[path]))
	}
	for _, address := range slices.Sorted(maps.Keys(l.Steps)) {
		s := l.Steps[address]
		fmt.Fprintf(&b, "\nstep %s {\n  key = %s\n\n  outputs = {\n", Quote(address), Quote(s.Key))
		width := 0
		for name := range s.Outputs {
			width = max(width, len(Quote(name)))
		}
		for _, name := range slices.Sorted(maps.Keys(s.Outputs)) {
			fmt.Fprintf(&b, "    %-*s = %s\n", width, Quote(name), Quote(s.Outputs[name]))
		}
		b.WriteString("  }\n}\n")
	}
	return []byte(b.String())
}

// ReadLock reads a lock file. It returns nil without diagnostics if there is no such file, or an
// empty one, and nil with diagnostics if the file is damaged.
func ReadLock(path string) (*Lock, Diagnostics) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	name := filepath.ToSlash(path)
	src, err := builtin.ReadFile(path, MaxLock)
	if err != nil {
		r := newLockReader(name)
		r.add(fileStart(name), r.repairHint(), err.Error())
		return nil, r.list
	}
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, nil // a crash of an earlier version left it so, and it holds nothing
	}
	return ParseLock(name, src)
}

func newLockReader(name string) lockReader {
	return lockReader{collector: newCollector(), file: name, meter: builtin.NewMeter(),
		lock:  &Lock{map[string]string{}, map[string]string{}, map[string]LockedStep{}},
		first: map[string]hcl.Range{}}
}

// ParseLock reads the text of a lock file, as ReadLock does. Its diagnostics call the file name.
func ParseLock(name string, src []byte) (*Lock, Diagnostics) {
	r := newLockReader(name)
	n := r.collector
	if r.findConflicts(src) {
		return nil, n.list
	}
	body := n.parseAnyLength(name, src)
	if body != nil {
		r.readContent(body)
	}
	if !n.list.HasErrors() {
		return r.lock, nil
	}
	for i := range n.list {
		if body == nil || n.list[i].Hint == "" {
			n.list[i].Hint = r.repairHint()
		}
	}
	return nil, n.list.sorted()
}

// A lockReader turns a lock file into a Lock.
type lockReader struct {
	*collector
	file  string
	meter *builtin.Meter
	lock  *Lock
	first map[string]hcl.Range // first block by type and label
}

// repairHint says how to recover from any damage. Nothing is lost with a lock file, since the next
// apply writes it again.
func (r *lockReader) repairHint() string {
	return fmt.Sprintf("restore it from git, or remove it (rm %s): the next apply writes it again",
		r.file)
}

// findConflicts records the markers that git leaves where two sides changed the same block, and
// reports whether there are any.
func (r *lockReader) findConflicts(src []byte) bool {
	r.sources[r.file] = src
	line, found := 0, false
	for text := range strings.Lines(string(src)) {
		line++
		mark := strings.TrimRight(text, "\r\n")
		if !strings.HasPrefix(mark, "<<<<<<< ") && !strings.HasPrefix(mark, ">>>>>>> ") &&
			mark != "=======" && !strings.HasPrefix(mark, "||||||| ") {
			continue
		}
		if found = true; mark[0] != '<' {
			continue // one diagnostic for each conflict
		}
		at := hcl.Range{Filename: r.file, Start: hcl.Pos{Line: line, Column: 1},
			End: hcl.Pos{Line: line, Column: len([]rune(mark)) + 1}}
		r.add(at, fmt.Sprintf("keep one side of each, or remove the file (rm %s): the next apply "+
			"writes it again", r.file), "a merge conflict was left here")
	}
	if found && len(r.list) == 0 {
		r.add(fileStart(r.file), r.repairHint(), "part of a merge conflict was left in it")
	}
	return found
}

// lockBlocks are the attributes of each block of a lock file. All are required.
var lockBlocks = map[string][]string{"tool": {"identity"}, "input": {"digest"},
	"step": {"key", "outputs"}}

// readContent reads the content of a lock file of this version.
func (r *lockReader) readContent(body *hclsyntax.Body) {
	version := body.Attributes["version"]
	switch {
	case version == nil:
		r.add(fileStart(r.file), "", "this is not a lock file: it has no version")
		return
	case !r.isFormat(version):
		r.add(version.SrcRange, "use the snellen that wrote it, or remove it: the next apply "+
			"writes it again", fmt.Sprintf("this is not a lock file of version %d", lockFormat))
		return
	}
	for _, a := range body.Attributes {
		if a != version {
			r.add(a.NameRange, "", fmt.Sprintf("a lock file has no %q", a.Name))
		}
	}
	for _, b := range body.Blocks {
		r.readBlock(b)
	}
}

// isFormat reports whether the version is the one that this package writes.
func (r *lockReader) isFormat(a *hclsyntax.Attribute) bool {
	v, diags := r.value(a)
	return !diags.HasErrors() && v.RawEquals(cty.NumberIntVal(lockFormat))
}

// value evaluates an attribute. Values that compute something share a budget. Those that are
// written out need none, and a lock file may have any number of them.
func (r *lockReader) value(a *hclsyntax.Attribute) (cty.Value, hcl.Diagnostics) {
	if isWrittenOut(a.Expr) {
		return a.Expr.Value(nil)
	}
	return r.meter.Value(a.Expr, nil)
}

// isWrittenOut reports whether an expression is a text, a number, or an object of them.
func isWrittenOut(expr hclsyntax.Expression) bool {
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		return e.IsStringLiteral()
	case *hclsyntax.ObjectConsKeyExpr:
		return hcl.ExprAsKeyword(e) != "" || isWrittenOut(e.Wrapped)
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			if !isWrittenOut(item.KeyExpr) || !isWrittenOut(item.ValueExpr) {
				return false
			}
		}
		return true
	}
	return false
}

// readBlock reads one tool, input or step. Unknown blocks and attributes are mistakes: a later
// version that adds some raises lockFormat.
func (r *lockReader) readBlock(b *hclsyntax.Block) {
	names, ok := lockBlocks[b.Type]
	if !ok || len(b.Labels) != 1 {
		r.add(b.DefRange(), "", fmt.Sprintf("a lock file has no %q block like this", b.Type))
		return
	}
	id := b.Type + " " + b.Labels[0]
	if first, again := r.first[id]; again {
		r.add(b.DefRange(), "", fmt.Sprintf("%s %q is declared twice; the first is at line %d",
			b.Type, b.Labels[0], first.Start.Line))
		return
	}
	r.first[id] = b.DefRange()
	for _, a := range b.Body.Attributes {
		if !slices.Contains(names, a.Name) {
			r.add(a.NameRange, "", fmt.Sprintf("a %s of a lock file has no %q", b.Type, a.Name))
		}
	}
	for _, inner := range b.Body.Blocks {
		r.add(inner.DefRange(), "", fmt.Sprintf("a %s of a lock file has no blocks", b.Type))
	}
	switch label := b.Labels[0]; b.Type {
	case "tool":
		r.lock.Tools[label] = r.readString(b, "identity", nil)
	case "input":
		r.lock.Inputs[label] = r.readString(b, "digest", digestForm)
	case "step":
		r.lock.Steps[label] = LockedStep{r.readString(b, "key", keyForm), r.readOutputs(b)}
	}
}

var (
	keyForm    = newForm(`^[0-9a-f]{64}$`)
	digestForm = newForm(`^sha256:[0-9a-f]{64}$`)
)

// readValue returns an attribute's value. It must be a literal: a lock file has no variables and no
// functions.
func (r *lockReader) readValue(b *hclsyntax.Block, name string) (cty.Value, hcl.Range) {
	a := b.Body.Attributes[name]
	if a == nil {
		r.add(b.DefRange(), "", fmt.Sprintf("%s %q has no %s", b.Type, b.Labels[0], name))
		return cty.NilVal, hcl.Range{}
	}
	v, diags := r.value(a)
	if r.addHCL(diags, a.SrcRange); diags.HasErrors() {
		return cty.NilVal, hcl.Range{}
	}
	return v, a.Expr.Range()
}

// readString reads a string attribute that must match want, if that is not nil.
func (r *lockReader) readString(b *hclsyntax.Block, name string, want form) string {
	v, at := r.readValue(b, name)
	if v == cty.NilVal {
		return ""
	}
	return r.checkString(v, at, name, want)
}

// checkString returns a string value that matches want. Otherwise it records a mistake and
// returns "".
func (r *lockReader) checkString(
	v cty.Value, at hcl.Range, what string, want form,
) string {
	if v.IsNull() || !v.IsWhollyKnown() || v.Type() != cty.String ||
		want != nil && !want.matches(v.AsString()) {
		r.add(at, "", fmt.Sprintf("this is not a valid %s", what))
		return ""
	}
	return v.AsString()
}

// readOutputs reads a step's digests by output name.
func (r *lockReader) readOutputs(b *hclsyntax.Block) map[string]string {
	all := map[string]string{}
	v, at := r.readValue(b, "outputs")
	if v == cty.NilVal {
		return all
	}
	if v.IsNull() || !v.Type().IsObjectType() {
		r.add(at, "", "outputs are digests by name: { \"a\" = \"sha256:...\" }")
		return all
	}
	for name, digest := range v.AsValueMap() {
		all[name] = r.checkString(digest, at, "digest", digestForm)
	}
	return all
}
