package edit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// A Layout is where an evaluation's areas are, in pixels of the camera's frame.
type Layout struct {
	Areas []Area `json:"areas"` // those with a block of their own, in the order of the file
	Grid  *Grid  `json:"grid"`  // nil: none
}

// An Area is a rectangle that shows one label.
type Area struct {
	Name   string `json:"name"`
	X      int    `json:"x"`
	Y      int    `json:"y"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Expect string `json:"expect"`
}

// A Grid is areas of one size in rows and columns.
type Grid struct {
	Columns int      `json:"columns"`
	Rows    int      `json:"rows"`
	Origin  [2]int   `json:"origin"` // x and y of the first area's corner
	Size    [2]int   `json:"size"`   // width and height of an area
	Step    [2]int   `json:"step"`   // from corner to corner; Size if it is not written
	Expect  []string `json:"expect"` // labels, row by row
}

// maxAreas bounds the areas of an evaluation, as the language does.
const maxAreas = 10_000

// ReadLayout returns the areas of an evaluation. The *Error says why they cannot be edited: it has
// the line of what is computed.
func ReadLayout(src []byte, evaluation string) (Layout, error) {
	s, err := parse(src)
	if err != nil {
		return Layout{}, err
	}
	p, err := s.placed(evaluation)
	if err != nil {
		return Layout{}, err
	}
	return p.layout, nil
}

// A placed is an evaluation's layout with its blocks.
type placed struct {
	*source
	evaluation *hclsyntax.Block
	layout     Layout
	areas      []*hclsyntax.Block // as layout.Areas
	grid       *hclsyntax.Block   // or nil
}

// placed reads the layout of an evaluation.
func (s *source) placed(evaluation string) (*placed, error) {
	found := named(s.body, "evaluation", evaluation)
	if len(found) != 1 {
		return nil, &Error{0, fmt.Sprintf("the spec has %d evaluations named %q", len(found),
			specs.Normal(evaluation)), "name one that it declares once"}
	}
	p := &placed{source: s, evaluation: found[0], layout: Layout{Areas: []Area{}}}
	seen := map[string]bool{}
	for _, b := range found[0].Body.Blocks {
		var err error
		switch b.Type {
		case "areas", "dynamic":
			err = computed("areas are", b.TypeRange)
		case "pictures":
			err = &Error{b.TypeRange.Start.Line, fmt.Sprintf(
				"the evaluation judges whole pictures, at line %d", b.TypeRange.Start.Line),
				"areas need a video or stills of a camera"}
		case "grid":
			err = p.readGrid(b)
		case "area":
			err = p.readArea(b, seen)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// readArea reads an area block.
func (p *placed) readArea(b *hclsyntax.Block, seen map[string]bool) error {
	if len(b.Labels) != 1 {
		return &Error{b.TypeRange.Start.Line, fmt.Sprintf("the area at line %d needs one name",
			b.TypeRange.Start.Line), editFile}
	}
	a := Area{Name: specs.Normal(b.Labels[0])}
	if seen[a.Name] {
		return &Error{b.TypeRange.Start.Line, fmt.Sprintf(
			"area %q is declared again at line %d", a.Name, b.TypeRange.Start.Line), editFile}
	}
	seen[a.Name] = true
	rect, err := attribute(b, "rect")
	if err != nil {
		return err
	}
	if !integers(rect.Expr, &a.X, &a.Y, &a.Width, &a.Height) {
		return computed(fmt.Sprintf("the rect of area %q is", a.Name), rect.SrcRange)
	}
	expect, err := attribute(b, "expect")
	if err != nil {
		return err
	}
	var ok bool
	if a.Expect, ok = p.text(expect.Expr); !ok {
		return computed(fmt.Sprintf("what area %q shows is", a.Name), expect.SrcRange)
	}
	p.layout.Areas, p.areas = append(p.layout.Areas, a), append(p.areas, b)
	return nil
}

// readGrid reads a grid block.
func (p *placed) readGrid(b *hclsyntax.Block) error {
	if p.grid != nil {
		return &Error{b.TypeRange.Start.Line, fmt.Sprintf("there is another grid at line %d",
			b.TypeRange.Start.Line), "merge the two blocks"}
	}
	g := &Grid{}
	for _, name := range []string{"columns", "rows", "origin", "size", "step", "expect"} {
		if name == "step" && b.Body.Attributes[name] == nil {
			g.Step = g.Size
			continue
		}
		a, err := attribute(b, name)
		if err != nil {
			return err
		}
		var ok bool
		switch name {
		case "columns":
			g.Columns, ok = integer(a.Expr)
		case "rows":
			g.Rows, ok = integer(a.Expr)
		case "origin":
			ok = integers(a.Expr, &g.Origin[0], &g.Origin[1])
		case "size":
			ok = integers(a.Expr, &g.Size[0], &g.Size[1])
		case "step":
			ok = integers(a.Expr, &g.Step[0], &g.Step[1])
		case "expect":
			g.Expect, ok = p.texts(a.Expr)
		}
		if !ok {
			return computed("the grid's "+name+" is", a.SrcRange)
		}
	}
	p.grid, p.layout.Grid = b, g
	return nil
}

// attribute returns an attribute that a block needs.
func attribute(b *hclsyntax.Block, name string) (*hclsyntax.Attribute, error) {
	if a := b.Body.Attributes[name]; a != nil {
		return a, nil
	}
	return nil, &Error{b.TypeRange.Start.Line, fmt.Sprintf("the %s at line %d lacks %s", b.Type,
		b.TypeRange.Start.Line, name), editFile}
}

// SetLayout gives an evaluation other areas. Areas are known by their names: one that has moved
// gets other numbers, one that is gone is removed with the comment lines directly above it, and new
// ones come behind the last. Where a new name is in the place of one that is gone, the area is
// renamed. The order of those that stay is the file's.
func SetLayout(src []byte, evaluation string, l Layout) ([]byte, error) {
	s, err := parse(src)
	if err != nil {
		return nil, err
	}
	p, err := s.placed(evaluation)
	if err != nil {
		return nil, err
	}
	l = l.normal()
	if err := p.check(l); err != nil {
		return nil, err
	}
	if isFolded(p.evaluation) && (len(l.Areas) > 0 || l.Grid != nil) {
		if p.source, err = s.unfold(p.evaluation); err != nil {
			return nil, err
		}
		if p, err = p.placed(evaluation); err != nil {
			return nil, err
		}
	}
	p.set(l)
	return p.result()
}

// normal returns a layout whose texts are as the language has them.
func (l Layout) normal() Layout {
	l.Areas = slices.Clone(l.Areas)
	for i := range l.Areas {
		a := &l.Areas[i]
		a.Name, a.Expect = specs.Normal(a.Name), specs.Normal(a.Expect)
	}
	if l.Grid != nil {
		g := *l.Grid
		g.Expect = slices.Clone(g.Expect)
		for i, label := range g.Expect {
			g.Expect[i] = specs.Normal(label)
		}
		l.Grid = &g
	}
	return l
}

// check returns what cannot be written of a layout. What is written already may stay.
func (p *placed) check(l Layout) error {
	n := len(l.Areas)
	if l.Grid != nil {
		n += len(l.Grid.Expect)
	}
	if n > maxAreas {
		return &Error{0, fmt.Sprintf("an evaluation may have at most %d areas, and this has %d",
			maxAreas, n), ""}
	}
	seen := map[string]bool{}
	for _, a := range l.Areas {
		if seen[a.Name] {
			return &Error{0, fmt.Sprintf("two areas are named %q", a.Name), "rename one of them"}
		}
		seen[a.Name] = true
		if slices.Contains(p.layout.Areas, a) {
			continue
		}
		if problem := a.problem(); problem != "" {
			return &Error{0, problem, ""}
		}
	}
	if l.Grid == nil || p.layout.Grid != nil && l.Grid.equal(p.layout.Grid) {
		return nil
	}
	if problem := l.Grid.problem(); problem != "" {
		return &Error{0, problem, ""}
	}
	return nil
}

// problem returns why an area cannot be written, or "".
func (a Area) problem() string {
	if problem := specs.NameProblem("area", a.Name); problem != "" {
		return "an area's name " + problem
	}
	if problem := specs.NameProblem("label", a.Expect); problem != "" {
		return fmt.Sprintf("area %q shows a label whose name %s", a.Name, problem)
	}
	if min(a.X, a.Y) < 0 || min(a.Width, a.Height) < 1 || max(a.X, a.Y, a.Width, a.Height) >
		maxSide {
		return fmt.Sprintf("area %q must have a corner and a size of at most %d pixels: not %d, "+
			"%d, %d, %d", a.Name, maxSide, a.X, a.Y, a.Width, a.Height)
	}
	return ""
}

// maxSide bounds a frame's sides in pixels, as the language does.
const maxSide = 16_384

// problem returns why a grid cannot be written, or "".
func (g *Grid) problem() string {
	for _, label := range g.Expect {
		if problem := specs.NameProblem("label", label); problem != "" {
			return "the grid shows a label whose name " + problem
		}
	}
	if min(g.Columns, g.Rows) < 1 || max(g.Columns, g.Rows) > maxAreas ||
		g.Columns*g.Rows != len(g.Expect) {
		return fmt.Sprintf("%d columns and %d rows need as many labels, not %d", g.Columns, g.Rows,
			len(g.Expect))
	}
	if min(g.Origin[0], g.Origin[1]) < 0 || min(g.Size[0], g.Size[1], g.Step[0], g.Step[1]) < 1 ||
		max(g.Origin[0], g.Origin[1], g.Size[0], g.Size[1], g.Step[0], g.Step[1]) > maxSide {
		return fmt.Sprintf("the grid's origin, size and step must be pixels, at most %d: not %v, "+
			"%v and %v", maxSide, g.Origin, g.Size, g.Step)
	}
	return ""
}

// equal reports whether two grids are the same.
func (g *Grid) equal(other *Grid) bool {
	return g.Columns == other.Columns && g.Rows == other.Rows && g.Origin == other.Origin &&
		g.Size == other.Size && g.Step == other.Step && slices.Equal(g.Expect, other.Expect)
}

// set changes the source to have another layout.
func (p *placed) set(l Layout) {
	was := p.matches(l)
	var kept []*hclsyntax.Block
	stays := map[int]bool{}
	var added strings.Builder
	for i, a := range l.Areas {
		if k, ok := was[i]; ok {
			p.setArea(p.areas[k], p.layout.Areas[k], a)
			stays[k] = true
			continue
		}
		added.WriteString(a.block())
	}
	for k, b := range p.areas {
		if stays[k] {
			kept = append(kept, b)
		} else {
			p.removeBlock(b, true)
		}
	}
	switch {
	case p.grid != nil && l.Grid != nil:
		p.setGrid(l.Grid)
	case p.grid != nil:
		p.removeBlock(p.grid, true)
	case l.Grid != nil && len(kept) == 0 && added.Len() > 0:
		p.insertLines(p.behind(l.Grid), l.Grid.block()+"\n"+added.String(), p.inner(p.evaluation),
			true)
		return
	case l.Grid != nil:
		p.insertLines(p.behind(l.Grid), l.Grid.block(), p.inner(p.evaluation), true)
	}
	switch n := len(kept); {
	case added.Len() == 0:
	case n > 0:
		p.insertLines(p.endOfLine(kept[n-1].CloseBraceRange.End.Byte), added.String(),
			p.indentation(kept[n-1].TypeRange.Start.Byte), n > 1 && p.isApart(kept[n-1]))
	default:
		p.insertLines(p.behind(l.Grid), added.String(), p.inner(p.evaluation), true)
	}
}

// isApart reports whether an empty line is above a block and its comments.
func (p *placed) isApart(b *hclsyntax.Block) bool {
	at := p.begin(b.TypeRange.Start.Byte, true)
	return p.beforeBlank(at) < at
}

// matches returns for the areas of a layout which of the present ones each is.
func (p *placed) matches(l Layout) map[int]int {
	present, wanted := map[string]int{}, map[string]bool{}
	for k, a := range p.layout.Areas {
		present[a.Name] = k
	}
	for _, a := range l.Areas {
		wanted[a.Name] = true
	}
	was := map[int]int{}
	for i, a := range l.Areas {
		if k, ok := present[a.Name]; ok {
			was[i] = k
		} else if i < len(p.layout.Areas) && !wanted[p.layout.Areas[i].Name] {
			was[i] = i // it has another name
		}
	}
	return was
}

// setArea changes the block of an area.
func (p *placed) setArea(b *hclsyntax.Block, was, a Area) {
	if was.Name != a.Name {
		p.replace(b.LabelRanges[0], specs.Quote(a.Name))
	}
	rect := b.Body.Attributes["rect"].Expr
	p.setIntegers(rect, []int{was.X, was.Y, was.Width, was.Height},
		[]int{a.X, a.Y, a.Width, a.Height})
	if was.Expect != a.Expect {
		p.replace(b.Body.Attributes["expect"].Expr.Range(), specs.Quote(a.Expect))
	}
}

// setIntegers changes the numbers of a list that are others.
func (p *placed) setIntegers(list hclsyntax.Expression, was, now []int) {
	for i, e := range list.(*hclsyntax.TupleConsExpr).Exprs {
		p.setInteger(e, was[i], now[i])
	}
}

func (p *placed) setInteger(e hclsyntax.Expression, was, now int) {
	if was != now {
		p.replace(e.Range(), fmt.Sprint(now))
	}
}

// setGrid changes the block of the grid.
func (p *placed) setGrid(g *Grid) {
	was, all := p.layout.Grid, p.grid.Body.Attributes
	p.setInteger(all["columns"].Expr, was.Columns, g.Columns)
	p.setInteger(all["rows"].Expr, was.Rows, g.Rows)
	p.setIntegers(all["origin"].Expr, was.Origin[:], g.Origin[:])
	p.setIntegers(all["size"].Expr, was.Size[:], g.Size[:])
	if step := all["step"]; step != nil {
		p.setIntegers(step.Expr, was.Step[:], g.Step[:])
	} else if g.Step != g.Size {
		size := all["size"]
		before := string(p.src[size.NameRange.End.Byte:size.EqualsRange.Start.Byte])
		p.insertLines(p.endOfLine(size.SrcRange.End.Byte), fmt.Sprintf("step%s= [%d, %d]\n", before,
			g.Step[0], g.Step[1]), p.indentation(size.SrcRange.Start.Byte), false)
	}
	p.setExpect(all["expect"].Expr.(*hclsyntax.TupleConsExpr), g)
}

// setExpect changes the labels of the grid. Another number of them is written row by row, but in a
// list with comments, which stay.
func (p *placed) setExpect(list *hclsyntax.TupleConsExpr, g *Grid) {
	was := p.layout.Grid
	same := len(g.Expect) == len(was.Expect) && g.Columns == was.Columns
	if !same && (!p.hasComment(list.SrcRange) || len(was.Expect) == 0) {
		p.replace(list.SrcRange, rows(g, p.indentation(list.SrcRange.Start.Byte)))
		return
	}
	for i, e := range list.Exprs[:min(len(g.Expect), len(was.Expect))] {
		if was.Expect[i] != g.Expect[i] {
			p.replace(e.Range(), specs.Quote(g.Expect[i]))
		}
	}
	switch n := len(was.Expect); {
	case len(g.Expect) > n:
		p.insert(list.Exprs[n-1].Range().End.Byte, ", "+quoted(g.Expect[n:]))
	case len(g.Expect) < n:
		p.truncate(list, len(g.Expect))
	}
}

// quoted returns labels as elements of a list.
func quoted(labels []string) string {
	var all []string
	for _, label := range labels {
		all = append(all, specs.Quote(label))
	}
	return strings.Join(all, ", ")
}

// rows returns the list of a grid's labels, row by row.
func rows(g *Grid, indent string) string {
	var w strings.Builder
	w.WriteString("[\n")
	for row := range slices.Chunk(g.Expect, g.Columns) {
		w.WriteString(indent + "  " + quoted(row) + ",\n")
	}
	w.WriteString(indent + "]")
	return w.String()
}

// behind returns the line where areas begin that have none before them: behind the grid if it
// stays, else behind the frame.
func (p *placed) behind(grid *Grid) int {
	if p.grid != nil && grid != nil {
		return p.endOfLine(p.grid.CloseBraceRange.End.Byte)
	}
	if found := blocks(p.evaluation.Body, "frame"); len(found) > 0 {
		return p.endOfLine(found[len(found)-1].CloseBraceRange.End.Byte)
	}
	if a := lastAttribute(p.evaluation.Body); a != nil {
		return p.endOfLine(a.SrcRange.End.Byte)
	}
	return p.endOfLine(p.evaluation.OpenBraceRange.End.Byte)
}

// block returns an area as it is laid out at the top of a file.
func (a Area) block() string {
	return fmt.Sprintf("area %s {\n  rect   = [%d, %d, %d, %d]\n  expect = %s\n}\n",
		specs.Quote(a.Name), a.X, a.Y, a.Width, a.Height, specs.Quote(a.Expect))
}

// block returns a grid as it is laid out at the top of a file. A step that is the size is left out.
func (g *Grid) block() string {
	var w strings.Builder
	fmt.Fprintf(&w, "grid {\n  columns = %d\n  rows    = %d\n  origin  = [%d, %d]\n"+
		"  size    = [%d, %d]\n", g.Columns, g.Rows, g.Origin[0], g.Origin[1], g.Size[0], g.Size[1])
	if g.Step != g.Size {
		fmt.Fprintf(&w, "  step    = [%d, %d]\n", g.Step[0], g.Step[1])
	}
	fmt.Fprintf(&w, "  expect = %s\n}\n", rows(g, "  "))
	return w.String()
}
