package specs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// none is the plural of a block that has none.
var none = &block{}

// usualGrades are those of the article.
var usualGrades = []Grade{{"◎", 0.8}, {"○", 0.6}, {"×", 0}}

func (l *loader) evaluations() []Evaluation {
	found := l.all(l.root.body, evaluationBlock, none)
	if len(found) > maxEvaluations {
		l.add(l.root.header, "", fmt.Sprintf("%d evaluations are the most, and these are %d", maxEvaluations, len(found)))
	}
	var list []Evaluation
	for _, c := range found {
		list = append(list, l.evaluation(c))
	}
	slices.SortFunc(list, func(a, b Evaluation) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (l *loader) evaluation(c counted) Evaluation {
	e := Evaluation{Name: c.name, Stream: c.stream(), At: position(c.header), Where: c.where()}
	c.into(map[string]any{"every": &e.Every, "confident": &e.Confident, "quality": &e.Quality}, true)
	if video, ok := c.values["video"].(string); ok {
		e.Video = l.footage(video, c.at("video"))
	}
	l.frame(&e, c)
	e.Sizes = l.sizes(c)
	for _, a := range l.areas(&e, c) {
		e.Areas = append(e.Areas, a.Area)
	}
	l.visible(e, c)
	e.Grades = l.grades(c)
	return e
}

// frame fills the size of the camera's frame; it stays 0 where that is wrong.
func (l *loader) frame(e *Evaluation, c counted) {
	found := blocksOf(c.body, "frame")
	if len(found) == 0 {
		return
	}
	s := l.section(frameBlock, found[0].Body, found[0].DefRange(), nil)
	if s.sound("width", "height") {
		s.into(map[string]any{"width": &e.Width, "height": &e.Height}, false)
	}
	for name, at := range s.where() {
		e.Where[name] = at
	}
}

// A placed area is one with the places in the spec that its rules speak of.
type placed struct {
	Area
	rect, expect hcl.Range
	grid         bool
}

// areas gives an evaluation's areas, the grid's first, and applies the rules over them.
func (l *loader) areas(e *Evaluation, c counted) []placed {
	list := l.grid(e, c)
	first := map[string]bool{}
	for _, a := range list {
		first[a.Name] = true
	}
	for _, one := range l.all(c.body, areaBlock, areasBlock) {
		if first[one.name] {
			l.add(one.nameAt, "rename it", fmt.Sprintf("area %q is there twice; the first is of the grid", one.name))
		}
		if a, ok := l.area(e, one); ok {
			list = append(list, a)
		}
	}
	switch {
	case len(list) > maxAreas:
		l.add(c.header, "", fmt.Sprintf("%d areas are the most, and these are %d", maxAreas, len(list)))
		return nil
	case len(blocksOf(c.body, "grid"))+len(blocksOf(c.body, "area"))+len(blocksOf(c.body, "areas")) == 0:
		l.add(c.header, `write area "left" { ... } or grid { ... }`, fmt.Sprintf("evaluation %q has no areas", e.Name))
	}
	l.apart(list)
	return list
}

func (l *loader) area(e *Evaluation, c counted) (placed, bool) {
	a := placed{Area: Area{Name: c.name, At: position(c.header)}, rect: c.at("rect"), expect: c.at("expect")}
	c.into(map[string]any{"expect": &a.Expect}, false)
	if c.sound("expect") {
		l.filmed(a.Expect, a.expect)
	}
	var rect []int
	c.into(map[string]any{"rect": &rect}, false)
	if !c.sound("rect") {
		return a, false
	}
	a.X, a.Y, a.W, a.H = rect[0], rect[1], rect[2], rect[3]
	if a.W == 0 || a.H == 0 {
		l.add(a.rect, "rect is x, y, width, height", fmt.Sprintf("area %q has no size", a.Name))
		return a, false
	}
	l.inside(e, a)
	return a, true
}

// inside notes an area that leaves the frame.
func (l *loader) inside(e *Evaluation, a placed) {
	if e.Width == 0 || e.Height == 0 || a.X+a.W <= e.Width && a.Y+a.H <= e.Height {
		return
	}
	l.add(a.rect, "rect is x, y, width, height", fmt.Sprintf("area %q ends at (%d, %d), outside of the frame of %dx%d", a.Name, a.X+a.W, a.Y+a.H, e.Width, e.Height))
}

// filmed notes a label that no label block declares.
func (l *loader) filmed(name string, at hcl.Range) {
	if _, ok := l.labelled[name]; ok || l.lost[labelsBlock] {
		return
	}
	var known []string
	for label := range l.labelled {
		known = append(known, label)
	}
	l.add(at, suggest(name, known), fmt.Sprintf("there is no label %q", name))
}

// grid gives the areas of the grid block, row by row.
func (l *loader) grid(e *Evaluation, c counted) []placed {
	found := blocksOf(c.body, "grid")
	if len(found) == 0 {
		return nil
	}
	s := l.section(gridBlock, found[0].Body, found[0].DefRange(), nil)
	var columns, rows int
	var origin, size, step []int
	var expect []string
	s.into(map[string]any{"columns": &columns, "rows": &rows, "origin": &origin, "size": &size, "step": &step, "expect": &expect}, false)
	if !s.sound("columns", "rows", "origin", "size", "step", "expect") {
		return nil
	}
	if step == nil {
		step = size
	}
	if len(expect) != columns*rows {
		l.add(s.at("expect"), "name the label of each area, row by row",
			fmt.Sprintf("%d columns and %d rows make %d areas, and expect has %d labels", columns, rows, columns*rows, len(expect)))
		return nil
	}
	var list []placed
	for i, label := range expect {
		row, column := i/columns, i%columns
		a := Area{Name: fmt.Sprintf("%d-%d", row+1, column+1), X: origin[0] + column*step[0], Y: origin[1] + row*step[1], W: size[0], H: size[1], Expect: label}
		at := s.element("expect", i)
		a.At = position(at)
		l.filmed(label, at)
		list = append(list, placed{Area: a, rect: s.at("origin"), expect: at, grid: true})
	}
	if columns > 1 && step[0] < size[0] || rows > 1 && step[1] < size[1] {
		l.add(s.at("step"), "step goes from corner to corner: it is size and the space between", "the areas of this grid overlap: step is smaller than size")
	}
	l.inside(e, list[len(list)-1])
	return list
}

// apart notes areas that overlap, each once. Those of a grid are apart by its step.
func (l *loader) apart(list []placed) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b placed) int { return cmp.Compare(a.X, b.X) })
	noted := map[string]bool{}
	for i, a := range list {
		for _, b := range list[i+1:] {
			if b.X >= a.X+a.W {
				break
			}
			if a.grid && b.grid || a.Y >= b.Y+b.H || b.Y >= a.Y+a.H || noted[b.Name] {
				continue
			}
			l.overlap(a, b)
			noted[b.Name] = true
		}
	}
}

