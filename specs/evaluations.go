package specs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// noPlural stands for the plural type of a block that has none.
var noPlural = &block{}

// defaultGrades are the article's grades.
var defaultGrades = []Grade{{"◎", 0.8}, {"○", 0.6}, {"×", 0}}

// readEvaluations returns the evaluations, sorted by name.
func (l *loader) readEvaluations() []Evaluation {
	found := l.declarations(l.root.body, evaluationBlock, noPlural)
	if len(found) > maxEvaluations {
		l.add(l.root.header, "",
			fmt.Sprintf("a study may have at most %d evaluations, and this has %d", maxEvaluations,
				len(found)))
	}
	var list []Evaluation
	for _, c := range found {
		list = append(list, l.readEvaluation(c))
	}
	slices.SortFunc(list, func(a, b Evaluation) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// readEvaluation reads one evaluation. Areas are read after the frame and sizes before the check
// that combines them, since rules refer to what was read before.
func (l *loader) readEvaluation(c declaration) Evaluation {
	e := Evaluation{Name: c.name, Stream: c.stream(), At: position(c.header), Where: c.positions()}
	c.assign(map[string]any{"every": &e.Every, "confident": &e.Confident, "quality": &e.Quality},
		true)
	l.readShown(&e, c)
	l.readFrame(&e, c)
	e.Sizes = l.readSizes(c)
	if e.Samples == nil {
		for _, a := range l.readAreas(&e, c) {
			e.Areas = append(e.Areas, a.Area)
		}
	}
	l.checkAreaPixels(e, c)
	e.Grades = l.readGrades(c)
	return e
}

// readFrame fills the size of the camera's frame. It stays 0 if it is not declared, or invalid, and
// rules that need it are skipped.
func (l *loader) readFrame(e *Evaluation, c declaration) {
	found := blocksOf(c.body, "frame")
	if len(found) == 0 {
		return
	}
	s := l.decode(frameBlock, found[0].Body, found[0].DefRange(), nil)
	if s.valid("width", "height") {
		s.assign(map[string]any{"width": &e.Width, "height": &e.Height}, false)
	}
	for name, at := range s.positions() {
		e.Where[name] = at
	}
}

// A placedArea is an area with the ranges that its rules refer to.
type placedArea struct {
	Area
	rect, expect hcl.Range
	grid         bool
}

// readAreas returns an evaluation's areas, the grid's first, and applies the rules that concern
// them all.
func (l *loader) readAreas(e *Evaluation, c declaration) []placedArea {
	list := l.readGrid(e, c)
	first := map[string]bool{}
	for _, a := range list {
		first[a.Name] = true
	}
	for _, one := range l.declarations(c.body, areaBlock, areasBlock) {
		if first[one.name] {
			l.add(one.nameAt, "rename it",
				fmt.Sprintf("area %q is declared twice; the first is in the grid", one.name))
		}
		if a, ok := l.readArea(e, one); ok {
			list = append(list, a)
		}
	}
	switch {
	case len(list) > maxAreas:
		l.add(c.header, "", fmt.Sprintf("an evaluation may have at most %d areas, and this has %d",
			maxAreas, len(list)))
		return nil
	case len(blocksOf(c.body, "grid")) == 0 && len(blocksOf(c.body, "area")) == 0 &&
		len(blocksOf(c.body, "areas")) == 0:
		l.add(c.header, `write area "left" { ... } or grid { ... }`,
			fmt.Sprintf("evaluation %q has no areas", e.Name))
	}
	l.checkOverlaps(list)
	return list
}

// readArea reads an area of an area or areas block. It reports whether the rectangle is usable, so
// that rules about overlaps may look at it.
func (l *loader) readArea(e *Evaluation, c declaration) (placedArea, bool) {
	a := placedArea{Area: Area{Name: c.name, At: position(c.header)}, rect: c.at("rect"),
		expect: c.at("expect")}
	c.assign(map[string]any{"expect": &a.Expect}, false)
	if c.valid("expect") {
		l.checkLabel(a.Expect, a.expect)
	}
	var rect []int
	c.assign(map[string]any{"rect": &rect}, false)
	if !c.valid("rect") {
		return a, false
	}
	a.X, a.Y, a.W, a.H = rect[0], rect[1], rect[2], rect[3]
	if a.W == 0 || a.H == 0 {
		l.add(a.rect, "rect is x, y, width, height", fmt.Sprintf("area %q has no size", a.Name))
		return a, false
	}
	l.checkInFrame(e, a)
	return a, true
}

// checkInFrame records an area that leaves the frame.
func (l *loader) checkInFrame(e *Evaluation, a placedArea) {
	if e.Width == 0 || e.Height == 0 || a.X+a.W <= e.Width && a.Y+a.H <= e.Height {
		return
	}
	l.add(a.rect, "rect is x, y, width, height", outsideText([]Area{a.Area}, e.Width, e.Height))
}

// checkLabel records a label that is not declared, unless some labels could not be known.
func (l *loader) checkLabel(name string, at hcl.Range) {
	if _, ok := l.labelRanges[name]; ok || l.incomplete[labelsBlock] {
		return
	}
	var known []string
	for label := range l.labelRanges {
		known = append(known, label)
	}
	l.add(at, l.suggest(name, known), fmt.Sprintf("there is no label %q", name))
}

// readGrid returns the areas of the grid block, row by row.
func (l *loader) readGrid(e *Evaluation, c declaration) []placedArea {
	found := blocksOf(c.body, "grid")
	if len(found) == 0 {
		return nil
	}
	s := l.decode(gridBlock, found[0].Body, found[0].DefRange(), nil)
	var columns, rows int
	var origin, size, step []int
	var expect []string
	s.assign(map[string]any{"columns": &columns, "rows": &rows, "origin": &origin, "size": &size,
		"step": &step, "expect": &expect}, false)
	if !s.valid("columns", "rows", "origin", "size", "step", "expect") {
		return nil
	}
	if step == nil {
		step = size
	}
	if len(expect) != columns*rows {
		l.add(s.at("expect"), "name the label of each area, row by row",
			fmt.Sprintf("%d columns and %d rows make %d areas, but expect has %d labels", columns,
				rows, columns*rows, len(expect)))
		return nil
	}
	var list []placedArea
	for i, label := range expect {
		row, column := i/columns, i%columns
		a := Area{Name: fmt.Sprintf("%d-%d", row+1, column+1), X: origin[0] + column*step[0],
			Y: origin[1] + row*step[1], W: size[0], H: size[1], Expect: label}
		at := s.elementAt("expect", i)
		a.At = position(at)
		l.checkLabel(label, at)
		list = append(list, placedArea{Area: a, rect: s.at("origin"), expect: at, grid: true})
	}
	if columns > 1 && step[0] < size[0] || rows > 1 && step[1] < size[1] {
		l.add(s.at("step"), "step is measured from corner to corner: size plus the space between",
			"the areas of this grid overlap: step is smaller than size")
	}
	l.checkInFrame(e, list[len(list)-1])
	return list
}

// checkOverlaps records areas that overlap, each once. Areas are swept from left to right. Those of
// one grid are kept apart by its step, which readGrid has checked.
func (l *loader) checkOverlaps(list []placedArea) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b placedArea) int { return cmp.Compare(a.X, b.X) })
	noted := map[string]bool{}
	for i, a := range list {
		for _, b := range list[i+1:] {
			if b.X >= a.X+a.W {
				break
			}
			if a.grid && b.grid || a.Y >= b.Y+b.H || b.Y >= a.Y+a.H || noted[b.Name] {
				continue
			}
			l.addOverlap(a, b)
			noted[b.Name] = true
		}
	}
}

