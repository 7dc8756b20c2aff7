// Package layout lays out the source of a spec in the canonical form. It works on tokens, not on the
// syntax tree, since a tree has lost the comments and the empty lines. Tokens become atoms, atoms
// become lines with an indentation, and lines are written with their equals signs and comments
// aligned. At the end the result's tokens are compared with the source's: a layout must never change
// a meaning.
package layout

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs/screen"
)

// Canonical returns a source that can be parsed, indented by two spaces, with the equals signs and
// the comments of neighbouring lines aligned, and no two empty lines in a row. It changes white
// space only, and none inside strings.
func Canonical(src []byte) []byte {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	out := layout(splitLines(src, tokens))
	if !SameMeaning(src, out) {
		return src // rather leave it as it is than change its meaning
	}
	return out
}

// An atom is what the formatter moves as a unit: a token, or a whole string from quote to quote.
type atom struct {
	kind   hclsyntax.TokenType
	text   string
	spaced bool // preceded by white space
}

// A line is the atoms of a source line. A string or a comment may make it several lines high.
type line struct {
	atoms   []atom
	comment string // at the end of the line
	depth   int    // indentation steps
	opens   bool   // it leaves a bracket open
}

// splitLines splits tokens into lines. An empty line has no atoms.
func splitLines(src []byte, tokens hclsyntax.Tokens) []line {
	var all []line
	var now line
	end := 0
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		from := t.Range.Start.Byte
		switch t.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenEOF:
			all, now, end = append(all, now), line{}, t.Range.End.Byte
			continue
		case hclsyntax.TokenComment:
			if text := string(t.Bytes); !strings.HasPrefix(text, "/*") {
				now.comment, end = strings.TrimRight(text, " \t\r\n"), t.Range.End.Byte
				if strings.HasSuffix(text, "\n") { // else the end of the file follows
					all, now = append(all, now), line{}
				}
				continue
			}
		case hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			i = closingToken(tokens, i)
		}
		to := tokens[i].Range.End.Byte
		now.atoms = append(now.atoms, atom{t.Type, string(src[from:to]), from > end})
		end = to
	}
	return setDepths(all)
}

