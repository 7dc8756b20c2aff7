package lsp

import (
	"bytes"
	"context"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// definition returns where the name under the cursor is declared.
func (s *server) definition(
	_ context.Context, p *protocol.DefinitionParams,
) ([]protocol.Location, error) {
	r, u, ok := s.nameAt(p.TextDocumentPositionParams)
	if !ok {
		return nil, nil
	}
	list := r.locations(u.name, func(u use) bool { return u.declares })
	if len(list) == 0 && u.kind == "label" {
		return r.computedLabel(u.text), nil
	}
	return list, nil
}

// references returns where the name under the cursor is used.
func (s *server) references(
	_ context.Context, p *protocol.ReferenceParams,
) ([]protocol.Location, error) {
	r, u, ok := s.nameAt(p.TextDocumentPositionParams)
	if !ok {
		return nil, nil
	}
	return r.locations(u.name, func(u use) bool {
		return p.Context.IncludeDeclaration || !u.declares
	}), nil
}

// nameAt returns the name under the cursor, with the analysis of its spec.
func (s *server) nameAt(p protocol.TextDocumentPositionParams) (r *analysis, u use, ok bool) {
	r, err := s.analyze(s.documents[p.TextDocument.URI])
	if err != nil {
		return nil, u, false
	}
	u, ok = r.useAt(p.Position)
	return r, u, ok
}

// useAt returns the name at a position, or the one that ends there. Of two names in one place, like
// those of an area and a label that a for_each makes of the same string, it returns the one that is
// referred to.
func (d *document) useAt(p protocol.Position) (found use, ok bool) {
	for _, at := range d.offsetsAt(p) {
		for _, u := range d.names().uses {
			if u.around[0] <= at && at < u.around[1] && (!ok || found.declares && !u.declares) {
				found, ok = u, true
			}
		}
		if ok {
			return found, true
		}
	}
	return found, false
}

// locations returns the places of a name's uses for which keep returns true.
func (d *document) locations(n name, keep func(use) bool) []protocol.Location {
	var list []protocol.Location
	for _, u := range d.names().uses {
		if u.name == n && keep(u) {
			list = append(list, protocol.Location{URI: d.uri, Range: d.editorSpan(u.from, u.to)})
		}
	}
	return list
}

// computedLabel returns the block that declares a label whose name is not written out.
func (r *analysis) computedLabel(name string) []protocol.Location {
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
