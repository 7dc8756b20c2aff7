package edit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// AddClip adds a video to a label: to its list of videos, or in a new block behind the last label.
// known are the labels of the study, for those that a labels block makes by for_each: what such a
// block computes takes no clip.
func AddClip(src []byte, label, file string, known []string) ([]byte, error) {
	s, err := parse(src)
	if err != nil {
		return nil, err
	}
	label = specs.Normal(label)
	if problem := specs.NameProblem("label", label); problem != "" {
		return nil, &Error{0, "a label's name " + problem, ""}
	}
	if err := checkPath(file); err != nil {
		return nil, err
	}
	if err := s.addClip(label, file, known); err != nil {
		return nil, err
	}
	return s.result()
}

// addClip changes the source to have another video of a label.
func (s *source) addClip(label, file string, known []string) error {
	element := s.quotePath(file)
	if found := named(s.body, "label", label); len(found) > 0 {
		return s.addToLabel(found[0], label, element)
	}
	if list := s.listOf(label); list != nil {
		s.addToList(list, element)
		return nil
	}
	for _, name := range known {
		if specs.Normal(name) != label {
			continue
		}
		line := 0
		if many := blocks(s.body, "labels"); len(many) > 0 {
			line = many[0].TypeRange.Start.Line
		}
		return &Error{line, fmt.Sprintf("label %q is made by for_each at line %d, which names no "+
			"clips one by one", label, line), fmt.Sprintf(
			"write label %s { videos = [...] }, and have for_each leave it out", specs.Quote(label))}
	}
	s.addLabel(label, element)
	return nil
}

// addToLabel adds a video to a label block.
func (s *source) addToLabel(b *hclsyntax.Block, label, element string) error {
	videos := b.Body.Attributes["videos"]
	if videos == nil {
		if isFolded(b) {
			again, err := s.unfold(b)
			if err != nil {
				return err
			}
			*s = *again
			b = named(s.body, "label", label)[0]
		}
		s.insertLines(s.endOfLine(b.OpenBraceRange.End.Byte), "videos = ["+element+"]\n", s.inner(b),
			false)
		return nil
	}
	list := literalList(videos.Expr)
	if list == nil {
		return &Error{videos.SrcRange.Start.Line, fmt.Sprintf(
			"the videos of label %q are computed at line %d", label, videos.SrcRange.Start.Line),
			fmt.Sprintf("write concat(..., [%s]) there", element)}
	}
	if s.isLong(list, element) && isFolded(b) {
		again, err := s.unfold(b)
		if err != nil {
			return err
		}
		*s = *again
		list = literalList(named(s.body, "label", label)[0].Body.Attributes["videos"].Expr)
	}
	s.addToList(list, element)
	return nil
}

// addToList adds an element to a list. One that would be too long for its line gets lines.
func (s *source) addToList(list *hclsyntax.TupleConsExpr, element string) {
	if s.isLong(list, element) {
		s.spread(list, element)
		return
	}
	s.appendElement(list, element)
}

// literalList returns a list that is written out, or the first one that concat joins, or nil.
func literalList(e hclsyntax.Expression) *hclsyntax.TupleConsExpr {
	if list, ok := e.(*hclsyntax.TupleConsExpr); ok {
		return list
	}
	if call, ok := e.(*hclsyntax.FunctionCallExpr); ok && call.Name == "concat" {
		for _, arg := range call.Args {
			if list, ok := arg.(*hclsyntax.TupleConsExpr); ok {
				return list
			}
		}
	}
	return nil
}

// listOf returns the list of a label's videos that a labels block takes from a for_each like
// { A = ["1.mp4"] }, or nil.
func (s *source) listOf(label string) *hclsyntax.TupleConsExpr {
	for _, b := range blocks(s.body, "labels") {
		each, videos := b.Body.Attributes["for_each"], b.Body.Attributes["videos"]
		if each == nil || videos == nil || b.Body.Attributes["name"] != nil ||
			s.at(videos.Expr.Range()) != "each.value" {
			continue
		}
		object, ok := each.Expr.(*hclsyntax.ObjectConsExpr)
		if !ok {
			continue
		}
		for _, item := range object.Items {
			if s.key(item.KeyExpr) == label {
				return literalList(item.ValueExpr)
			}
		}
	}
	return nil
}

// key returns the key of an object's item, or "" if it is not written out.
func (s *source) key(e hclsyntax.Expression) string {
	k, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return ""
	}
	if word := hcl.ExprAsKeyword(k.Wrapped); word != "" {
		return specs.Normal(word)
	}
	text, _ := s.text(k.Wrapped)
	return text
}

