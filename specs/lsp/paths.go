package lsp

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	protocol "github.com/tliron/glsp/protocol_3_16"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
)

// A folder may be anywhere and of any size, so only so many of its files are read, and fewer are
// offered.
const (
	maxFilesRead    = 5000
	maxFilesOffered = 200
)

// pathAttributes are the attributes that name files, by block.
var pathAttributes = map[string][]string{
	"label": {"videos", "pictures", "validation"}, "labels": {"videos", "pictures", "validation"},
	"evaluation": {"video", "stills"}, "pictures": {"files"},
	"trainer": {"pretrained", "program", "files"}, "serve": {"program", "files"},
	"budget": {"prices"},
}

// isPath reports whether the word is in a string that names a file: in an attribute that names
// files, also in a list or in concat, or as the first argument of a function that reads them.
func (w word) isPath() bool {
	if !w.quoted {
		return false
	}
	for _, f := range slices.Backward(w.open[:len(w.open)-1]) {
		switch {
		case f.opens == hclsyntax.TokenOParen && f.name != "concat":
			return f.arg == 0 && slices.Contains([]string{"file", "fileset", "folders"}, f.name)
		case f.body:
			return slices.Contains(pathAttributes[f.name], f.attr)
		case f.opens != hclsyntax.TokenOParen && f.opens != hclsyntax.TokenOBrack:
			return false // within a string, or an object
		}
	}
	return false
}

// paths returns the files and folders that the path before a byte may go on with. Paths are
// relative to the spec's folder. The word that is replaced is the part between two slashes.
func (r *analysis) paths(w word, at int) *protocol.CompletionList {
	list := &protocol.CompletionList{Items: []protocol.CompletionItem{}}
	before, ok := r.textBefore(w.top().at, at)
	if !ok {
		return list
	}
	folder := before[:strings.LastIndex(before, "/")+1]
	begun := before[len(folder):]
	from := w.from + bytes.LastIndexByte(r.text[w.from:at], '/') + 1
	to := w.to
	if i := bytes.IndexByte(r.text[at:w.to], '/'); i >= 0 {
		to = at + i
	}
	folder = filepath.FromSlash(folder)
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(filepath.Dir(r.path), folder)
	}
	entries, more := filesIn(folder, begun)
	list.IsIncomplete = more
	for _, e := range entries {
		kind, text := protocol.CompletionItemKindFile, inString(e.Name())
		if isFolder(folder, e) {
			kind = protocol.CompletionItemKindFolder
			if to == w.to {
				text += "/"
			}
		}
		if w.unclosed && kind == protocol.CompletionItemKindFile {
			text += `"`
		}
		list.Items = append(list.Items, protocol.CompletionItem{Label: e.Name(), Kind: &kind,
			TextEdit: protocol.TextEdit{Range: r.editorSpan(from, to), NewText: text}})
	}
	return list
}

// filesIn returns the entries of a folder whose names begin so, sorted. Hidden ones are left out
// unless a dot is given. It reports whether there are more.
func filesIn(folder, begun string) (list []os.DirEntry, more bool) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, false
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	all, _ := f.ReadDir(maxFilesRead) // what can be read of it
	for _, e := range all {
		name := e.Name()
		if strings.HasPrefix(name, begun) && (begun != "" || name[0] != '.') {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	more = len(all) == maxFilesRead || len(list) > maxFilesOffered
	return list[:min(len(list), maxFilesOffered)], more
}

// isFolder reports whether an entry is a folder, or a link to one.
func isFolder(folder string, e os.DirEntry) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(folder, e.Name()))
	return err == nil && info.IsDir()
}

// textBefore returns the text of a string from its opening quote to a byte. It reports false where
// that text depends on what is not known here, such as each.value.
func (r *analysis) textBefore(quote, at int) (string, bool) {
	written := append(slices.Clone(r.text[quote:at]), '"')
	expr, diags := hclsyntax.ParseExpression(written, r.path, hcl.InitialPos)
	if diags.HasErrors() {
		return "", false
	}
	v, diags := builtin.Value(expr, &hcl.EvalContext{Variables: map[string]cty.Value{
		"var": cty.ObjectVal(r.literals("variable")), "local": cty.ObjectVal(r.literals("locals")),
	}})
	if diags.HasErrors() || v.IsNull() || !v.IsWhollyKnown() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// literals returns the values of the spec's variables, or of its locals, that are written out.
func (r *analysis) literals(of string) map[string]cty.Value {
	all, m := map[string]cty.Value{}, builtin.NewMeter()
	add := func(name string, a *hclsyntax.Attribute) {
		if a == nil || len(a.Expr.Variables()) > 0 {
			return
		}
		if v, diags := m.Value(a.Expr, nil); !diags.HasErrors() {
			all[name] = v
		}
	}
	for _, b := range r.body.Blocks {
		switch {
		case b.Type == of && of == "variable" && len(b.Labels) == 1:
			add(b.Labels[0], b.Body.Attributes["default"])
		case b.Type == of && of == "locals":
			for _, a := range b.Body.Attributes {
				add(a.Name, a)
			}
		}
	}
	return all
}
