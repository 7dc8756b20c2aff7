package lsp

import (
	"context"

	"github.com/aymanbagabas/go-udiff"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// formatting returns edits that put a document into the canonical form. They are small, so that the
// cursor stays where it is.
func (s *server) formatting(
	_ context.Context, p *protocol.DocumentFormattingParams,
) ([]protocol.TextEdit, error) {
	d := s.documents[p.TextDocument.URI]
	if d == nil {
		return nil, nil
	}
	formatted, _ := specs.Format(d.text)
	if formatted == nil {
		return nil, nil // the diagnostics say why
	}
	edits := []protocol.TextEdit{}
	for _, e := range udiff.Bytes(d.text, formatted) {
		edits = append(edits, protocol.TextEdit{Range: d.editorSpan(e.Start, e.End),
			NewText: e.New})
	}
	return edits, nil
}
