// Package edit makes small edits in the source of a spec: it places areas, and adds, renames and
// removes clips and evaluations. An edit changes the lines that it is about, and no
// other byte: the source is cut and joined at the ranges of its syntax tree, so comments, line ends
// and a layout of one's own stay. A source that specs.Format would leave alone before an edit is
// left alone by it after the edit.
//
// An edit knows the source alone. It changes what is written out, and returns an *Error for what is
// computed, by for_each or by an expression. Whether the study is still valid is for specs.Load to
// say.
//
// hclwrite is not used: it writes tabs and repeated spaces anew, and needs one more module.
package edit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// An Error says why an edit cannot be made.
type Error struct {
	Line    int    // of the source, from 1; 0: none
	Message string // what is in the way
	Hint    string // what to do; may be ""
}

func (e *Error) Error() string { return e.Message }

const editFile = "edit the file"

// computed returns the error about what is not written out.
func computed(what string, at hcl.Range) error {
	line := at.Start.Line
	return &Error{line, fmt.Sprintf("%s computed at line %d", what, line), editFile}
}

// A source is a spec that can be parsed, and what is to be changed in it.
type source struct {
	src       []byte
	body      *hclsyntax.Body
	tokens    hclsyntax.Tokens
	canonical bool   // formatting changes nothing
	newline   string // what ends a line

	changes  []change
	removals []change // of whole lines
}

// A change replaces the bytes from from to to.
type change struct {
	from, to int
	text     string
}

// parse reads a spec.
func parse(src []byte) (*source, error) {
	formatted, list := specs.Format(src)
	file := specs.Parse("", src)
	if list.HasErrors() || file == nil {
		return nil, &Error{list[0].At.Line, fmt.Sprintf("the spec cannot be parsed: line %d: %s",
			list[0].At.Line, list[0].Message), "correct that line first"}
	}
	s := &source{src: src, body: file.Body.(*hclsyntax.Body), newline: "\n",
		canonical: bytes.Equal(src, formatted)}
	s.tokens, _ = hclsyntax.LexConfig(src, "", hcl.InitialPos)
	if line, _, _ := bytes.Cut(src, []byte("\n")); bytes.HasSuffix(line, []byte("\r")) {
		s.newline = "\r\n"
	}
	return s, nil
}

// replace replaces a range by a text.
func (s *source) replace(at hcl.Range, text string) {
	s.changes = append(s.changes, change{at.Start.Byte, at.End.Byte, text})
}

// insert puts a text in front of a byte.
func (s *source) insert(at int, text string) {
	s.changes = append(s.changes, change{at, at, text})
}

// remove removes whole lines, and the empty ones that nothing separates any more.
func (s *source) remove(from, to int) {
	s.removals = append(s.removals, change{from: from, to: to})
}

// removeBlock removes a block and, if comments is true, the comment lines directly above it.
func (s *source) removeBlock(b *hclsyntax.Block, comments bool) {
	s.remove(s.begin(b.TypeRange.Start.Byte, comments), s.endOfLine(b.CloseBraceRange.End.Byte))
}

// changed reports whether there is something to change.
func (s *source) changed() bool { return len(s.changes)+len(s.removals) > 0 }

// result returns the source with its changes.
func (s *source) result() ([]byte, error) {
	if !s.changed() {
		return s.src, nil
	}
	out, err := s.apply()
	if err != nil {
		return nil, err
	}
	formatted, list := specs.Format(out)
	switch {
	case list.HasErrors():
		return nil, &Error{list[0].At.Line, fmt.Sprintf(
			"the edit would leave a spec that cannot be parsed: line %d: %s", list[0].At.Line,
			list[0].Message), editFile}
	case s.canonical:
		return formatted, nil
	}
	return out, nil
}

