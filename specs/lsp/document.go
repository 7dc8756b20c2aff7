package lsp

import (
	"bytes"
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/apparentlymart/go-textseg/v15/textseg"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// A document is a file that is open in the editor, with the text that the editor has.
type document struct {
	uri  protocol.DocumentUri
	path string // the file's path, which names it in ranges
	text []byte
	file *hcl.File // nil: it cannot be parsed

	published []protocol.Diagnostic // what the editor was told
	index     *index                // nil: not made yet
	analysis  *analysis             // nil: not made yet
}

// newDocument parses a text. If its URI does not name a file, it is treated as a spec in the
// current folder.
func newDocument(uri protocol.DocumentUri, text string) *document {
	d := &document{uri: uri, path: "spec.hcl", text: []byte(text)}
	if u, err := url.Parse(uri); err == nil && u.Scheme == "file" && u.Path != "" {
		d.path = filepath.FromSlash(u.Path)
	}
	d.file = specs.Parse(d.path, d.text)
	return d
}

// names returns the index of the names of a document that can be parsed.
func (d *document) names() *index {
	if d.index == nil {
		d.index = newIndex(d.file.Body.(*hclsyntax.Body), d.text)
	}
	return d.index
}

// isSpec reports whether the document is a spec, rather than a file of variables or a lock file.
func (d *document) isSpec() bool {
	return !strings.HasSuffix(d.path, ".vars.hcl") && !strings.HasSuffix(d.path, ".lock.hcl")
}

// didOpen, didChange and didClose keep the server's copy of a document. The file on disk is not
// read while the document is open.
func (s *server) didOpen(ctx context.Context, p *protocol.DidOpenTextDocumentParams) error {
	return s.update(ctx, p.TextDocument.URI, p.TextDocument.Text)
}

func (s *server) didChange(ctx context.Context, p *protocol.DidChangeTextDocumentParams) error {
	// The server asked for whole texts, so the last change is the text.
	for _, change := range p.ContentChanges {
		if whole, ok := change.(protocol.TextDocumentContentChangeEventWhole); ok {
			if err := s.update(ctx, p.TextDocument.URI, whole.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// didSave checks all documents again: a spec may depend on the file that was saved.
func (s *server) didSave(ctx context.Context, _ *protocol.DidSaveTextDocumentParams) error {
	for _, d := range s.documents {
		d.analysis = nil
		if err := s.publish(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// didClose forgets the document and removes its diagnostics from the editor.
func (s *server) didClose(ctx context.Context, p *protocol.DidCloseTextDocumentParams) error {
	delete(s.documents, p.TextDocument.URI)
	return s.notifyDiagnostics(ctx, p.TextDocument.URI, []protocol.Diagnostic{})
}

// update replaces a document's text and publishes its diagnostics.
func (s *server) update(ctx context.Context, uri protocol.DocumentUri, text string) error {
	d := newDocument(uri, text)
	s.documents[uri] = d
	return s.publish(ctx, d)
}

// offset returns the byte at an editor's position, which counts lines from 0 and characters in
// UTF-16 code units. A position after the end of a line or of the text is that end.
func (d *document) offset(p protocol.Position) int {
	at := 0
	for range p.Line {
		next := bytes.IndexByte(d.text[at:], '\n')
		if next < 0 {
			return len(d.text)
		}
		at += next + 1
	}
	for units := 0; at < len(d.text) && d.text[at] != '\n'; {
		r, size := utf8.DecodeRune(d.text[at:])
		if units += utf16Len(r); units > int(p.Character) {
			break
		}
		at += size
	}
	return at
}

// position returns the editor's position of a byte.
func (d *document) position(offset int) protocol.Position {
	before := d.text[:min(max(offset, 0), len(d.text))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	units := 0
	for _, r := range string(line) {
		units += utf16Len(r)
	}
	return protocol.Position{Line: protocol.UInteger(bytes.Count(before, []byte("\n"))),
		Character: protocol.UInteger(units)}
}

// utf16Len returns the number of UTF-16 code units of r.
func utf16Len(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// editorSpan returns the editor's range from one byte to another.
func (d *document) editorSpan(from, to int) protocol.Range {
	return protocol.Range{Start: d.position(from), End: d.position(to)}
}

// hclPos returns HCL's position of a byte. It counts from 1, and columns in grapheme clusters.
func (d *document) hclPos(offset int) hcl.Pos {
	before := d.text[:offset]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	letters, err := textseg.TokenCount(line, textseg.ScanGraphemeClusters)
	if err != nil {
		letters = len(line)
	}
	return hcl.Pos{Line: bytes.Count(before, []byte("\n")) + 1, Column: letters + 1, Byte: offset}
}

// editorRange returns a range of HCL in the editor's form.
func (d *document) editorRange(r hcl.Range) protocol.Range {
	return d.editorSpan(r.Start.Byte, r.End.Byte)
}
