//go:build native

package vision

import (
	"errors"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gocv.io/x/gocv"
)

// An Outline is an area as it is drawn before anything is judged: a frame, and within it the area's
// name and what is expected there.
type Outline struct {
	Rect       [4]int // x, y, width, height in pixels; it may leave the picture
	Name, Text string
	Colour     color.RGBA
}

const (
	outlineWidth = 1200 // pixels: smaller pictures are enlarged by a whole factor to about this,
	outlineSide  = 4096 // but not beyond this height
	largestText  = 1.0  // scales of the texts in an area: the largest with which they fit
	smallestText = 0.8
	darkness     = 0.25 // of what is behind a text, as a share of its light
	rulerStep    = 60   // drawn pixels between two numbers of a ruler, at least
)

// Outline returns a new picture: this one with rulers in its pixels above it and at its left,
// outlines in it, and notes below it. Texts that do not fit into their outline are shortened there,
// and then stand below the picture in full. The caller must close it.
func (f *Frame) Outline(outlines []Outline, notes []string) (*Frame, error) {
	w, h := f.Size()
	l := Layout{zoom: max(min((outlineWidth+w/2)/w, outlineSide/h), 1)}
	l.size = image.Pt(w*l.zoom, h*l.zoom)
	l.scale = max(float64(l.size.X)/outlineWidth, 1)
	large := f.Copy()
	defer large.Close()
	if l.zoom > 1 {
		if err := large.Enlarge(l.size.X, l.size.Y); err != nil {
			return nil, err
		}
	}
	var short []Mark
	for _, o := range outlines {
		whole, err := large.outline(o, l)
		if err != nil {
			return nil, err
		}
		if !whole {
			short = append(short, Mark{Name: o.Name, Text: o.Text, Colour: o.Colour})
		}
	}
	if len(short) > maxListed {
		notes = append(notes, "and "+strconv.Itoa(len(short)-maxListed)+" more")
		short = short[:maxListed]
	}
	l.notes = len(notes)
	l.arrange(short)
	left, top := l.textWidth("00000")+l.px(margin), l.px(lineStep)
	canvas := &Frame{gocv.NewMat()}
	err := gocv.CopyMakeBorder(large.mat, &canvas.mat, top, l.band(), left, 0, gocv.BorderConstant,
		background)
	if err == nil {
		err = errors.Join(canvas.rulers(l, left, top), canvas.lines(l, left, top, short, notes))
	}
	if err != nil {
		return nil, errors.Join(err, canvas.Close())
	}
	return canvas, nil
}

// maxListed is how many outlines are listed below a picture, at most.
const maxListed = 200

// outline draws one outline with its texts. It reports whether the texts fitted.
func (f *Frame) outline(o Outline, l Layout) (whole bool, err error) {
	r := o.Rect
	for side := range r {
		r[side] *= l.zoom
	}
	border := rectangle(r)
	border.Max = border.Max.Sub(image.Pt(1, 1)) // OpenCV draws the last pixel too
	if err := gocv.Rectangle(&f.mat, border, o.Colour, l.px(2)); err != nil {
		return false, err
	}
	room := image.Pt(r[2]-l.px(margin), r[3]-l.px(margin))
	text := l
	var lines []string
	for factor := largestText; ; factor -= 0.1 {
		text.scale = l.scale * factor
		lines, whole = text.wrap([]string{o.Name, o.Text}, room)
		if whole || factor <= smallestText {
			break
		}
	}
	corner := image.Pt(r[0]+l.px(margin)/2, r[1]+l.px(margin)/2)
	for i, line := range lines {
		begin := corner.Add(image.Pt(0, text.px(lineStep)*i))
		end := begin.Add(image.Pt(text.textWidth(line), text.px(lineStep)))
		if err := f.darken(image.Rectangle{Min: begin, Max: end}); err != nil {
			return false, err
		}
		at := begin.Add(image.Pt(0, text.px(lineStep-5)))
		if err := f.write(text, line, at, o.Colour, false); err != nil {
			return false, err
		}
	}
	return whole, nil
}

// darken darkens a part of the picture, so that a text can be read on it. The part may leave the
// picture.
func (f *Frame) darken(part image.Rectangle) error {
	part = part.Intersect(image.Rect(0, 0, f.mat.Cols(), f.mat.Rows()))
	if part.Empty() {
		return nil
	}
	region := f.mat.Region(part)
	defer region.Close()
	return gocv.AddWeighted(region, darkness, region, 0, 0, &region)
}

// wrap breaks texts into lines that fit into room, at their blanks and signs. It reports false if
// something was left out.
func (l Layout) wrap(texts []string, room image.Point) (lines []string, whole bool) {
	whole = true
	for _, text := range texts {
		line := ""
		for _, word := range words(ascii(text)) {
			if line != "" && l.textWidth(line+word) > room.X {
				lines, line = append(lines, line), ""
			}
			line += word
		}
		lines = append(lines, line)
	}
	for i, line := range lines {
		lines[i] = l.fit(line, room.X)
		whole = whole && lines[i] == line
	}
	if most := room.Y / l.px(lineStep); len(lines) > most {
		return lines[:max(most, 0)], false
	}
	return lines, whole
}

// words cuts a text after each blank and sign, where a line may end.
func words(text string) []string {
	var list []string
	for text != "" {
		n := strings.IndexAny(text, " _-./") + 1
		if n == 0 {
			n = len(text)
		}
		list, text = append(list, text[:n]), text[n:]
	}
	return list
}

// rulers draws the numbers of the picture's pixels beside it.
func (f *Frame) rulers(l Layout, left, top int) error {
	step := rulerTick(float64(l.px(rulerStep)) / float64(l.zoom))
	var err error
	put := func(n int, from, to image.Point, at image.Point) {
		err = errors.Join(err, gocv.Line(&f.mat, from, to, grey, l.px(1)),
			f.write(l, strconv.Itoa(n), at, grey, false))
	}
	tick := l.px(margin) / 2
	for n := 0; n*l.zoom < l.size.X; n += step {
		x := left + n*l.zoom
		put(n, image.Pt(x, top-tick), image.Pt(x, top-1), image.Pt(x+l.px(3), top-tick))
	}
	for n := 0; n*l.zoom < l.size.Y; n += step {
		y := top + n*l.zoom
		put(n, image.Pt(left-tick, y), image.Pt(left-1, y), image.Pt(l.px(3), y+l.px(12)))
	}
	return err
}

// rulerTick returns the smallest of 1, 2, 5, 10, 20, 50, ... that is at least so many pixels.
func rulerTick(least float64) int {
	for power := 1; ; power *= 10 {
		for _, n := range []int{1, 2, 5} {
			if float64(n*power) >= math.Min(least, 1e6) {
				return n * power
			}
		}
	}
}

// lines writes the marks and the notes below the picture.
func (f *Frame) lines(l Layout, left, top int, marks []Mark, notes []string) error {
	var err error
	below := top + l.size.Y
	for i, m := range marks {
		at := image.Pt(left+i%l.columns*l.width, below+(i/l.columns+1)*l.px(lineStep))
		err = errors.Join(err, f.write(l, l.fit(m.line(), l.size.X), at, m.Colour, false))
	}
	for i, note := range notes {
		at := image.Pt(left, below+(l.rows+i+1)*l.px(lineStep))
		err = errors.Join(err, f.write(l, l.fit(ascii(note), l.size.X), at, grey, false))
	}
	return err
}
