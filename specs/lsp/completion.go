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
	at := r.offset(p.Position)
	w, ok := r.wordAt(at)
	if !ok {
		return nil, nil
	}
	if w.isPath() {
		return r.paths(w, at), nil
	}
	found := r.candidates(ctx, at)
	list := &protocol.CompletionList{IsIncomplete: !found.IsComplete,
		Items: []protocol.CompletionItem{}}
	seen := map[string]bool{}
	for _, c := range found.List {
		text, snippet, ok := r.insertion(c, w)
		// A value that two alternatives allow is offered by each.
		if ok && !seen[text] {
			seen[text] = true
			list.Items = append(list.Items, s.item(c, text, snippet, r.editorSpan(w.from, w.to)))
		}
	}
	return list, nil
}

// candidates returns what the library offers at a byte: nothing where the language does not know
// the place, and where the library panics, as it does between an equals sign and true.
func (r *analysis) candidates(ctx context.Context, at int) (found lang.Candidates) {
	defer func() {
		if recover() != nil {
			found = lang.ZeroCandidates()
		}
	}()
	path, err := r.decoder.Path(r.langPath)
	if err == nil {
		found, err = path.CompletionAtPos(ctx, r.path, r.hclPos(at))
	}
	if err != nil {
		return lang.ZeroCandidates()
	}
	return found
}

// item returns a candidate in the editor's form.
func (s *server) item(
	c lang.Candidate, text, snippet string, at protocol.Range,
) protocol.CompletionItem {
	form := protocol.InsertTextFormatPlainText
	if s.snippets && snippet != "" {
		form, text = protocol.InsertTextFormatSnippet, snippet
	}
	item := protocol.CompletionItem{Label: c.Label, Detail: &c.Detail, InsertTextFormat: &form,
		TextEdit: protocol.TextEdit{Range: at, NewText: text}}
	if kind, ok := completionKinds[c.Kind]; ok {
		item.Kind = &kind
	}
	if c.Description.Value != "" {
		item.Documentation = markup(c.Description)
	}
	return item
}
