package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"

	"snellen/engine/regular"
	"snellen/specs"
)

// requestFailed is the protocol's code for a request that is right, and cannot be done. Editors
// show its message.
const requestFailed = jrpc2.Code(-32803)

// prepareRename returns the name under the cursor, or why it cannot be renamed.
func (s *server) prepareRename(
	_ context.Context, p *protocol.PrepareRenameParams,
) (*protocol.RangeWithPlaceholder, error) {
	d := s.documents[p.TextDocument.URI]
	u, err := d.renamable(p.Position)
	if err != nil {
		return nil, err
	}
	return &protocol.RangeWithPlaceholder{Range: d.editorSpan(u.from, u.to), Placeholder: u.text},
		nil
}

// rename returns the edits that give the name under the cursor another text wherever it is used. It
// refuses a new name that would make the spec wrong.
func (s *server) rename(
	_ context.Context, p *protocol.RenameParams,
) (*protocol.WorkspaceEdit, error) {
	d := s.documents[p.TextDocument.URI]
	u, err := d.renamable(p.Position)
	if err != nil {
		return nil, err
	}
	if problem := newNameProblem(u.kind, p.NewName); problem != "" {
		return nil, jrpc2.Errorf(requestFailed, "%s", problem)
	}
	var edits []protocol.TextEdit
	renamed := slices.Clone(d.text)
	for _, one := range slices.Backward(d.names().uses) {
		if one.name == u.name {
			from, to, text := one.renamed(p.NewName)
			edits = append(edits, protocol.TextEdit{Range: d.editorSpan(from, to), NewText: text})
			renamed = slices.Replace(renamed, from, to, []byte(text)...)
		}
	}
	if problem := s.worse(d, newDocument(d.uri, string(renamed))); problem != "" {
		return nil, jrpc2.Errorf(requestFailed, "%q would make the spec wrong: %s", p.NewName,
			problem)
	}
	slices.Reverse(edits)
	changes := map[protocol.DocumentUri][]protocol.TextEdit{d.uri: edits}
	if u.kind == "variable" {
		s.renameValue(changes, d, u.text, p.NewName)
	}
	return &protocol.WorkspaceEdit{Changes: changes}, nil
}

// renamable returns the name at a position if all its uses are known, and are that name alone.
func (d *document) renamable(p protocol.Position) (u use, err error) {
	if d == nil || !d.isSpec() || d.file == nil {
		return u, jrpc2.Errorf(requestFailed, "%v", errNotSpec)
	}
	if formatted, _ := specs.Format(d.text); formatted == nil {
		return u, jrpc2.Errorf(requestFailed,
			"the spec cannot be parsed: correct what is marked, then rename")
	}
	u, ok := d.useAt(p)
	if !ok {
		return u, jrpc2.Errorf(requestFailed, "there is no name to rename here")
	}
	declared := false
	for i, one := range d.names().uses {
		if one.name == u.name {
			declared = declared || one.declares
			if reason := d.names().shared(i); reason != "" {
				return u, jrpc2.Errorf(requestFailed,
					"%q at line %d is also %s: change it there by hand", u.text,
					d.position(one.from).Line+1, reason)
			}
		}
	}
	switch {
	case u.kind == "each":
		return u, jrpc2.Errorf(requestFailed, "each.%s is a word of the language", u.text)
	case !declared:
		return u, jrpc2.Errorf(requestFailed,
			"no block declares the %s %q by its name: it cannot be renamed here", u.kind, u.text)
	}
	return u, nil
}

// shared returns what else the text of a use stands for, or "".
func (x *index) shared(i int) string {
	u := x.uses[i]
	if attr := x.other[u.from]; attr != "" {
		return "part of " + attr
	}
	for _, also := range x.uses[max(i-1, 0):min(i+2, len(x.uses))] {
		if also.from == u.from && also.name != u.name {
			return "the " + also.kind + "'s name"
		}
	}
	return ""
}

// newNameProblem returns why a name cannot be given to what a block declares, or "".
func newNameProblem(kind, text string) string {
	if kind == "variable" || kind == "local" {
		if !hclsyntax.ValidIdentifier(text) {
			return fmt.Sprintf("%q is not a valid %s name: use letters, digits, _ and -", text,
				kind)
		}
		return ""
	}
	if problem := specs.NameProblem(kind, text); problem != "" {
		return "a " + kind + "'s name " + problem
	}
	return ""
}

// renamed returns the bytes to replace, and the text that replaces them, to write another name.
func (u use) renamed(to string) (from, end int, text string) {
	switch {
	case u.form == inQuotes:
		return u.from, u.to, inString(to)
	case hclsyntax.ValidIdentifier(to):
		return u.from, u.to, to
	case u.form == dotted:
		return u.from - 1, u.to, "[" + specs.Quote(to) + "]"
	}
	return u.from, u.to, specs.Quote(to)
}

// worse returns the first mistake that the new text has if it has more of them than the old one,
// else "". Mistakes in other files do not count: a file of values has the old name still.
func (s *server) worse(before, after *document) string {
	count, first := 0, ""
	seen := map[string]bool{}
	for _, found := range s.diagnose(before) {
		if !found.Warning && found.At.File == filepath.ToSlash(before.path) {
			count++
			seen[found.Message] = true
		}
	}
	for _, found := range s.diagnose(after) {
		if !found.Warning && found.At.File == filepath.ToSlash(after.path) {
			count--
			if first == "" && !seen[found.Message] {
				first = fmt.Sprintf("line %d: %s", found.At.Line, found.Message)
			}
		}
	}
	if count >= 0 {
		return ""
	}
	return first
}

// renameValue adds the edit of the file of values beside the spec, if that sets the variable.
func (s *server) renameValue(
	changes map[protocol.DocumentUri][]protocol.TextEdit, d *document, old, name string,
) {
	uri := strings.TrimSuffix(d.uri, ".hcl") + ".vars.hcl"
	values := s.documents[uri]
	if values == nil {
		text := readValues(strings.TrimSuffix(d.path, ".hcl") + ".vars.hcl")
		values = newDocument(uri, string(text))
	}
	if values.file == nil {
		return
	}
	if a := values.file.Body.(*hclsyntax.Body).Attributes[old]; a != nil {
		changes[uri] = []protocol.TextEdit{{Range: values.editorRange(a.NameRange), NewText: name}}
	}
}

// maxValues bounds a file of values in bytes.
const maxValues = 1 << 20

// readValues returns a file's text, or nil where it cannot be read.
func readValues(path string) []byte {
	text, err := regular.Read(path, maxValues)
	if err != nil {
		return nil
	}
	return text
}
