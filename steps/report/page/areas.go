package page

import (
	"fmt"
	"slices"
	"strconv"

	"snellen/steps/evaluate"
	"snellen/steps/report/document"
	"snellen/steps/term"
)

// maxCards is how many areas of an evaluation have a card with pictures and a chart. A grid may
// have thousands; the table has them all.
const maxCards = 60

// A Scene is the section of one evaluation: a camera's picture and its areas.
type Scene struct {
	document.Camera
	Names  []string // of the resolutions with results
	Shots  []Shot   // one for each of Names that has pictures
	Areas  []Area
	More   int    // how many areas have no card
	Table  Table  // all areas' figures
	Matrix *Table // models by camera sizes; nil if there is one size
}

// A Shot is a frame that one resolution's model judged.
type Shot struct {
	Resolution string
	Picture    *Picture
	Recognised int // areas, over all frames
}

// An Area is the card of one area. Its lists have an entry for each of Scene.Names.
type Area struct {
	ID             string // of its chart
	Anchor         string // the card's place in the page's address: "area/shelf/2-3"
	Name           string // with the label: "area 2-3, BISCUITS"
	Expect         string
	Place          string     // "106×170 pixels at 127, 25"
	Broken         string     // where it is recognised, in a sentence
	Short          string     // what its grades lack, in sentences; "" for nothing
	Leak           string     // which training picture it shows; "" for none
	TrainingFrames []*Picture // of the expected label, as each network saw it; nil for none
	TrainingMoment string     // of those frames: "BANANA.mp4 at 3.20 s"
	Moments        []Moment
	Rates          []Cell
	Confident      []Cell
	Grades         []Cell
	Pixels         []string
}

// A Moment is one frame of the camera's video, or a still.
type Moment struct {
	Time     string // "at 3.20 s", or the name of a still
	Same     bool   // every network saw the same picture, and Pictures has it once
	Pictures []*Picture
	Found    []Cell
	Sizes    []Size // the same moment with the camera's picture scaled first
}

// A Size is one of the sizes to which the camera's picture was scaled.
type Size struct {
	Name     string
	Pictures []*Picture
	Same     bool
}

// Scenes returns the evaluations that have results.
func (v *view) Scenes() []Scene {
	var list []Scene
	for k, c := range v.Cameras {
		if rows := judgedRows(v.Document, k); len(rows) > 0 && c.Pictures == nil {
			list = append(list, v.scene(k, c, rows))
		}
	}
	return list
}

// judgedRows returns the places of the resolutions with results of evaluation k for each of the
// camera's areas. Results of an earlier spec may have other areas.
func judgedRows(d *document.Document, k int) []int {
	var list []int
	for i, r := range d.Resolutions {
		missing := func(a document.DeclaredArea) bool {
			return areaOf(r.Evaluations[k], a.Name) == nil
		}
		if k < len(r.Evaluations) && !slices.ContainsFunc(d.Cameras[k].Areas, missing) {
			list = append(list, i)
		}
	}
	return list
}

