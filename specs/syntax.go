package specs

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The HCL parser and evaluator recurse, and a stack that overflows ends a Go program. So what could nest deeply is
// refused while it is still a flat list of tokens.
const (
	maxDepth  = 50   // brackets within brackets
	maxTokens = 1000 // tokens of one expression, commas and brackets apart: a chain of operators nests, too
	maxDigits = 100  // characters of a number
	maxLoops  = 2    // for within for, each of which may go a thousand times
)

// parse reads HCL, or tells why not and returns nil.
func (n *collector) parse(name string, src []byte) *hclsyntax.Body {
	if len(src) > maxSource {
		n.sources[name] = src
		n.add(fileStart(name), "is it the right file?", fmt.Sprintf("a spec may have at most %d bytes, and this has more", maxSource))
		return nil
	}
	return n.parseAnyLength(name, src)
}

// parseAny reads HCL of any length.
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

func fileStart(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// unreadable tells why a source must not be parsed, or "".
func unreadable(name string, src []byte) (at hcl.Range, problem, hint string) {
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return fileStart(name), "this is not UTF-8 text", "is it the right file?"
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // what cannot be lexed is the parser's to say; it goes as deep
	return tooDeep(tokens)
}

// tooDeep finds the first place where tokens would nest too far.
func tooDeep(tokens hclsyntax.Tokens) (at hcl.Range, problem, hint string) {
	open, runs := []hclsyntax.TokenType{hclsyntax.TokenOBrace}, []int{0}
	loops := []int{0} // in each of open, with those around it
	for i, t := range tokens {
		top := len(open) - 1
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			runs[top]++
			open, runs, loops = append(open, t.Type), append(runs, 0), append(loops, loops[top])
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
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
			if len(t.Bytes) > maxDigits || hugeExponent(t.Bytes) {
				return t.Range, "this number is too long", ""
			}
			runs[top]++
		default:
			runs[top]++
		}
		if i > 0 && startsLoop(tokens[i-1], t) {
			loops[len(loops)-1]++
		}
		if loops[len(loops)-1] > maxLoops {
			return t.Range, fmt.Sprintf("for is nested more than %d deep", maxLoops), "move the inner parts to a locals block"
		}
		if len(open) > maxDepth {
			return t.Range, fmt.Sprintf("brackets are nested more than %d deep", maxDepth), "move the inner parts to a locals block"
		}
		if runs[len(runs)-1] > maxTokens {
			return t.Range, "this expression is too long", "move parts of it to a locals block"
		}
	}
	return at, "", ""
}

// loop tells whether a token is the for of a for expression.
func startsLoop(before, t hclsyntax.Token) bool {
	switch before.Type {
	case hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateControl, hclsyntax.TokenNewline:
		return t.Type == hclsyntax.TokenIdent && string(t.Bytes) == "for"
	}
	return false
}

// hugeExponent finds 1e99999: written out as text it would fill the memory.
func hugeExponent(number []byte) bool {
	i := bytes.IndexAny(number, "eE")
	return i >= 0 && len(bytes.TrimLeft(number[i+1:], "+-0")) > 3
}
