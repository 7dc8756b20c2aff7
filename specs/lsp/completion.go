package lsp

import (
	"context"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl/v2"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// kinds are the symbols that editors draw beside what they offer.
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

func (s *server) completion(ctx context.Context, p *protocol.CompletionParams) (*protocol.CompletionList, error) {
	r, err := s.analyze(s.documents[p.TextDocument.URI])
	if err != nil {
		return nil, nil // there is nothing to offer, and no reason to disturb
	}
	path, err := r.decoder.Path(r.langPath)
	if err != nil {
		return nil, err
	}
	at := r.offset(p.Position)
	found, err := path.CompletionAtPos(ctx, r.path, r.hclPos(at))
	if err != nil {
		return nil, nil // a place that the language does not know
	}
	list := &protocol.CompletionList{IsIncomplete: !found.IsComplete, Items: []protocol.CompletionItem{}}
	seen := map[string]bool{}
	for _, c := range found.List { // what may be one of two things is offered as each
		if !seen[c.TextEdit.NewText] {
			list.Items = append(list.Items, s.item(r, c))
		}
		seen[c.TextEdit.NewText] = true
	}
	return list, nil
}

// item is one offer in the editor's form.
func (s *server) item(r *analysis, c lang.Candidate) protocol.CompletionItem {
	form, text := protocol.InsertTextFormatPlainText, c.TextEdit.NewText
	if s.snippets && c.TextEdit.Snippet != "" {
		form, text = protocol.InsertTextFormatSnippet, c.TextEdit.Snippet
	}
	item := protocol.CompletionItem{Label: c.Label, Detail: &c.Detail, InsertTextFormat: &form, TextEdit: protocol.TextEdit{Range: r.editorRange(c.TextEdit.Range), NewText: text}}
	if kind, ok := completionKinds[c.Kind]; ok {
		item.Kind = &kind
	}
	if c.Description.Value != "" {
		item.Documentation = markup(c.Description)
	}
	return item
}

func (s *server) hover(ctx context.Context, p *protocol.HoverParams) (*protocol.Hover, error) {
	r, err := s.analyze(s.documents[p.TextDocument.URI])
	if err != nil {
		return nil, nil
	}
	path, err := r.decoder.Path(r.langPath)
	if err != nil {
		return nil, err
	}
	for _, at := range r.offsetsAt(p.Position) {
		found, err := path.HoverAtPos(ctx, r.path, r.hclPos(at))
		if err == nil && found != nil {
			stretch := r.editorRange(found.Range)
			return &protocol.Hover{Contents: markup(found.Content), Range: &stretch}, nil
		}
	}
	return nil, nil
}

// around is the byte at a position, and the one before it: a cursor behind a word means the word.
func (d *document) offsetsAt(p protocol.Position) []int {
	at := d.offset(p)
	return []int{at, max(at-1, 0)}
}

func markup(m lang.MarkupContent) protocol.MarkupContent {
	kind := protocol.MarkupKindMarkdown
	if m.Kind == lang.PlainTextKind {
		kind = protocol.MarkupKindPlainText
	}
	return protocol.MarkupContent{Kind: kind, Value: strings.ReplaceAll(m.Value, "```terraform\n", "```hcl\n")} // the library's guess at who asks
}

// formatting gives the edits that put a document in its usual form: small ones, so that the cursor stays where it is.
func (s *server) formatting(_ context.Context, p *protocol.DocumentFormattingParams) ([]protocol.TextEdit, error) {
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
		edits = append(edits, protocol.TextEdit{Range: d.editorSpan(e.Start, e.End), NewText: e.New})
	}
	return edits, nil
}

// editors is a range of HCL's in the editor's form.
func (d *document) editorRange(r hcl.Range) protocol.Range {
	return d.editorSpan(r.Start.Byte, r.End.Byte)
}