// closingToken returns the index of the token that closes the string opened at i.
func closingToken(tokens hclsyntax.Tokens, i int) int {
	for depth := 0; i < len(tokens)-1; i++ {
		switch tokens[i].Type {
		case hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			depth++
		case hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// bracket returns 1 for an opening bracket, -1 for a closing one, and 0 for anything else.
func (a atom) bracket() int {
	switch a.kind {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen:
		return 1
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen:
		return -1
	}
	return 0
}

// setDepths computes each line's indentation from its brackets. Several brackets opened on one line
// indent by one step, and so do several closed on one line.
func setDepths(all []line) []line {
	var opened []int // for each open bracket, the line where it was opened
	steps := func() int {
		n := 0
		for i := range opened {
			if i == 0 || opened[i] != opened[i-1] {
				n++
			}
		}
		return n
	}
	for i := range all {
		l := &all[i]
		leading := true
		l.depth = steps()
		for _, a := range l.atoms {
			switch a.bracket() {
			case 1:
				opened, leading = append(opened, i), false
			case -1:
				opened = opened[:max(len(opened)-1, 0)]
				if leading {
					l.depth = steps()
				}
			default:
				leading = false
			}
		}
		l.opens = len(opened) > 0 && opened[len(opened)-1] == i
	}
	return all
}

// joinAtoms returns the text of atoms, with the canonical spaces between them.
func joinAtoms(atoms []atom) string {
	var w strings.Builder
	for i, a := range atoms {
		if i > 0 && spaceBetween(atoms[i-1], a) {
			w.WriteByte(' ')
		}
		w.WriteString(a.text)
	}
	return w.String()
}

// spaceBetween reports whether a space belongs between two atoms.
func spaceBetween(a, b atom) bool {
	switch {
	case a.kind == hclsyntax.TokenOBrace && b.kind == hclsyntax.TokenCBrace:
		return false
	case a.kind == hclsyntax.TokenEqual, b.kind == hclsyntax.TokenEqual,
		a.kind == hclsyntax.TokenComma, a.kind == hclsyntax.TokenOBrace,
		b.kind == hclsyntax.TokenOBrace, b.kind == hclsyntax.TokenCBrace:
		return b.kind != hclsyntax.TokenComma
	case a.kind == hclsyntax.TokenOBrack, a.kind == hclsyntax.TokenOParen,
		b.kind == hclsyntax.TokenCBrack, b.kind == hclsyntax.TokenCParen,
		b.kind == hclsyntax.TokenComma:
		return false
	}
	return b.spaced
}

// equalsIndex returns the index of the equals sign if the line has the form NAME = VALUE on a
// single line, else 0.
func (l line) equalsIndex() int {
	if len(l.atoms) > 2 && l.atoms[1].kind == hclsyntax.TokenEqual && !l.opens &&
		!strings.Contains(joinAtoms(l.atoms), "\n") {
		return 1
	}
	return 0
}

// layout writes the lines, with the equals signs of neighbouring lines aligned.
func layout(all []line) []byte {
	rows := make([]string, len(all))
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[from].equalsIndex() > 0 && all[to].equalsIndex() > 0 &&
			all[to].depth == all[from].depth {
			to++
		}
		widest := 0
		for _, l := range all[from:to] {
			widest = max(widest, screen.Width([]rune(joinAtoms(l.atoms[:l.equalsIndex()]))))
		}
		for i, l := range all[from:to] {
			name, rest := joinAtoms(l.atoms[:l.equalsIndex()]), joinAtoms(l.atoms[l.equalsIndex():])
			if name != "" {
				name += strings.Repeat(" ", widest-screen.Width([]rune(name))+1)
			}
			if name+rest != "" || l.comment != "" {
				rows[from+i] = strings.Repeat("  ", l.depth) + name + rest
			}
		}
		from = to
	}
	return joinRows(alignComments(all, rows))
}

// alignComments appends each line's comment. Comments at the ends of neighbouring lines are
// aligned.
func alignComments(all []line, rows []string) []string {
	ends := func(l line) bool { return l.comment != "" && len(l.atoms) > 0 }
	for from := 0; from < len(all); from++ {
		if !ends(all[from]) {
			rows[from] += all[from].comment
			continue
		}
		to, widest := from, 0
		for ; to < len(all) && ends(all[to]); to++ {
			widest = max(widest, lastWidth(rows[to]))
		}
		for i := from; i < to; i++ {
			rows[i] += strings.Repeat(" ", widest-lastWidth(rows[i])+1) + all[i].comment
		}
		from = to - 1
	}
	return rows
}

// lastWidth returns the width of a row's last line.
func lastWidth(row string) int {
	return screen.Width([]rune(row[strings.LastIndexByte(row, '\n')+1:]))
}

// joinRows writes rows. It collapses empty rows, and drops those at the ends.
func joinRows(rows []string) []byte {
	var w bytes.Buffer
	empty := false
	for _, row := range rows {
		if row == "" {
			empty = w.Len() > 0
			continue
		}
		if empty {
			w.WriteByte('\n')
		}
		w.WriteString(row)
		w.WriteByte('\n')
		empty = false
	}
	return w.Bytes()
}

// SameMeaning reports whether two sources have the same tokens: it ignores line feeds at the end and
// white space at the end of comments.
func SameMeaning(one, other []byte) bool {
	a, b := significant(one), significant(other)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type ||
			!bytes.Equal(bytes.TrimRight(a[i].Bytes, " \t\r\n"),
				bytes.TrimRight(b[i].Bytes, " \t\r\n")) {
			return false
		}
	}
	return true
}

// significant returns a source's tokens without newlines that mean nothing.
func significant(src []byte) hclsyntax.Tokens {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	var list hclsyntax.Tokens
	for i, t := range tokens {
		if t.Type == hclsyntax.TokenNewline &&
			(i == 0 || len(list) == 0 || list[len(list)-1].Type == hclsyntax.TokenNewline ||
				list[len(list)-1].Type == hclsyntax.TokenComment) {
			continue
		}
		if n := len(list); t.Type == hclsyntax.TokenEOF && n > 0 &&
			list[n-1].Type == hclsyntax.TokenNewline {
			list = list[:n-1]
		}
		list = append(list, t)
	}
	return list
}
