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
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/specs"
)

// A document is a file that is open in the editor, as the editor has it.
type document struct {
	uri  protocol.DocumentUri
	path string // of the file; names it in ranges
	text []byte
	file *hcl.File // nil where it cannot be read
}

// newDocument reads a text. What the editor calls by no file's path is taken for a spec of the current folder.
func newDocument(uri protocol.DocumentUri, text string) *document {
	d := &document{uri: uri, path: "spec.hcl", text: []byte(text)}
	if u, err := url.Parse(uri); err == nil && u.Scheme == "file" && u.Path != "" {
		d.path = filepath.FromSlash(u.Path)
	}
	d.file = specs.Parse(d.path, d.text)
	return d
}

// isSpec tells a spec from a file of variables and from a lock file.
func (d *document) isSpec() bool {
	return !strings.HasSuffix(d.path, ".vars.hcl") && !strings.HasSuffix(d.path, ".lock.hcl")
}

func (s *server) didOpen(ctx context.Context, p *protocol.DidOpenTextDocumentParams) error {
	return s.update(ctx, p.TextDocument.URI, p.TextDocument.Text)
}

func (s *server) didChange(ctx context.Context, p *protocol.DidChangeTextDocumentParams) error {
	for _, change := range p.ContentChanges { // the last is what there is: the server asked for whole texts
		if whole, ok := change.(protocol.TextDocumentContentChangeEventWhole); ok {
			if err := s.update(ctx, p.TextDocument.URI, whole.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// didSave looks at all documents again: a spec may read what was saved.
func (s *server) didSave(ctx context.Context, _ *protocol.DidSaveTextDocumentParams) error {
	for _, d := range s.documents {
		if err := s.publish(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) didClose(ctx context.Context, p *protocol.DidCloseTextDocumentParams) error {
	delete(s.documents, p.TextDocument.URI)
	return s.notifyDiagnostics(ctx, p.TextDocument.URI, []protocol.Diagnostic{})
}

func (s *server) update(ctx context.Context, uri protocol.DocumentUri, text string) error {
	d := newDocument(uri, text)
	s.documents[uri] = d
	return s.publish(ctx, d)
}

// offset is the byte at a position of the editor's, which counts lines from 0 and letters in UTF-16. A position behind the
// end of a line or of the text is the end.
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

// position is the editor's position of a byte.
func (d *document) position(offset int) protocol.Position {
	before := d.text[:min(max(offset, 0), len(d.text))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	units := 0
	for _, r := range string(line) {
		units += utf16Len(r)
	}
	return protocol.Position{Line: protocol.UInteger(bytes.Count(before, []byte("\n"))), Character: protocol.UInteger(units)}
}

func utf16Len(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// span is the editor's range of bytes.
func (d *document) editorSpan(from, to int) protocol.Range {
	return protocol.Range{Start: d.position(from), End: d.position(to)}
}

// pos is HCL's position of a byte: it counts from 1, and columns in letters as people see them.
func (d *document) hclPos(offset int) hcl.Pos {
	before := d.text[:offset]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	letters, err := textseg.TokenCount(line, textseg.ScanGraphemeClusters)
	if err != nil {
		letters = len(line)
	}
	return hcl.Pos{Line: bytes.Count(before, []byte("\n")) + 1, Column: letters + 1, Byte: offset}
}
