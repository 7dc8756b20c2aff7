package specs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// This file reads labels, and what they have in common with resolutions, evaluations, areas, grades
// and gates: a name, a singular block, and a plural block that is repeated by for_each.

// checkName reports whether a name can be part of an address and of a path, and records why not.
func (l *loader) checkName(what, name string, at hcl.Range) bool {
	problem := NameProblem(what, name)
	if problem != "" {
		l.add(at, "names become parts of paths: use letters, digits, - and _",
			"a "+what+"'s name "+problem)
	}
	return problem == ""
}

// A declaration is one thing that is declared by a block, or by one element of its for_each.
type declaration struct {
	*section
	name   string
	nameAt hcl.Range
	each   *eachElement
}

// declarations returns what the blocks of a singular and of a plural type declare, in the order of
// the file. Only declarations with a valid and unique name are returned.
func (l *loader) declarations(body *hclsyntax.Body, one, many *block) []declaration {
	var list []declaration
	first := map[string]hcl.Range{}
	keep := func(c declaration) {
		if l.checkName(one.name, c.name, c.nameAt) &&
			l.checkUnique(first, one.name, c.name, c.nameAt) {
			list = append(list, c)
		}
	}
	for _, b := range body.Blocks {
		switch b.Type {
		case one.name:
			s := l.decode(one, b.Body, b.DefRange(), nil)
			if len(b.Labels) == 1 {
				keep(declaration{section: s, name: l.blockLabel(b), nameAt: labelRange(b)})
			}
		case many.name:
			l.expand(many, b, keep)
		}
	}
	return list
}

// expand passes the declarations of a plural block to keep, one for each element of its for_each.
// It marks the block as incomplete when some of them cannot be known, so that rules about the whole
// set are skipped.
func (l *loader) expand(many *block, b *hclsyntax.Block, keep func(declaration)) {
	if b.Body.Attributes["for_each"] == nil {
		l.incomplete[many] = true
		l.checkShape(&section{block: many, header: b.DefRange(), body: b.Body,
			invalid: map[string]bool{}})
		return
	}
	list, ok := l.forEach(b.Body.Attributes["for_each"].Expr, false)
	l.incomplete[many] = l.incomplete[many] || !ok || len(list) == 0
	for _, e := range list {
		s := l.decode(many, b.Body, b.DefRange(), &e)
		name, given := s.values["name"].(string)
		if s.invalid["name"] {
			l.incomplete[many] = true
			continue
		}
		at := s.at("name")
		if !given {
			name, at = e.key, s.at("for_each")
		}
		keep(declaration{section: s, name: name, nameAt: at, each: &e})
	}
}