// areaOf returns an area by its name, or nil. Results list areas in another order than the spec.
func areaOf(e document.Evaluation, name string) *document.Area {
	i := slices.IndexFunc(e.Areas, func(a document.Area) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &e.Areas[i]
}

// seriesOf returns a training's results of evaluation k over time, and the part of one area. It
// returns nil if they are not known.
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

// firstSeries is seriesOf for a resolution's first training.
func firstSeries(r document.Resolution, k int,
	name string) (*document.Series, *document.AreaSeries) {
	if len(r.Runs) == 0 {
		return nil, nil
	}
	return seriesOf(r.Runs[0], k, name)
}

// scene returns evaluation k with the results of the resolutions at the places in rows.
func (v *view) scene(k int, c document.Camera, rows []int) Scene {
	s := Scene{Camera: c, More: max(len(c.Areas)-maxCards, 0)}
	for _, i := range rows {
		r := v.Resolutions[i]
		s.Names = append(s.Names, r.Resolution)
		if e := r.Evaluations[k]; len(e.Pictures) > 0 {
			picture := v.album.judgedFrame(e.Pictures[len(e.Pictures)/2].File)
			s.Shots = append(s.Shots, Shot{r.Resolution, picture, deref(e.Recognised)})
		}
	}
	for n, place := range c.Areas[:len(c.Areas)-s.More] {
		s.Areas = append(s.Areas, v.area(k, n, place, rows))
	}
	s.Table = v.areaTable(k, c, rows)
	s.Matrix = v.matrix(k, c, rows)
	return s
}

// area returns the card of area n of evaluation k.
func (v *view) area(k, n int, place document.DeclaredArea, rows []int) Area {
	a := Area{
		ID: chartID(k, n), Anchor: anchor(v.Cameras[k].Name, place.Name),
		Name: document.AreaName(place.Name, place.Expect), Expect: place.Expect,
		Place: fmt.Sprintf("%d×%d pixels at %d, %d", place.Rect[2], place.Rect[3],
			place.Rect[0], place.Rect[1]),
	}
	over := v.standings(k, place.Name, rows)
	a.Broken, a.Short = brokenText(over), shortText(over)
	for _, i := range rows {
		one := areaOf(v.Resolutions[i].Evaluations[k], place.Name)
		pixels := fmt.Sprintf("%.0f×%.0f", one.Pixels.Resolution[0], one.Pixels.Resolution[1])
		a.Rates = append(a.Rates, areaRate(one))
		a.Confident = append(a.Confident, number(&one.Confident, document.Percent))
		a.Grades = append(a.Grades, text(one.Grade))
		a.Pixels = append(a.Pixels, pixels)
		a.addTrainingFrame(v, i, place.Expect)
	}
	a.Moments = v.moments(k, place, rows)
	for _, l := range v.Audit.Areas {
		if l.Evaluation == v.Cameras[k].Name && l.Area == place.Name {
			a.Leak = fmt.Sprintf("Shows a training picture: %s is %s of %s; %s.", l.Judged(),
				l.Trained(), l.Label, term.Count(l.Frames, "judged frame"))
		}
	}
	return a
}

// areaRate returns the cell of an area's rate, marked by whether the area is recognised.
func areaRate(a *document.Area) Cell {
	cell := number(&a.Rate, document.Percent)
	if cell.Mark = "wrong"; a.Recognised {
		cell.Mark = "right"
	}
	return cell
}

// addTrainingFrame adds a frame from which the model of resolution i learned the label.
func (a *Area) addTrainingFrame(v *view, i int, label string) {
	var picture *Picture
	for _, m := range v.Resolutions[i].Moments {
		if m.Label == label {
			picture = v.album.trainingFrame(m.File, v.Pixels.Frames[i])
			a.TrainingMoment = fmt.Sprintf("%s at %.2f s", m.Video, m.Seconds)
			if m.Picture != "" {
				a.TrainingMoment = m.Picture
			}
		}
	}
	a.TrainingFrames = append(a.TrainingFrames, picture)
}

// moments returns the frames that have a picture of the area at any resolution, and those that an
// evaluation chooses for one, though it may be gone.
func (v *view) moments(k int, place document.DeclaredArea, rows []int) []Moment {
	var list []Moment
	// The moments of the first resolution stand for those of all.
	over, _ := firstSeries(v.Resolutions[rows[0]], k, place.Name)
	if over == nil {
		return nil
	}
	for at, frame := range over.Frames {
		seen := make([]*document.NetworkInput, len(rows))
		shown := evaluate.HasPreview(at, len(over.Frames))
		for j, i := range rows {
			if _, a := firstSeries(v.Resolutions[i], k, place.Name); a != nil {
				seen[j] = inputAt(a.Inputs, frame)
				shown = shown || seen[j] != nil
			}
		}
		if !shown {
			continue
		}
		m := Moment{Time: "at " + fmt.Sprintf("%.2f s", over.Seconds[at])}
		if stills := v.Cameras[k].Stills; frame < len(stills) {
			m.Time = stills[frame]
		}
		m.Pictures, m.Same = v.inputPictures(seen)
		for _, i := range rows {
			m.Found = append(m.Found, v.foundCell(i, k, place, at))
		}
		m.Sizes = v.sizeRows(k, place.Name, rows, frame)
		list = append(list, m)
	}
	return list
}

// sizeRows returns the pictures of one frame with the camera's picture scaled first. The first size
// is the camera's own, which the moment itself shows.
func (v *view) sizeRows(k int, area string, rows []int, frame int) []Size {
	var list []Size
	for s, name := range v.Cameras[k].Sizes {
		seen := make([]*document.NetworkInput, len(rows))
		any := false
		for j, i := range rows {
			cells := v.Resolutions[i].Evaluations[k].Cells
			if s == 0 || s >= len(cells) {
				continue
			}
			for _, a := range cells[s].Areas {
				if a.Name == area {
					seen[j] = inputAt(a.Inputs, frame)
					any = any || seen[j] != nil
				}
			}
		}
		if any {
			one := Size{Name: name}
			one.Pictures, one.Same = v.inputPictures(seen)
			list = append(list, one)
		}
	}
	return list
}

// inputPictures returns what the networks saw. It returns one picture if all saw the same, and none
// if no picture is known; an entry may be nil.
func (v *view) inputPictures(seen []*document.NetworkInput) (list []*Picture, same bool) {
	same = true
	for _, s := range seen {
		same = same && s != nil && seen[0] != nil && s.Digest == seen[0].Digest
	}
	if !slices.ContainsFunc(seen, func(s *document.NetworkInput) bool { return s != nil }) {
		return nil, false
	}
	if same {
		return []*Picture{v.album.input(seen[0].File)}, true
	}
	for _, s := range seen {
		var p *Picture
		if s != nil {
			p = v.album.input(s.File)
		}
		list = append(list, p)
	}
	return list, false
}

// inputAt returns the input that belongs to a frame, or nil.
func inputAt(list []document.NetworkInput, frame int) *document.NetworkInput {
	for i := range list {
		if list[i].Frame == frame {
			return &list[i]
		}
	}
	return nil
}

// foundCell returns the label that the first training of resolution i found at moment at, and its
// probability.
func (v *view) foundCell(i, k int, place document.DeclaredArea, at int) Cell {
	_, a := firstSeries(v.Resolutions[i], k, place.Name)
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

// class returns the name of class i.
func (v *view) class(i int) string {
	if i < 0 || i >= len(v.Classes) {
		return unknown
	}
	return v.Classes[i]
}

// areaTable returns a table with a row for each area and a column for each resolution.
func (v *view) areaTable(k int, c document.Camera, rows []int) Table {
	t := Table{
		ID: "areas-" + strconv.Itoa(k), Caption: "Share of judged frames that are right, " + c.Name,
		Head: columns("area", "expected"),
	}
	for _, i := range rows {
		t.Head = append(t.Head, Column{v.Resolutions[i].Resolution, true})
	}
	t.Head = append(t.Head, columns("not recognised")...)
	for _, place := range c.Areas {
		row := []Cell{text(place.Name), text(place.Expect)}
		for _, i := range rows {
			row = append(row, areaRate(areaOf(v.Resolutions[i].Evaluations[k], place.Name)))
		}
		over := v.standings(k, place.Name, rows)
		t.Rows = append(t.Rows, append(row, text(brokenFrom(over))))
	}
	return t
}

// matrix returns a table with a row for each model and a column for each size of the camera's
// picture.
func (v *view) matrix(k int, c document.Camera, rows []int) *Table {
	if len(c.Sizes) < 2 {
		return nil
	}
	t := &Table{
		ID: "sizes-" + strconv.Itoa(k), Head: columns("model"),
		Caption: "Detection by model and size of the camera's picture, " + c.Name,
	}
	at := "camera at "
	if c.Pictures != nil {
		t.Caption, at = "Detection by model and size of the pictures, "+c.Name, "pictures at "
	}
	for _, s := range c.Sizes {
		t.Head = append(t.Head, Column{at + s, true})
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

// chartID returns the ID of the chart of area n of evaluation k, in the page and for its script.
func chartID(k, n int) string { return fmt.Sprintf("area-%d-%d", k, n) }