// addOverlap records an overlap at the later of two areas.
func (l *loader) addOverlap(a, b placedArea) {
	if b.grid || !a.grid && cmp.Or(a.rect.Start.Byte-b.rect.Start.Byte,
		strings.Compare(a.Name, b.Name)) > 0 {
		a, b = b, a
	}
	l.add(b.rect, "rect is x, y, width, height",
		fmt.Sprintf("area %q overlaps area %q at line %d", b.Name, a.Name, a.At.Line))
}

// gradeNames returns the names of the grades, from the best to the worst.
func (e Evaluation) gradeNames() []string {
	var names []string
	for _, g := range e.Grades {
		names = append(names, g.Name)
	}
	return names
}

// readGrades returns an evaluation's grades, from the best to the worst.
func (l *loader) readGrades(c declaration) []Grade {
	found := l.declarations(c.body, gradeBlock, noPlural)
	if len(found) == 0 {
		return slices.Clone(defaultGrades)
	}
	var list []Grade
	same := map[float64]string{}
	for _, one := range found {
		g := Grade{Name: one.name}
		one.assign(map[string]any{"every_area": &g.EveryArea}, true)
		if !one.valid("every_area") {
			return nil
		}
		if before, again := same[g.EveryArea]; again {
			l.add(one.at("every_area"), "",
				fmt.Sprintf("grades %q and %q have the same every_area, %s", before, g.Name,
					formatNumber(g.EveryArea)))
		}
		same[g.EveryArea] = g.Name
		list = append(list, g)
	}
	if _, ok := same[0]; !ok {
		l.add(found[len(found)-1].header, `add grade "×" {}`,
			"no grade applies to the worst result")
	}
	slices.SortStableFunc(list,
		func(a, b Grade) int { return cmp.Compare(b.EveryArea, a.EveryArea) })
	return list
}