// addLabel adds a label block behind the last one, on one line if that is.
func (s *source) addLabel(label, element string) {
	text := fmt.Sprintf("label %s {\n  videos = [%s]\n}\n", specs.Quote(label), element)
	apart := true
	all := blocks(s.body, "label", "labels")
	if n := len(all); n > 0 && all[n-1].Type == "label" && isFolded(all[n-1]) {
		text = fmt.Sprintf("label %s { videos = [%s] }\n", specs.Quote(label), element)
		apart = false
	} else if n == 0 {
		all = blocks(s.body, "study", "variable", "locals")
	}
	at := len(s.src)
	if n := len(all); n > 0 {
		at = s.endOfLine(all[n-1].CloseBraceRange.End.Byte)
	}
	s.insertLines(at, text, "", apart)
}

// RenameFile has the spec name a file by another path, wherever that is written out, and reports
// whether it is anywhere.
func RenameFile(src []byte, from, to string) ([]byte, bool, error) {
	s, err := parse(src)
	if err != nil {
		return nil, false, err
	}
	if err := checkPath(to); err != nil {
		return nil, false, err
	}
	for _, u := range s.uses(from) {
		text := specs.Quote(path.Clean(to))
		switch {
		case u.folder != nil: // what is not in the folder needs no exception
			below, ok := variable{value: *u.folder}.below(to)
			if !ok {
				continue
			}
			text = specs.Quote(below)
		case len(u.expr.Parts) > 1:
			text = s.quotePath(to)
			for _, v := range s.variables() {
				if below, ok := v.below(to); ok && v.name == variableName(u.expr.Parts[0]) {
					text = v.quote(below)
				}
			}
		}
		if text != s.at(u.expr.SrcRange) {
			s.replace(u.expr.SrcRange, text)
		}
	}
	changed := s.changed()
	out, err := s.result()
	return out, changed, err
}

// A use is where a string names a file.
type use struct {
	block  *hclsyntax.Block
	attr   *hclsyntax.Attribute
	expr   *hclsyntax.TemplateExpr
	list   *hclsyntax.TupleConsExpr // around it, or nil
	folder *string                  // it is left out of what a fileset finds in this folder
}

// uses returns where strings name a file, in the order of the file.
func (s *source) uses(file string) []use {
	v := &visitor{source: s, file: file, values: s.values()}
	for _, b := range s.body.Blocks {
		v.visitBlock(b)
	}
	slices.SortFunc(v.found, func(a, b use) int {
		return a.expr.SrcRange.Start.Byte - b.expr.SrcRange.Start.Byte
	})
	return v.found
}

// A visitor looks for the strings that name a file.
type visitor struct {
	*source
	file   string
	values map[string]string
	found  []use
}

// footage are the attributes whose strings are paths of footage, by their block. A nil list is all
// attributes.
var footage = map[string][]string{
	"label":      {"videos", "pictures", "validation"},
	"labels":     {"for_each", "videos", "pictures", "validation"},
	"evaluation": {"video", "stills"},
	"pictures":   {"for_each", "files"},
	"locals":     nil,
	"variable":   {"default"},
}

// visitBlock looks at a block and, in an evaluation, at the blocks in it.
func (v *visitor) visitBlock(b *hclsyntax.Block) {
	names, ok := footage[b.Type]
	if !ok {
		return
	}
	for name, a := range b.Body.Attributes {
		if names == nil || slices.Contains(names, name) {
			v.visit(use{block: b, attr: a}, a.Expr)
		}
	}
	for _, inner := range b.Body.Blocks {
		if b.Type == "evaluation" && inner.Type == "pictures" {
			v.visitBlock(inner)
		}
	}
}

// visit looks at an expression within u.attr.
func (v *visitor) visit(u use, e hclsyntax.Expression) {
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		value, ok := v.template(e, v.values)
		if u.folder != nil {
			value = *u.folder + "/" + value
		}
		if ok && same(value, v.file) {
			u.expr = e
			v.found = append(v.found, u)
		}
	case *hclsyntax.TupleConsExpr:
		u.list = e
		for _, one := range e.Exprs {
			v.visit(u, one)
		}
	case *hclsyntax.ObjectConsExpr:
		u.list = nil
		for _, item := range e.Items {
			if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
				v.visit(u, key.Wrapped)
			}
			v.visit(u, item.ValueExpr)
		}
	case *hclsyntax.FunctionCallExpr:
		u.list = nil
		for i, arg := range e.Args {
			if folder, ok := v.folder(e.Args[0]); e.Name == "setsubtract" && i == 1 && ok {
				u.folder = &folder
			}
			v.visit(u, arg)
		}
	case *hclsyntax.ParenthesesExpr:
		u.list = nil
		v.visit(u, e.Expression)
	case *hclsyntax.ConditionalExpr:
		u.list = nil
		v.visit(u, e.TrueResult)
		v.visit(u, e.FalseResult)
	case *hclsyntax.ForExpr:
		u.list = nil
		v.visit(u, e.CollExpr)
	}
}

