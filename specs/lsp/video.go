package lsp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// videoWait bounds how long an editor waits for what is known of videos.
const videoWait = time.Second

// maxVideos is how many videos a hover describes, at most.
const maxVideos = 3

// A namedVideo is a video as a spec names it.
type namedVideo struct {
	path   string
	stream *int
}

// hoverVideos returns what is known of the videos that are named at a byte, or nil: in a label, the
// element of videos that is there, or those of an expression for several; in an evaluation, its
// video.
func (s *server) hoverVideos(ctx context.Context, r *analysis, at int) *protocol.Hover {
	if s.options.DescribeVideo == nil {
		return nil
	}
	for _, b := range r.body.Blocks {
		expr, i := videoExpression(b, at)
		if expr == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, videoWait)
		defer cancel()
		videos := s.videosOf(r, b, i)
		var texts []string
		for _, v := range videos[:min(len(videos), maxVideos)] {
			if text := s.options.DescribeVideo(ctx, v.path, v.stream); text != "" {
				texts = append(texts, text)
			}
		}
		if len(texts) == 0 {
			return nil
		}
		if more := len(videos) - maxVideos; more > 0 {
			texts = append(texts, fmt.Sprintf("and %d more", more))
		}
		stretch := r.editorRange(expr.Range())
		return &protocol.Hover{Range: &stretch, Contents: protocol.MarkupContent{
			Kind: protocol.MarkupKindMarkdown, Value: strings.Join(texts, "\n\n"),
		}}
	}
	return nil
}

// videoExpression returns the expression of a block at a byte that names videos, or nil. i is its
// place in a list that is written out, else -1.
func videoExpression(b *hclsyntax.Block, at int) (expr hclsyntax.Expression, i int) {
	name := map[string]string{"label": "videos", "labels": "videos", "evaluation": "video"}[b.Type]
	a := b.Body.Attributes[name]
	if a == nil || !a.Expr.Range().ContainsOffset(at) || onName(a.Expr, at) {
		return nil, 0
	}
	if list, ok := a.Expr.(*hclsyntax.TupleConsExpr); ok {
		for i, e := range list.Exprs {
			if e.Range().ContainsOffset(at) {
				return e, i
			}
		}
		return nil, 0
	}
	return a.Expr, -1
}

// onName reports whether a variable, a local or a function is named at a byte: then that is what a
// person asks about.
func onName(expr hclsyntax.Expression, at int) (found bool) {
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			found = found || n.Range().ContainsOffset(at)
		case *hclsyntax.FunctionCallExpr:
			found = found || n.NameRange.ContainsOffset(at)
		}
		return nil
	})
	return found
}

// videosOf returns the videos that a block names, or only number i of each of its labels.
func (s *server) videosOf(r *analysis, b *hclsyntax.Block, i int) (list []namedVideo) {
	line := b.DefRange().Start.Line
	if b.Type == "evaluation" {
		for _, e := range specs.Evaluations(r.path, s.loadOptions(r.document)) {
			if e.At.Line == line && e.Video != "" {
				list = append(list, namedVideo{e.Video, e.Stream})
			}
		}
		return list
	}
	for _, l := range r.labels {
		for k, path := range l.Videos {
			if l.At.Line == line && (i < 0 || i == k) {
				list = append(list, namedVideo{path, l.Stream})
			}
		}
	}
	return list
}
