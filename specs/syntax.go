package specs

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs/builtin"
	"snellen/specs/filekind"
)

// The HCL parser and evaluator recurse, and a stack overflow ends a Go program. So input that could
// nest deeply is refused while it is still a flat list of tokens.
const (
	maxDepth  = 50   // brackets within brackets
	maxTokens = 1000 // tokens of one expression without commas: a chain of operators nests, too
	maxLoops  = 2    // for within for: each may iterate a thousand times
)

// parse parses a spec. It returns nil, and records why, when that is not possible.
func (n *collector) parse(name string, src []byte) *hclsyntax.Body {
	if len(src) > builtin.MaxSize {
		n.sources[name] = src
		n.add(fileStart(name), "is it the right file?",
			fmt.Sprintf("a spec may have at most %d bytes, and this has more", builtin.MaxSize))
		return nil
	}
	return n.parseAnyLength(name, src)
}

// parseAnyLength parses HCL of any length.
func (n *collector) parseAnyLength(name string, src []byte) *hclsyntax.Body {
	n.sources[name] = src
	if at, problem, hint := unreadable(name, src); problem != "" {
		n.add(at, hint, problem)
		return nil
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	n.addHCL(diags, fileStart(name))
	if diags.HasErrors() {
		return nil
	}
	return file.Body.(*hclsyntax.Body)
}

// fileStart is the empty range at the start of a file, for mistakes that have no place of their
// own.
func fileStart(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// lineRange returns the range of a line of a source, without the white space around it.
func lineRange(at Position, src []byte) hcl.Range {
	from := 0
	for range at.Line - 1 {
		_, rest, _ := bytes.Cut(src[from:], []byte("\n"))
		from = len(src) - len(rest)
	}
	line, _, _ := bytes.Cut(src[from:], []byte("\n"))
	before := len(line) - len(bytes.TrimLeft(line, " \t"))
	line = bytes.TrimRight(line[before:], " \t\r")
	start := hcl.Pos{Line: at.Line, Column: before + 1, Byte: from + before}
	end := hcl.Pos{
		Line: at.Line, Column: start.Column + utf8.RuneCount(line), Byte: start.Byte + len(line),
	}
	return hcl.Range{Filename: at.File, Start: start, End: end}
}

// unreadable returns why a source must not be parsed, or "".
func unreadable(name string, src []byte) (at hcl.Range, problem, hint string) {
	if at, problem := filekind.FirstWrong(src); problem != "" {
		return hcl.Range{Filename: name, Start: at, End: at}, problem,
			"save the file as UTF-8; is it the right one?"
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // the parser reports lexical errors
	return tooDeep(tokens)
}

// tooDeep returns the first place where tokens nest too deeply, and why, or "".
func tooDeep(tokens hclsyntax.Tokens) (at hcl.Range, problem, hint string) {
	open, runs := []hclsyntax.TokenType{hclsyntax.TokenOBrace}, []int{0}
	loops := []int{0} // for each open bracket, including those around it
	for i, t := range tokens {
		top := len(open) - 1
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen,
			hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			runs[top]++
			open, runs, loops = append(open, t.Type), append(runs, 0), append(loops, loops[top])
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
			hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if top > 0 {
				open, runs, loops = open[:top], runs[:top], loops[:top]
			}
		case hclsyntax.TokenNewline:
			if open[top] == hclsyntax.TokenOBrace {
				runs[top] = 0
			}
		case hclsyntax.TokenComma:
			runs[top] = 0
		case hclsyntax.TokenNumberLit:
			if len(t.Bytes) > builtin.MaxDigits || hugeExponent(t.Bytes) {
				return t.Range, "this number is too long", ""
			}
			runs[top]++
		default:
			runs[top]++
		}
		if i > 0 && startsLoop(tokens[i-1], t) {
			loops[len(loops)-1]++
		}
		problem, hint = overLimit(len(open), loops[len(loops)-1], runs[len(runs)-1])
		if problem != "" {
			return t.Range, problem, hint
		}
	}
	return at, "", ""
}

// overLimit compares the depth of brackets, the depth of loops, and the length of an expression in
// tokens with their limits.
func overLimit(depth, loops, tokens int) (problem, hint string) {
	const inner = "move the inner parts to a locals block"
	switch {
	case loops > maxLoops:
		return fmt.Sprintf("for is nested more than %d deep", maxLoops), inner
	case depth > maxDepth:
		return fmt.Sprintf("brackets are nested more than %d deep", maxDepth), inner
	case tokens > maxTokens:
		return "this expression is too long", "move parts of it to a locals block"
	}
	return "", ""
}

// startsLoop reports whether a token is the for of a for expression.
func startsLoop(before, t hclsyntax.Token) bool {
	switch before.Type {
	case hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateControl,
		hclsyntax.TokenNewline:
		return t.Type == hclsyntax.TokenIdent && string(t.Bytes) == "for"
	}
	return false
}

// hugeExponent reports whether a number is like 1e99999: written out as a string it would fill the
// memory.
func hugeExponent(number []byte) bool {
	i := bytes.IndexAny(number, "eE")
	return i >= 0 && len(bytes.TrimLeft(number[i+1:], "+-0")) > 3
}
