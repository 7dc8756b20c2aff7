package page

import (
	"fmt"
	"slices"
	"strconv"

	"snellen/steps/evaluate"
	"snellen/steps/report/document"
)

// cards is how many areas of an evaluation are shown one by one; a grid may have thousands, and all are in the table.
const cards = 60

// A Scene is one evaluation: a camera's picture and its areas.
type Scene struct {
	document.Camera
	Names  []string // of the resolutions that have judged it
	Shots  []Shot   // a judged frame of each
	Areas  []Area
	More   int    // areas beyond those
	Table  Table  // all areas' figures
	Matrix *Table // models by camera sizes; nil where there is one size
}

// A Shot is a judged frame, as one resolution's model judged it.
type Shot struct {
	Resolution string
	Picture    *Picture
	Recognised int // areas, over all frames
}

// An Area is one area at every resolution. Its lists have an entry for each of Scene.Names.
type Area struct {
	ID      string // of its chart
	Name    string
	Expect  string
	Place   string     // "106×170 pixels at 127, 25"
	Broken  string     // the first resolution, going down, that does not recognise it; "" for none
	Learned []*Picture // a frame that each model learned the label from, as the network saw it; nil: there is none
	Moment  string     // of that frame
	Moments []Moment
	Rates   []Cell
	Sure    []Cell
	Grades  []Cell
	Pixels  []string
}

// A Moment is one frame of the camera's video.
type Moment struct {
	At       string // "3.20 s"
	Same     bool   // every network saw the same picture: the first
	Pictures []*Picture
	Found    []Cell
	Sizes    []Size // the same moment, with the camera's picture scaled first
}

// A Size is one of the camera's sizes.
type Size struct {
	Name     string
	Pictures []*Picture
	Same     bool
}

// Scenes are the evaluations that have results.
func (v *view) Scenes() []Scene {
	var list []Scene
	for k, c := range v.Cameras {
		if rows := judgedRows(v.Document, k); len(rows) > 0 {
			list = append(list, v.scene(k, c, rows))
		}
	}
	return list
}

// judgedRows are the resolutions that have results of evaluation k, with all areas that the camera has: those that were
// applied last may have others.
func judgedRows(d *document.Document, k int) []int {
	var list []int
	for i, r := range d.Resolutions {
		if k < len(r.Evaluations) && !slices.ContainsFunc(d.Cameras[k].Areas, func(p document.Place) bool { return areaOf(r.Evaluations[k], p.Name) == nil }) {
			list = append(list, i)
		}
	}
	return list
}