// overlap tells it at the later of two areas.
func (l *loader) overlap(a, b placed) {
	if b.grid || !a.grid && cmp.Or(a.rect.Start.Byte-b.rect.Start.Byte, strings.Compare(a.Name, b.Name)) > 0 {
		a, b = b, a
	}
	l.add(b.rect, "rect is x, y, width, height", fmt.Sprintf("area %q overlaps area %q at line %d", b.Name, a.Name, a.At.Line))
}

// grades gives an evaluation's grades from the best to the worst.
func (l *loader) grades(c counted) []Grade {
	found := l.all(c.body, gradeBlock, none)
	if len(found) == 0 {
		return slices.Clone(usualGrades)
	}
	var list []Grade
	same := map[float64]string{}
	for _, one := range found {
		g := Grade{Name: one.name}
		one.into(map[string]any{"every_area": &g.EveryArea}, true)
		if !one.sound("every_area") {
			return nil
		}
		if before, again := same[g.EveryArea]; again {
			l.add(one.at("every_area"), "", fmt.Sprintf("grades %q and %q have the same every_area, %s", before, g.Name, short(g.EveryArea)))
		}
		same[g.EveryArea] = g.Name
		list = append(list, g)
	}
	if _, ok := same[0]; !ok {
		l.add(found[len(found)-1].header, `add grade "×" {}`, "no grade is left for the worst result")
	}
	slices.SortStableFunc(list, func(a, b Grade) int { return cmp.Compare(b.EveryArea, a.EveryArea) })
	return list
}