// folder returns the folder of the expression fileset(FOLDER, PATTERN).
func (v *visitor) folder(e hclsyntax.Expression) (string, bool) {
	call, ok := e.(*hclsyntax.FunctionCallExpr)
	if !ok || call.Name != "fileset" || len(call.Args) == 0 {
		return "", false
	}
	if value, ok := v.values[variableName(call.Args[0])]; ok {
		return value, true
	}
	return v.template(call.Args[0], v.values)
}

// RemoveFile removes what names a file from the lists of the spec, and reports whether there is
// anything. A label that has no footage left is removed. What an evaluation needs is not.
func RemoveFile(src []byte, file string) ([]byte, bool, error) {
	s, err := parse(src)
	if err != nil {
		return nil, false, err
	}
	var lists []use
	gone := map[hclsyntax.Expression]bool{}
	for _, u := range s.uses(file) {
		if u.folder != nil { // an exception does no harm
			continue
		}
		if u.list == nil {
			return nil, false, s.needed(u, file)
		}
		if gone[u.expr] = true; len(lists) == 0 || lists[len(lists)-1].list != u.list {
			lists = append(lists, u)
		}
	}
	removed := map[*hclsyntax.Block]bool{}
	for _, u := range lists {
		if err := s.removeFrom(u, gone, removed, file); err != nil {
			return nil, false, err
		}
	}
	changed := s.changed()
	out, err := s.result()
	return out, changed, err
}

// removeFrom removes elements of a list, and the label if nothing is left of it.
func (s *source) removeFrom(
	u use, gone map[hclsyntax.Expression]bool, removed map[*hclsyntax.Block]bool, file string,
) error {
	left := func(e hclsyntax.Expression) bool { return !gone[e] }
	footage := u.attr.Name == "videos" || u.attr.Name == "pictures"
	switch {
	case removed[u.block]:
	case slices.ContainsFunc(u.list.Exprs, left):
		s.removeElements(u.list, func(i int) bool { return gone[u.list.Exprs[i]] })
	case hclsyntax.Expression(u.list) != u.attr.Expr && literalList(u.attr.Expr) != nil:
		s.removeElements(u.list, func(int) bool { return true }) // concat has others
	case u.block.Type != "label" || !footage || hclsyntax.Expression(u.list) != u.attr.Expr:
		return s.needed(u, file)
	case s.hasOther(u, gone):
		s.remove(s.begin(u.attr.SrcRange.Start.Byte, true), s.endOfLine(u.attr.SrcRange.End.Byte))
	default:
		removed[u.block] = true
		s.removeBlock(u.block, true)
	}
	return nil
}

// hasOther reports whether a label has footage in another attribute.
func (s *source) hasOther(u use, gone map[hclsyntax.Expression]bool) bool {
	for _, name := range []string{"videos", "pictures"} {
		a := u.block.Body.Attributes[name]
		if a == nil || a == u.attr {
			continue
		}
		list, ok := a.Expr.(*hclsyntax.TupleConsExpr)
		if !ok || slices.ContainsFunc(list.Exprs,
			func(e hclsyntax.Expression) bool { return !gone[e] }) {
			return true
		}
	}
	return false
}

// needed returns the error about a file that cannot be removed from where it is named.
func (s *source) needed(u use, file string) error {
	line := u.expr.SrcRange.Start.Line
	if u.block.Type == "evaluation" && len(u.block.Labels) == 1 {
		what := "all that it judges"
		if u.attr.Name == "video" {
			what = "its video"
		}
		return &Error{line, fmt.Sprintf("evaluation %q needs %s, %s, at line %d",
			specs.Normal(u.block.Labels[0]), file, what, line),
			"give the evaluation another video, or remove it, in the file"}
	}
	return &Error{line, fmt.Sprintf("%s is named by %s at line %d, which needs it", file,
		strings.TrimSpace(u.attr.Name), line), editFile}
}