// areaOf is an area by its name, nil where there is none. Results have areas in another order than the spec.
func areaOf(e document.Evaluation, name string) *document.Area {
	i := slices.IndexFunc(e.Areas, func(a document.Area) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &e.Areas[i]
}

// seriesOf is a training's results for one area over time; nil where they are not known.
func seriesOf(run document.Run, k int, name string) (*document.Series, *document.AreaSeries) {
	if k >= len(run.Evaluations) || run.Evaluations[k].Series == nil {
		return nil, nil
	}
	s := run.Evaluations[k].Series
	i := slices.IndexFunc(s.Areas, func(a document.AreaSeries) bool { return a.Name == name })
	if i < 0 {
		return nil, nil
	}
	return s, &s.Areas[i]
}

// first is seriesOf of a resolution's first training.
func first(r document.Resolution, k int, name string) (*document.Series, *document.AreaSeries) {
	if len(r.Runs) == 0 {
		return nil, nil
	}
	return seriesOf(r.Runs[0], k, name)
}

// scene is evaluation k, with the results of the resolutions in rows.
func (v *view) scene(k int, c document.Camera, rows []int) Scene {
	s := Scene{Camera: c, More: max(len(c.Areas)-cards, 0)}
	for _, i := range rows {
		r := v.Resolutions[i]
		s.Names = append(s.Names, r.Resolution)
		if e := r.Evaluations[k]; len(e.Pictures) > 0 {
			s.Shots = append(s.Shots, Shot{r.Resolution, v.album.judged(e.Pictures[len(e.Pictures)/2].File), pointer(e.Recognised)})
		}
	}
	for n, place := range c.Areas[:len(c.Areas)-s.More] {
		s.Areas = append(s.Areas, v.area(k, n, place, rows))
	}
	s.Table = v.areaTable(k, c, rows)
	s.Matrix = v.matrix(k, c, rows)
	return s
}

func (v *view) area(k, n int, place document.Place, rows []int) Area {
	a := Area{
		ID: chartID(k, n), Name: place.Name, Expect: place.Expect, Broken: broken(v.Cameras[k], place.Name),
		Place: fmt.Sprintf("%d×%d pixels at %d, %d", place.Rect[2], place.Rect[3], place.Rect[0], place.Rect[1]),
	}
	for _, i := range rows {
		one := areaOf(v.Resolutions[i].Evaluations[k], place.Name)
		mark := "wrong"
		if one.Recognised {
			mark = "right"
		}
		cell := number(&one.Rate, document.Percent)
		cell.Mark = mark
		a.Rates, a.Sure = append(a.Rates, cell), append(a.Sure, number(&one.Confident, document.Percent))
		grade := one.Grade
		if one.Next != nil {
			grade += fmt.Sprintf(", lacks %.1f for %s", 100*one.Next.Lacks, one.Next.Grade)
		}
		a.Grades, a.Pixels = append(a.Grades, text(grade)), append(a.Pixels, fmt.Sprintf("%.0f×%.0f", one.Pixels.Resolution[0], one.Pixels.Resolution[1]))
		a.learn(v, i, place.Expect)
	}
	a.Moments = v.moments(k, place, rows)
	return a
}

// broken is the first resolution, going down, that does not recognise an area; "" for none.
func broken(c document.Camera, area string) string {
	for _, b := range c.Broken {
		if b.Area == area {
			return pointer(b.Resolution)
		}
	}
	return ""
}

// learn adds what the model of resolution i learned the label from.
func (a *Area) learn(v *view, i int, label string) {
	var picture *Picture
	for _, m := range v.Resolutions[i].Moments {
		if m.Label == label {
			picture = v.album.learned(m.File, v.Pixels.Frames[i])
			a.Moment = fmt.Sprintf("%s at %.2f s", m.Video, m.Seconds)
		}
	}
	a.Learned = append(a.Learned, picture)
}

// moments are the frames whose pictures were kept, or of which one would have been.
func (v *view) moments(k int, place document.Place, rows []int) []Moment {
	var list []Moment
	over, _ := first(v.Resolutions[rows[0]], k, place.Name)
	if over == nil {
		return nil
	}
	for at, frame := range over.Frames {
		seen := make([]*document.Seen, len(rows))
		shown := evaluate.HasPreview(at, len(over.Frames))
		for j, i := range rows {
			if _, a := first(v.Resolutions[i], k, place.Name); a != nil {
				seen[j] = seenAt(a.Seen, frame)
				shown = shown || seen[j] != nil
			}
		}
		if !shown {
			continue
		}
		m := Moment{At: fmt.Sprintf("%.2f s", over.Seconds[at])}
		m.Pictures, m.Same = v.pictures(seen)
		for _, i := range rows {
			m.Found = append(m.Found, v.found(i, k, place, at))
		}
		m.Sizes = v.sizes(k, place.Name, rows, frame)
		list = append(list, m)
	}
	return list
}

// sizes are the pictures of one frame with the camera's picture scaled first.
func (v *view) sizes(k int, area string, rows []int, frame int) []Size {
	var list []Size
	for s, name := range v.Cameras[k].Sizes {
		seen := make([]*document.Seen, len(rows))
		any := false
		for j, i := range rows {
			cells := v.Resolutions[i].Evaluations[k].Cells
			if s == 0 || s >= len(cells) {
				continue
			}
			for _, a := range cells[s].Areas {
				if a.Name == area {
					seen[j] = seenAt(a.Seen, frame)
					any = any || seen[j] != nil
				}
			}
		}
		if any {
			one := Size{Name: name}
			one.Pictures, one.Same = v.pictures(seen)
			list = append(list, one)
		}
	}
	return list
}

// pictures are what networks saw: once, where all saw the same.
func (v *view) pictures(seen []*document.Seen) (list []*Picture, same bool) {
	same = true
	for _, s := range seen {
		same = same && s != nil && seen[0] != nil && s.Digest == seen[0].Digest
	}
	if !slices.ContainsFunc(seen, func(s *document.Seen) bool { return s != nil }) {
		return nil, false
	}
	if same {
		return []*Picture{v.album.seen(seen[0].File)}, true
	}
	for _, s := range seen {
		var p *Picture
		if s != nil {
			p = v.album.seen(s.File)
		}
		list = append(list, p)
	}
	return list, false
}

func seenAt(list []document.Seen, frame int) *document.Seen {
	for i := range list {
		if list[i].Frame == frame {
			return &list[i]
		}
	}
	return nil
}

// found is what a resolution's first training found, and how sure it was.
func (v *view) found(i, k int, place document.Place, at int) Cell {
	_, a := first(v.Resolutions[i], k, place.Name)
	if a == nil || at >= len(a.Found) {
		return text(unknown)
	}
	name, mark := v.class(a.Found[at]), "wrong"
	if name == place.Expect {
		if mark = "unsure"; a.Probability[at] > v.Cameras[k].Confident {
			mark = "right"
		}
	}
	return Cell{Text: name, Sort: strconv.FormatFloat(a.Probability[at], 'f', 2, 64), Mark: mark}
}

func (v *view) class(i int) string {
	if i < 0 || i >= len(v.Classes) {
		return unknown
	}
	return v.Classes[i]
}

// areaTable has a row an area and a column a resolution.
func (v *view) areaTable(k int, c document.Camera, rows []int) Table {
	t := Table{ID: "areas-" + strconv.Itoa(k), Caption: "Share of judged frames found right, " + c.Name, Head: heads("area", "expected")}
	for _, i := range rows {
		t.Head = append(t.Head, Column{v.Resolutions[i].Resolution, true})
	}
	t.Head = append(t.Head, heads("first breaks at")...)
	for _, place := range c.Areas {
		row := []Cell{text(place.Name), text(place.Expect)}
		for _, i := range rows {
			a := areaOf(v.Resolutions[i].Evaluations[k], place.Name)
			cell := number(&a.Rate, document.Percent)
			if cell.Mark = "wrong"; a.Recognised {
				cell.Mark = "right"
			}
			row = append(row, cell)
		}
		broken := broken(c, place.Name)
		if broken == "" {
			broken = "none"
		}
		t.Rows = append(t.Rows, append(row, text(broken)))
	}
	return t
}

// matrix has a row a model and a column a size of the camera's picture.
func (v *view) matrix(k int, c document.Camera, rows []int) *Table {
	if len(c.Sizes) < 2 {
		return nil
	}
	t := &Table{ID: "sizes-" + strconv.Itoa(k), Caption: "Detection by model and size of the camera's picture, " + c.Name, Head: heads("model")}
	for _, s := range c.Sizes {
		t.Head = append(t.Head, Column{"camera at " + s, true})
	}
	for _, i := range rows {
		row := []Cell{text(v.Resolutions[i].Resolution)}
		for _, cell := range v.Resolutions[i].Evaluations[k].Cells {
			row = append(row, rateCell(cell.DetectionRate, cell.Interval))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func chartID(k, n int) string { return fmt.Sprintf("area-%d-%d", k, n) }