// readLabels returns the labels, sorted by name: a label's class index is its position here.
func (l *loader) readLabels() []Label {
	found := l.declarations(l.root.body, labelBlock, labelsBlock)
	l.labelRanges = map[string]hcl.Range{}
	var list []Label
	owner := map[string]string{}
	if n := len(found); n > maxLabels { // before the mistakes of each
		l.add(l.root.header, "",
			fmt.Sprintf("a study may have at most %d labels, and this has %d", maxLabels, n))
	}
	for _, c := range found {
		l.labelRanges[c.name] = c.nameAt
		list = append(list, l.readLabel(c, owner))
	}
	l.checkFewLabels(len(list))
	slices.SortFunc(list, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// checkFewLabels records too few labels, unless labels were declared and something is wrong with
// them: then that mistake is the cause.
func (l *loader) checkFewLabels(n int) {
	declared := len(blocksOf(l.root.body, "label")) > 1 || len(blocksOf(l.root.body, "labels")) > 0
	if n < 2 && !(declared && l.list.HasErrors()) {
		l.add(l.root.header,
			`write label "NAME" { videos = ["NAME.mp4"] }, or pictures = fileset("NAME", "*.jpg")`,
			fmt.Sprintf("a study needs at least two labels, and this has %d", n))
	}
}

// readLabel reads one label. No file may be used twice, since two labels with the same footage
// cannot be told apart. The owner map is shared by all labels.
func (l *loader) readLabel(c declaration, owner map[string]string) Label {
	label := Label{Name: c.name, Stream: c.stream(), At: position(c.header), Where: c.positions()}
	if !c.valid("videos", "pictures", "validation") {
		return label
	}
	videos, _ := c.values["videos"].([]string)
	pictures, _ := c.values["pictures"].([]string)
	validation, explicit := c.values["validation"].([]string)
	var problem string
	at := c.header
	switch {
	case len(videos)+len(pictures)+len(validation) == 0 && c.values["pictures"] != nil:
		at = c.at("pictures")
		problem = fmt.Sprintf("no file is a picture of label %q: check the folder and the pattern",
			c.name)
	case len(videos)+len(pictures)+len(validation) == 0:
		problem = fmt.Sprintf("label %q has no videos and no pictures", c.name)
	case explicit && len(validation) == 0:
		problem = fmt.Sprintf("label %q has no pictures for validation", c.name)
	case explicit && len(videos)+len(pictures) == 0:
		problem = fmt.Sprintf("label %q has nothing to train on", c.name)
	case len(videos) > maxVideos:
		problem = fmt.Sprintf("label %q has %d videos; the limit is %d", c.name, len(videos),
			maxVideos)
	case len(pictures)+len(validation) > maxPictures:
		problem = fmt.Sprintf("label %q has %d pictures; the limit is %d", c.name,
			len(pictures)+len(validation), maxPictures)
	}
	if problem != "" {
		l.add(at, `write videos = ["NAME.mp4"], or pictures = fileset("FOLDER", "**/*.jpg")`,
			problem)
		return label
	}
	label.Videos = l.readFootage(c, "video", "videos", owner)
	apart := l.readFootage(c, "picture", "validation", owner)
	slices.Sort(apart)
	for _, path := range l.readFootage(c, "picture", "pictures", owner) {
		if _, both := slices.BinarySearch(apart, path); !both {
			label.Pictures = append(label.Pictures, path)
		}
	}
	slices.Sort(label.Pictures)
	if len(videos) == 0 && len(label.Pictures) == 1 && !explicit &&
		l.stats[label.Pictures[0]] == "" {
		l.add(c.at("pictures"), "add pictures, or videos",
			fmt.Sprintf("label %q has one picture, and two sets need two", c.name))
	}
	if explicit {
		if len(label.Videos)+len(label.Pictures) == 0 {
			l.add(c.at("validation"), "name some of them, or leave validation out",
				fmt.Sprintf("all pictures of label %q are for validation", c.name))
		}
		label.Validation = new(len(label.Pictures))
		label.Pictures = append(label.Pictures, apart...)
	}
	return label
}

// readFootage returns the paths of one attribute of a label: what is "video" or "picture".
func (l *loader) readFootage(
	c declaration, what, attribute string, owner map[string]string,
) []string {
	given, _ := c.values[attribute].([]string)
	var list []string
	for i, path := range given {
		at := c.elementAt(attribute, i)
		path = l.footagePath(what, path, at)
		other, used := owner[path]
		if twice := used && path != ""; twice && (what == "video" || other != c.name) {
			l.add(at, "", fmt.Sprintf("%s already belongs to label %q", path, other))
		} else if twice && slices.Contains(list, path) {
			continue
		}
		owner[path] = c.name
		list = append(list, path)
	}
	return list
}

// stream returns the stream number that a block sets, or nil.
func (s *section) stream() *int {
	if n, given := s.values["stream"].(int); given {
		return &n
	}
	return nil
}

// elementAt returns the range of a list's element i. When the list is not written out, it returns
// the range of the whole expression.
func (s *section) elementAt(name string, i int) hcl.Range {
	a := s.body.Attributes[name]
	if a == nil {
		return s.header
	}
	if list, ok := a.Expr.(*hclsyntax.TupleConsExpr); ok && i < len(list.Exprs) {
		return list.Exprs[i].Range()
	}
	return a.Expr.Range()
}
