package lsp

import (
	"context"

	"github.com/hashicorp/hcl-lang/lang"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// completionKinds are the symbols that editors draw next to a completion.
var completionKinds = map[lang.CandidateKind]protocol.CompletionItemKind{
	lang.AttributeCandidateKind: protocol.CompletionItemKindProperty,
	lang.BlockCandidateKind:     protocol.CompletionItemKindClass,
	lang.LabelCandidateKind:     protocol.CompletionItemKindField,
	lang.ReferenceCandidateKind: protocol.CompletionItemKindVariable,
	lang.FunctionCandidateKind:  protocol.CompletionItemKindFunction,
	lang.KeywordCandidateKind:   protocol.CompletionItemKindKeyword,
	lang.BoolCandidateKind:      protocol.CompletionItemKindEnumMember,
	lang.StringCandidateKind:    protocol.CompletionItemKindEnumMember,
	lang.NumberCandidateKind:    protocol.CompletionItemKindEnumMember,
}

// completion returns what may be written at a position. It returns nothing, rather than an error,
// where the text is not a spec or the language does not know the place: an editor would show an
// error on every keystroke.
func (s *server) completion(
	ctx context.Context, p *protocol.CompletionParams,
) (*protocol.CompletionList, error) {
	r, err := s.analyze(s.documents[p.TextDocument.URI])
	if err != nil {
		return nil, nil // nothing to offer
	}
	path, err := r.decoder.Path(r.langPath)
	if err != nil {
		return nil, err
	}
	at := r.offset(p.Position)
	found, err := path.CompletionAtPos(ctx, r.path, r.hclPos(at))
	if err != nil {
		return nil, nil // the language does not know this place
	}
	list := &protocol.CompletionList{IsIncomplete: !found.IsComplete,
		Items: []protocol.CompletionItem{}}
	seen := map[string]bool{}
	for _, c := range found.List {
		// A value that two alternatives allow is offered by each.
		if !seen[c.TextEdit.NewText] {
			list.Items = append(list.Items, s.item(r, c))
		}
		seen[c.TextEdit.NewText] = true
	}
	return list, nil
}

// item returns a candidate in the editor's form.
func (s *server) item(r *analysis, c lang.Candidate) protocol.CompletionItem {
	form, text := protocol.InsertTextFormatPlainText, c.TextEdit.NewText
	if s.snippets && c.TextEdit.Snippet != "" {
		form, text = protocol.InsertTextFormatSnippet, c.TextEdit.Snippet
	}
	item := protocol.CompletionItem{Label: c.Label, Detail: &c.Detail, InsertTextFormat: &form,
		TextEdit: protocol.TextEdit{Range: r.editorRange(c.TextEdit.Range), NewText: text}}
	if kind, ok := completionKinds[c.Kind]; ok {
		item.Kind = &kind
	}
	if c.Description.Value != "" {
		item.Documentation = markup(c.Description)
	}
	return item
}
