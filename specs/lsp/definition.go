package lsp

import (
	"bytes"
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// definition returns where the name under the cursor is declared: a variable, a local, a for_each,
// or the label that an area expects.
func (s *server) definition(
	_ context.Context, p *protocol.DefinitionParams,
) ([]protocol.Location, error) {
	r, err := s.analyze(s.documents[p.TextDocument.URI])
	if err != nil {
		return nil, nil
	}
	for _, at := range r.offsetsAt(p.Position) {
		if list := r.definitions(at); len(list) > 0 {
			return list, nil
		}
	}
	return nil, nil
}

// definitions returns where the name at a byte is declared.
func (r *analysis) definitions(at int) (list []protocol.Location) {
	if name := r.expectedLabel(r.body, at); name != "" {
		return r.labelDefinition(name)
	}
	targets, err := r.decoder.ReferenceTargetsForOriginAtPos(r.langPath, r.path, r.hclPos(at))
	if err != nil {
		return nil // no name is used there
	}
	for _, t := range targets {
		list = append(list, r.location(*t.DefRangePtr))
	}
	return list
}

// location returns a range of this document as a location.
func (r *analysis) location(at hcl.Range) protocol.Location {
	return protocol.Location{URI: r.uri, Range: r.editorRange(at)}
}

// expectedLabel returns the label at a byte if it is a string in an expect attribute, else "".
func (r *analysis) expectedLabel(body *hclsyntax.Body, at int) string {
	for _, b := range body.Blocks {
		if !b.Range().ContainsOffset(at) {
			continue
		}
		if expect := b.Body.Attributes["expect"]; expect != nil && expect.Expr.Range().
			ContainsOffset(at) {
			return stringAt(expect.Expr, at)
		}
		return r.expectedLabel(b.Body, at)
	}
	return ""
}

// stringAt returns the literal string of an expression at a byte, or "".
func stringAt(expr hclsyntax.Expression, at int) (text string) {
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		if t, ok := n.(*hclsyntax.TemplateExpr); ok && t.IsStringLiteral() && t.Range().
			ContainsOffset(at) {
			if v, diags := t.Value(nil); !diags.HasErrors() {
				text = v.AsString()
			}
		}
		return nil
	})
	return text
}

// labelDefinition returns where a label is declared: in its own block, or in one that declares
// several.
func (r *analysis) labelDefinition(name string) []protocol.Location {
	for _, b := range r.body.Blocks {
		if b.Type == "label" && len(b.Labels) == 1 && b.Labels[0] == name {
			return []protocol.Location{r.location(b.LabelRanges[0])}
		}
	}
	for _, l := range r.labels {
		if l.Name == name {
			return []protocol.Location{{URI: r.uri, Range: r.lineRange(l.At.Line)}}
		}
	}
	return nil
}

// lineRange returns the range of a line, counted from 1.
func (d *document) lineRange(n int) protocol.Range {
	from := d.offset(protocol.Position{Line: protocol.UInteger(n - 1)})
	to := len(d.text)
	if end := bytes.IndexByte(d.text[from:], '\n'); end >= 0 {
		to = from + end
	}
	return d.editorSpan(from, to)
}
