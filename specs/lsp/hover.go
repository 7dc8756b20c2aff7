package lsp

import (
	"context"
	"strings"

	"github.com/hashicorp/hcl-lang/lang"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// hover returns the documentation of what is at a position, or what is known of a video there.
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
		if found := s.hoverVideos(ctx, r, at); found != nil {
			return found, nil
		}
		found, err := path.HoverAtPos(ctx, r.path, r.hclPos(at))
		if err == nil && found != nil {
			stretch := r.editorRange(found.Range)
			return &protocol.Hover{Contents: markup(found.Content), Range: &stretch}, nil
		}
	}
	return nil, nil
}

// offsetsAt returns the byte at a position, and the one before it: a cursor right after a word
// means that word.
func (d *document) offsetsAt(p protocol.Position) []int {
	at := d.offset(p)
	return []int{at, max(at-1, 0)}
}

// markup returns text in the editor's form. The library marks code as Terraform's, which is
// replaced.
func markup(m lang.MarkupContent) protocol.MarkupContent {
	kind := protocol.MarkupKindMarkdown
	if m.Kind == lang.PlainTextKind {
		kind = protocol.MarkupKindPlainText
	}
	return protocol.MarkupContent{Kind: kind,
		Value: strings.ReplaceAll(m.Value, "```terraform\n", "```hcl\n")}
}
