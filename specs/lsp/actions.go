package lsp

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// codeActions returns an action for each diagnostic in a range that suggests a name: it replaces
// the wrong one.
func (s *server) codeActions(
	_ context.Context, p *protocol.CodeActionParams,
) ([]protocol.CodeAction, error) {
	d := s.documents[p.TextDocument.URI]
	if d == nil {
		return nil, nil
	}
	list := []protocol.CodeAction{}
	for _, found := range d.published {
		edit, ok := found.Data.(*protocol.TextEdit)
		if !ok || !overlap(found.Range, p.Range) {
			continue
		}
		kind, yes := protocol.CodeActionKindQuickFix, true
		list = append(list, protocol.CodeAction{
			Title: fmt.Sprintf("Change to %s", edit.NewText), Kind: &kind, IsPreferred: &yes,
			Diagnostics: []protocol.Diagnostic{found},
			Edit: &protocol.WorkspaceEdit{
				Changes: map[protocol.DocumentUri][]protocol.TextEdit{d.uri: {*edit}}},
		})
	}
	return list, nil
}

// overlap reports whether two ranges have a position in common; a range has its end, too.
func overlap(a, b protocol.Range) bool {
	before := func(p, q protocol.Position) bool {
		return p.Line < q.Line || p.Line == q.Line && p.Character < q.Character
	}
	return !before(a.End, b.Start) && !before(b.End, a.Start)
}

// correction returns the edit that follows a diagnostic's suggestion, or nil. It replaces the word
// that the message quotes, within the range of the diagnostic.
func (d *document) correction(found specs.Diagnostic) *protocol.TextEdit {
	quoted, ok := strings.CutPrefix(found.Hint, "did you mean ")
	if !ok {
		return nil
	}
	meant, err := strconv.Unquote(strings.TrimSuffix(quoted, "?"))
	if err != nil {
		return nil
	}
	from, to := found.Span()
	tokens, _ := hclsyntax.LexConfig(d.text[from:to], d.path, hcl.InitialPos)
	for _, t := range tokens {
		wrong, text := string(t.Bytes), meant
		switch t.Type {
		case hclsyntax.TokenIdent:
		case hclsyntax.TokenQuotedLit:
			value, err := strconv.Unquote(`"` + wrong + `"`)
			if err != nil {
				continue
			}
			wrong, text = value, inString(meant)
		default:
			continue
		}
		if strings.Contains(found.Message, strconv.Quote(wrong)) {
			start := from + t.Range.Start.Byte
			return &protocol.TextEdit{Range: d.editorSpan(start, start+len(t.Bytes)), NewText: text}
		}
	}
	return nil
}
