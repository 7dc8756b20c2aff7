package edit

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs"
)

// This file reads and changes values that are written out.

// integer returns the value of a number that is written out.
func integer(e hclsyntax.Expression) (int, bool) {
	l, ok := e.(*hclsyntax.LiteralValueExpr)
	if !ok || l.Val.IsNull() || l.Val.Type() != cty.Number {
		return 0, false
	}
	n, accuracy := l.Val.AsBigFloat().Int64()
	return int(n), accuracy == big.Exact && n >= 0 && n <= math.MaxInt32
}

// text returns the value of a string in quotes without expressions.
func (s *source) text(e hclsyntax.Expression) (string, bool) { return s.template(e, nil) }

// template returns the value of a string in quotes whose expressions are variables with a known
// value.
func (s *source) template(e hclsyntax.Expression, variables map[string]string) (string, bool) {
	t, ok := e.(*hclsyntax.TemplateExpr)
	if !ok || s.src[t.SrcRange.Start.Byte] != '"' {
		return "", false
	}
	var w strings.Builder
	for _, part := range t.Parts {
		switch p := part.(type) {
		case *hclsyntax.LiteralValueExpr:
			if p.Val.IsNull() || p.Val.Type() != cty.String {
				return "", false
			}
			w.WriteString(p.Val.AsString())
		default:
			value, known := variables[variableName(part)]
			if !known {
				return "", false
			}
			w.WriteString(value)
		}
	}
	return specs.Normal(w.String()), true
}

// variableName returns NAME of the expression var.NAME, or "".
func variableName(e hclsyntax.Expression) string {
	t, ok := e.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(t.Traversal) != 2 || t.Traversal.RootName() != "var" {
		return ""
	}
	step, _ := t.Traversal[1].(hcl.TraverseAttr)
	return step.Name
}