// apply returns the source with its changes as they are.
func (s *source) apply() ([]byte, error) {
	all := append(slices.Clone(s.changes), s.tidyRemovals()...)
	slices.SortStableFunc(all, func(a, b change) int { // what is inserted comes before
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	var out bytes.Buffer
	end := 0
	for _, c := range all {
		if c.from < end {
			return nil, &Error{0, "these changes concern the same lines", editFile}
		}
		out.Write(s.src[end:c.from])
		out.WriteString(strings.ReplaceAll(c.text, "\n", s.newline))
		end = c.to
	}
	out.Write(s.src[end:])
	return out.Bytes(), nil
}

// tidyRemovals joins removals that have only empty lines between them, and has each take empty
// lines with it: those after it where one would follow another or the start of a body, and those
// before it at the end of a body.
func (s *source) tidyRemovals() (list []change) {
	slices.SortFunc(s.removals, func(a, b change) int { return cmp.Compare(a.from, b.from) })
	for _, r := range s.removals {
		if n := len(list); n > 0 && s.afterBlank(list[n-1].to) >= r.from {
			list[n-1].to = max(list[n-1].to, r.to)
			continue
		}
		list = append(list, r)
	}
	for i := range list {
		r := &list[i]
		from, to := s.beforeBlank(r.from), s.afterBlank(r.to)
		switch {
		case s.endsBody(to):
			r.from = from
		case from < r.from || s.beginsBody(from):
			r.to = to
		}
	}
	return list
}

// insertLines puts lines in front of the line that begins at a byte. If apart is true, empty lines
// separate them from what is before and after them. The text is laid out for the file's top.
func (s *source) insertLines(at int, text, indent string, apart bool) {
	var w strings.Builder
	if at > 0 && s.src[at-1] != '\n' {
		w.WriteByte('\n')
	}
	if apart && s.beforeBlank(at) == at && !s.beginsBody(at) {
		w.WriteByte('\n')
	}
	tabs := strings.HasPrefix(indent, "\t")
	for line := range strings.Lines(text) {
		if line != "\n" {
			w.WriteString(indent)
		}
		for rest, ok := strings.CutPrefix(line, "  "); ok && tabs; {
			w.WriteByte('\t')
			line = rest
			rest, ok = strings.CutPrefix(line, "  ")
		}
		w.WriteString(line)
	}
	if apart && s.afterBlank(at) == at && !s.endsBody(at) {
		w.WriteByte('\n')
	}
	s.insert(at, w.String())
}

// index returns the index of the first token that does not begin before a byte.
func (s *source) index(at int) int {
	return sort.Search(len(s.tokens), func(i int) bool {
		return s.tokens[i].Range.Start.Byte >= at
	})
}

// lineStart returns where the line of a byte begins.
func (s *source) lineStart(at int) int { return bytes.LastIndexByte(s.src[:at], '\n') + 1 }

// indentation returns the white space at the start of a byte's line.
func (s *source) indentation(at int) string {
	line := s.src[s.lineStart(at):at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// isFirst reports whether only white space is before a byte in its line.
func (s *source) isFirst(at int) bool {
	return len(bytes.TrimSpace(s.src[s.lineStart(at):at])) == 0
}

// endsLine reports whether a token ends its line.
func endsLine(t hclsyntax.Token) bool {
	return t.Type == hclsyntax.TokenNewline ||
		t.Type == hclsyntax.TokenComment && bytes.HasSuffix(t.Bytes, []byte("\n"))
}

// endOfLine returns the byte after the line in which something ends. A comment belongs to it.
func (s *source) endOfLine(at int) int {
	for _, t := range s.tokens[s.index(at):] {
		switch {
		case endsLine(t):
			return t.Range.End.Byte
		case t.Type != hclsyntax.TokenComment:
			return t.Range.Start.Byte
		}
	}
	return len(s.src)
}

// begin returns where the line begins in which something begins. If above is true, the comment
// lines directly above belong to it.
func (s *source) begin(at int, above bool) int {
	i := s.index(at)
	first := i
	for first > 0 {
		t := s.tokens[first-1]
		if t.Type == hclsyntax.TokenComment && (above || !endsLine(t)) {
			first--
		} else if above && t.Type == hclsyntax.TokenNewline && first > 1 &&
			s.tokens[first-2].Type == hclsyntax.TokenComment && !endsLine(s.tokens[first-2]) {
			first -= 2
		} else {
			break
		}
	}
	for ; first < i; first++ { // a comment behind something else belongs to that
		t := s.tokens[first]
		if t.Type == hclsyntax.TokenComment && s.isFirst(t.Range.Start.Byte) {
			return s.lineStart(t.Range.Start.Byte)
		}
	}
	if s.isFirst(at) {
		return s.lineStart(at)
	}
	return at
}

// beforeBlank returns where the empty lines above a line begin.
func (s *source) beforeBlank(at int) int {
	for at > 0 && s.src[at-1] == '\n' {
		start := s.lineStart(at - 1)
		if len(bytes.TrimSpace(s.src[start:at])) > 0 {
			break
		}
		at = start
	}
	return at
}

// afterBlank returns where the empty lines that begin at a byte end.
func (s *source) afterBlank(at int) int {
	for at < len(s.src) {
		line, _, found := bytes.Cut(s.src[at:], []byte("\n"))
		if len(bytes.TrimSpace(line)) > 0 {
			break
		}
		if at += len(line); found {
			at++
		}
	}
	return at
}

// beginsBody reports whether nothing of a block, or of the file, is above a line.
func (s *source) beginsBody(at int) bool {
	i := s.index(at) - 1
	for i >= 0 && s.tokens[i].Type == hclsyntax.TokenNewline {
		i--
	}
	for i >= 0 && s.tokens[i].Type == hclsyntax.TokenComment &&
		!s.isFirst(s.tokens[i].Range.Start.Byte) {
		i--
	}
	return i < 0 || s.tokens[i].Type == hclsyntax.TokenOBrace
}

// endsBody reports whether nothing of a block, or of the file, is left at a byte.
func (s *source) endsBody(at int) bool {
	i := s.index(at)
	for i < len(s.tokens) && s.tokens[i].Type == hclsyntax.TokenNewline {
		i++
	}
	return i == len(s.tokens) || s.tokens[i].Type == hclsyntax.TokenEOF ||
		s.tokens[i].Type == hclsyntax.TokenCBrace
}

// blocks returns a body's blocks of some types, in the order of the file.
func blocks(body *hclsyntax.Body, types ...string) (list []*hclsyntax.Block) {
	for _, b := range body.Blocks {
		if slices.Contains(types, b.Type) {
			list = append(list, b)
		}
	}
	return list
}

// named returns the blocks of a type and a name.
func named(body *hclsyntax.Body, kind, name string) (list []*hclsyntax.Block) {
	for _, b := range blocks(body, kind) {
		if len(b.Labels) == 1 && specs.Normal(b.Labels[0]) == specs.Normal(name) {
			list = append(list, b)
		}
	}
	return list
}

// isFolded reports whether a block has its body behind its brace, as label "A" { videos = [] }.
func isFolded(b *hclsyntax.Block) bool {
	line := b.OpenBraceRange.Start.Line
	if a := lastAttribute(b.Body); a != nil {
		return a.SrcRange.Start.Line == line
	}
	return b.CloseBraceRange.Start.Line == line
}

// unfold puts the body of a folded block on lines of its own, and returns the source that this
// makes. Whether the source was canonical is as before.
func (s *source) unfold(b *hclsyntax.Block) (*source, error) {
	indent := s.indentation(b.TypeRange.Start.Byte)
	from, to := b.OpenBraceRange.End.Byte, b.CloseBraceRange.Start.Byte
	text := strings.TrimSpace(string(s.src[from:to]))
	if text != "" {
		text = indent + "  " + text + s.newline
	}
	s.changes = append(s.changes, change{from, to, ""})
	out, err := s.apply()
	if err != nil {
		return nil, err
	}
	out = slices.Insert(out, from, []byte(s.newline+text+indent)...)
	again, err := parse(out)
	if err == nil {
		again.canonical = s.canonical
	}
	return again, err
}

// inner returns the indentation of what is in a block.
func (s *source) inner(b *hclsyntax.Block) string {
	for _, c := range b.Body.Blocks {
		if at := c.TypeRange.Start.Byte; s.isFirst(at) {
			return s.indentation(at)
		}
	}
	if a := lastAttribute(b.Body); a != nil && s.isFirst(a.SrcRange.Start.Byte) {
		return s.indentation(a.SrcRange.Start.Byte)
	}
	return s.indentation(b.TypeRange.Start.Byte) + "  "
}

// lastAttribute returns the attribute that is written last, or nil.
func lastAttribute(body *hclsyntax.Body) (last *hclsyntax.Attribute) {
	for _, a := range body.Attributes {
		if last == nil || a.SrcRange.Start.Byte > last.SrcRange.Start.Byte {
			last = a
		}
	}
	return last
}
