package lsp

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// This file reads the text before the cursor by its tokens. While a person types, brackets and
// quotes are open, and the parser's tree may end early or reach too far.

// A frame is a body, a bracket or a quote that is open at a place.
type frame struct {
	opens hclsyntax.TokenType // TokenNil: the file's body
	body  bool                // a block's, or the file's
	name  string              // of a body's block, or of the function that is called
	first string              // of a body: the first name of the line, or of the body
	attr  string              // of a body: the attribute whose value is being written, or ""
	arg   int                 // commas so far
	at    int                 // the byte where it opens
}

// framesAt returns what is open at a byte, the innermost last.
func framesAt(tokens hclsyntax.Tokens, at int) []frame {
	open := []frame{{body: true}}
	for i, t := range tokens {
		if t.Range.End.Byte > at {
			break
		}
		top := &open[len(open)-1]
		next := frame{opens: t.Type, at: t.Range.Start.Byte}
		switch t.Type {
		case hclsyntax.TokenIdent:
			top.first = cmp.Or(top.first, string(t.Bytes))
		case hclsyntax.TokenEqual:
			top.attr = top.first
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			if bytes.HasSuffix(t.Bytes, []byte("\n")) {
				top.first, top.attr = "", ""
			}
		case hclsyntax.TokenComma:
			top.arg++
		case hclsyntax.TokenOBrace:
			next.body, next.name = top.body && top.attr == "", top.first
			open = append(open, next)
		case hclsyntax.TokenOParen:
			if i > 0 && tokens[i-1].Type == hclsyntax.TokenIdent {
				next.name = string(tokens[i-1].Bytes)
			}
			open = append(open, next)
		case hclsyntax.TokenOBrack, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			open = append(open, next)
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
			hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			open = open[:max(len(open)-1, 1)]
		}
	}
	return open
}

// A word is the part of a line that a completion replaces: a name with its dots, like var.clips, or
// the text of a string, up to an expression within it. It is empty where nothing is written.
type word struct {
	from, to int     // bytes
	quoted   bool    // it is in a string
	unclosed bool    // the string has no end
	open     []frame // what is open there
}

// wordAt returns the word at a byte. It reports false where nothing can be completed: in a comment,
// a heredoc, or an operator.
func (d *document) wordAt(at int) (word, bool) {
	tokens, _ := hclsyntax.LexConfig(d.text[:d.lineEnd(at)], d.path, hcl.InitialPos)
	for _, t := range tokens {
		end := t.Range.End.Byte
		switch t.Type {
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenQuotedLit:
			continue
		case hclsyntax.TokenComment: // the end of its line is in it
			end = t.Range.Start.Byte + len(bytes.TrimRight(t.Bytes, "\r\n")) + 1
		}
		if t.Range.Start.Byte < at && at < end {
			return word{}, false
		}
	}
	w := word{open: framesAt(tokens, at)}
	switch w.top().opens {
	case hclsyntax.TokenOHeredoc:
		return w, false
	case hclsyntax.TokenOQuote:
		w.quoted = true
		w.from, w.to, w.unclosed = textAt(tokens, at)
		return w, true
	}
	w.from = len(bytes.TrimRightFunc(d.text[:at], isNameRune))
	w.to = len(d.text) - len(bytes.TrimLeftFunc(d.text[at:], isNameRune))
	w.open = framesAt(tokens, w.from)
	return w, true
}

// top returns the innermost of what is open.
func (w word) top() frame { return w.open[len(w.open)-1] }

// textAt returns the bytes of a string's text around a byte, between its quotes and the expressions
// within it. It reports whether the string has no end.
func textAt(tokens hclsyntax.Tokens, at int) (from, to int, unclosed bool) {
	for _, t := range tokens {
		switch {
		case t.Type == hclsyntax.TokenQuotedLit:
		case t.Range.Start.Byte >= at:
			unclosed = t.Type == hclsyntax.TokenEOF || t.Type == hclsyntax.TokenQuotedNewline
			return from, t.Range.Start.Byte, unclosed
		default:
			from = t.Range.End.Byte
		}
	}
	return from, at, true
}

// isNameRune reports whether a rune may be part of a name, or is the dot between names.
func isNameRune(r rune) bool {
	return r == '.' || hclsyntax.ValidIdentifier("a"+string(r))
}

// lineEnd returns the end of the line that a byte is in.
func (d *document) lineEnd(at int) int {
	line, _, _ := bytes.Cut(d.text[at:], []byte("\n"))
	return at + len(bytes.TrimSuffix(line, []byte("\r")))
}

// insertion returns what replaces the word to accept a candidate, as plain text and as a snippet.
// The library would replace a whole block or attribute, and takes strings with their quotes. It
// reports false for what does not fit: the library offers values between two words, names of
// blocks within a value, and functions within a string.
func (r *analysis) insertion(c lang.Candidate, w word) (text, snippet string, ok bool) {
	if w.quoted {
		return w.insertionInString(c)
	}
	replaced := c.TextEdit.Range.SliceBytes(r.text)
	if w.from == w.to && len(bytes.TrimSpace(replaced)) > 0 {
		return "", "", false
	}
	rest := strings.TrimLeft(string(r.text[w.to:r.lineEnd(w.to)]), " \t")
	called, opened := strings.HasPrefix(rest, "("), strings.HasPrefix(rest, "{") ||
		strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, `"`)
	text, snippet, ok = c.TextEdit.NewText, c.TextEdit.Snippet, !called
	switch c.Kind {
	case lang.AttributeCandidateKind, lang.BlockCandidateKind:
		ok = w.top().body && w.top().first == ""
		if opened { // the value or the body is there
			text, snippet = c.Label, ""
		}
	case lang.FunctionCandidateKind, lang.KeywordCandidateKind:
		ok = true
		if called {
			text, snippet = c.Label, ""
		}
	}
	return text, snippet, ok
}

// insertionInString is insertion for a word in a string.
func (w word) insertionInString(c lang.Candidate) (text, snippet string, ok bool) {
	text = inString(c.Label)
	if w.unclosed {
		text += `"`
	}
	return text, "", c.Kind == lang.StringCandidateKind || c.Kind == lang.LabelCandidateKind
}

// inString returns a text as it is written between the quotes of a string.
func inString(text string) string {
	quoted := specs.Quote(text)
	return quoted[1 : len(quoted)-1]
}