// texts returns the values of a list of strings that are written out.
func (s *source) texts(e hclsyntax.Expression) ([]string, bool) {
	list, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil, false
	}
	all := []string{}
	for _, one := range list.Exprs {
		text, ok := s.text(one)
		if !ok {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

// integers fills numbers from a list of as many that are written out.
func integers(e hclsyntax.Expression, into ...*int) bool {
	list, ok := e.(*hclsyntax.TupleConsExpr)
	if !ok || len(list.Exprs) != len(into) {
		return false
	}
	for i, one := range list.Exprs {
		if *into[i], ok = integer(one); !ok {
			return false
		}
	}
	return true
}

// maxColumns is how long a line may become.
const maxColumns = 100

// appendElement adds an element to a list, in the manner of its last one.
func (s *source) appendElement(list *hclsyntax.TupleConsExpr, element string) {
	n := len(list.Exprs)
	closing := list.SrcRange.End.Byte - 1
	if n == 0 {
		if s.isFirst(closing) {
			s.insert(s.lineStart(closing), s.indentation(closing)+"  "+element+",\n")
		} else {
			s.insert(closing, element)
		}
		return
	}
	last := list.Exprs[n-1].Range()
	comma := s.comma(last.End.Byte)
	if !s.isFirst(last.Start.Byte) || !endsBefore(s, max(last.End.Byte, comma), closing) {
		s.insert(last.End.Byte, ", "+element)
		return
	}
	if at := s.endOfLine(max(last.End.Byte, comma)); comma > 0 {
		s.insert(at, s.indentation(last.Start.Byte)+element+",\n")
	} else {
		s.insert(last.End.Byte, ",")
		s.insert(at, s.indentation(last.Start.Byte)+element+"\n")
	}
}

// endsBefore reports whether the line of what ends at a byte ends before another byte.
func endsBefore(s *source, at, other int) bool {
	end := s.endOfLine(at)
	return end <= other && s.src[end-1] == '\n'
}

// comma returns the byte after the comma that follows an element, or 0.
func (s *source) comma(at int) int {
	for _, t := range s.tokens[s.index(at):] {
		switch t.Type {
		case hclsyntax.TokenComma:
			return t.Range.End.Byte
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
		default:
			return 0
		}
	}
	return 0
}

// isLong reports whether a list is on one line, without a comment, that would become too long by
// another element.
func (s *source) isLong(list *hclsyntax.TupleConsExpr, element string) bool {
	r := list.SrcRange
	line, _, _ := strings.Cut(string(s.src[s.lineStart(r.Start.Byte):]), "\n")
	return r.Start.Line == r.End.Line && len(list.Exprs) > 0 && !s.hasComment(r) &&
		utf8.RuneCountInString(strings.TrimSpace(line))+len(s.indentation(r.Start.Byte))+
			utf8.RuneCountInString(element)+2 > maxColumns
}

// hasComment reports whether a range has a comment.
func (s *source) hasComment(r hcl.Range) bool {
	for _, t := range s.tokens[s.index(r.Start.Byte):s.index(r.End.Byte)] {
		if t.Type == hclsyntax.TokenComment {
			return true
		}
	}
	return false
}

// spread writes a list with another element, each on a line of its own.
func (s *source) spread(list *hclsyntax.TupleConsExpr, element string) {
	indent := s.indentation(list.SrcRange.Start.Byte)
	var w strings.Builder
	w.WriteString("[\n")
	for _, one := range list.Exprs {
		w.WriteString(indent + "  " + s.at(one.Range()) + ",\n")
	}
	w.WriteString(indent + "  " + element + ",\n" + indent + "]")
	s.replace(list.SrcRange, w.String())
}

// at returns the source's text in a range.
func (s *source) at(r hcl.Range) string { return string(r.SliceBytes(s.src)) }

// removeElements removes some elements of a list.
func (s *source) removeElements(list *hclsyntax.TupleConsExpr, is func(i int) bool) {
	kept := -1 // the last element that stays
	for i, e := range list.Exprs {
		if !is(i) {
			kept = i
			continue
		}
		from, to := e.Range().Start.Byte, e.Range().End.Byte
		if end := s.comma(to); end > 0 {
			to = end
		}
		next := list.SrcRange.End.Byte - 1
		if i+1 < len(list.Exprs) {
			next = list.Exprs[i+1].Range().Start.Byte
		}
		switch {
		case s.isFirst(from) && endsBefore(s, to, next): // it has its lines for itself
			s.remove(s.lineStart(from), s.endOfLine(to))
		case i+1 < len(list.Exprs) && !endsBefore(s, to, next): // another one follows in its line
			s.changes = append(s.changes, change{from, next, ""})
		case kept == i-1 && kept >= 0 && !s.hasLineEnd(list.Exprs[kept].Range().End.Byte, from):
			s.changes = append(s.changes, change{list.Exprs[kept].Range().End.Byte,
				e.Range().End.Byte, ""})
		default:
			s.changes = append(s.changes, change{from, to, ""})
		}
	}
}

// hasLineEnd reports whether a line ends between two bytes.
func (s *source) hasLineEnd(from, to int) bool {
	return strings.Contains(string(s.src[from:to]), "\n")
}

// truncate removes the elements of a list from the n-th, which is not the first.
func (s *source) truncate(list *hclsyntax.TupleConsExpr, n int) {
	kept, from := list.Exprs[n-1].Range().End.Byte, list.Exprs[n].Range().Start.Byte
	to := list.Exprs[len(list.Exprs)-1].Range().End.Byte
	end := max(to, s.comma(to))
	switch {
	case s.isFirst(from) && endsBefore(s, end, list.SrcRange.End.Byte-1):
		s.remove(s.begin(from, true), s.endOfLine(end))
	case s.hasLineEnd(kept, from):
		s.changes = append(s.changes, change{from, end, ""})
	default:
		s.changes = append(s.changes, change{kept, to, ""})
	}
}
