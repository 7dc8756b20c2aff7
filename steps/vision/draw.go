//go:build native

package vision

import (
	"errors"
	"image"
	"image/color"
	"math"
	"strings"

	"gocv.io/x/gocv"
)

// The colours of an area's frame, as the article's program draws it.
var (
	Cyan   = color.RGBA{R: 0, G: 255, B: 255, A: 255} // right and confident
	Yellow = color.RGBA{R: 255, G: 255, B: 0, A: 255} // right but not confident
	Red    = color.RGBA{R: 255, G: 64, B: 64, A: 255} // wrong
)

// A Mark is a judged area as it is drawn: a frame in the picture, and a text below the picture.
type Mark struct {
	Rect   [4]int // x, y, width, height in pixels
	Name   string // of the area, drawn in the corner of its frame
	Text   string // what was found there
	Colour color.RGBA
}

const (
	font      = gocv.FontHersheySimplex
	fontScale = 0.45
	lineStep  = 20 // pixels from line to line
	margin    = 10 // pixels
)

// Text below a picture is drawn on background. Notes are grey.
var (
	background = color.RGBA{R: 24, G: 24, B: 24, A: 255}
	grey       = color.RGBA{R: 208, G: 208, B: 208, A: 255}
)

// A Layout is the size at which a picture and its texts are drawn, and where the texts stand. One
// layout that fits the longest texts keeps everything in place from frame to frame.
type Layout struct {
	size    image.Point // of the picture as it is drawn, pixels
	zoom    int         // width and height of one drawn pixel of the picture, in pixels
	scale   float64     // of texts and lines; 1 fits a picture of 800x600
	columns int         // of texts
	width   int         // of a column, pixels
	rows    int         // of texts
	notes   int         // lines of notes below the texts
}

// exactLayout returns the layout of a picture in its own size, with room for these marks alone.
func exactLayout(marks []Mark, frame *Frame) Layout {
	l := Layout{size: image.Pt(frame.Size()), zoom: 1, scale: 1}
	l.arrange(marks)
	return l
}

// NewLayout returns a layout for people who watch pictures of width and height pixels, with that
// many lines of notes. The marks are the widest that will be drawn. Small pictures are enlarged by
// a whole factor; for large ones, texts and lines grow with the picture.
func NewLayout(width, height int, marks []Mark, notes int) Layout {
	zoom := max((minWidth+width-1)/width, 1)
	l := Layout{size: image.Pt(width*zoom, height*zoom), zoom: zoom, notes: notes}
	l.scale = max(watchScale*float64(l.size.X)/800, 1)
	l.arrange(marks)
	return l
}

const (
	minWidth   = 640  // pixels, of a watched picture
	watchScale = 1.15 // of its texts, which people read from a distance
)

// arrange puts the texts into as many columns as fit.
func (l *Layout) arrange(marks []Mark) {
	for _, m := range marks {
		l.width = max(l.width, l.textWidth(m.line())+2*l.px(margin))
	}
	room := l.size.X - l.px(margin)
	l.columns = max(room/max(l.width, 1), 1)
	l.width = max(room/l.columns, 1)
	l.rows = (len(marks) + l.columns - 1) / l.columns
}

// px returns n pixels, scaled as texts and lines are.
func (l Layout) px(n int) int { return int(math.Round(float64(n) * l.scale)) }

// band returns the height of the texts and notes below the picture, in pixels.
func (l Layout) band() int { return (l.rows+l.notes)*l.px(lineStep) + l.px(margin) }

// Size returns the size of the drawn picture with its texts, in pixels.
func (l Layout) Size() (width, height int) { return l.size.X, l.size.Y + l.band() }

// JudgedJPEG returns the picture, with the marks drawn in it and their texts below it, as a JPEG.
// Quality is 0 to 100.
func (f *Frame) JudgedJPEG(marks []Mark, quality int) ([]byte, error) {
	canvas, err := f.Draw(marks, nil, exactLayout(marks, f))
	if err != nil {
		return nil, err
	}
	defer canvas.Close()
	return canvas.JPEG(quality)
}

// Draw returns a new picture: this one with the marks drawn in it, their texts in a band below it,
// and below those the notes, at most as many as the layout has lines. The caller must close it.
func (f *Frame) Draw(marks []Mark, notes []string, l Layout) (*Frame, error) {
	large := f
	if l.zoom > 1 {
		large = f.Copy()
		defer large.Close()
		if err := large.Enlarge(l.size.X, l.size.Y); err != nil {
			return nil, err
		}
	}
	canvas := &Frame{gocv.NewMat()}
	fill := gocv.BorderConstant
	err := gocv.CopyMakeBorder(large.mat, &canvas.mat, 0, l.band(), 0, 0, fill, background)
	for i, m := range marks {
		if err == nil {
			err = canvas.mark(i, m, l)
		}
	}
	for i, note := range notes {
		at := image.Pt(l.px(margin), l.size.Y+(l.rows+i+1)*l.px(lineStep))
		if err == nil {
			err = canvas.write(l, l.fit(note, l.size.X-l.px(margin)), at, grey, false)
		}
	}
	if err != nil {
		return nil, errors.Join(err, canvas.Close())
	}
	return canvas, nil
}

// mark draws mark number i: the frame, the name in its corner, and the text below the picture.
func (f *Frame) mark(i int, m Mark, l Layout) error {
	r := m.Rect
	for side := range r {
		r[side] *= l.zoom
	}
	if err := gocv.Rectangle(&f.mat, rectangle(r), m.Colour, l.px(2)); err != nil {
		return err
	}
	corner := image.Pt(r[0]+l.px(5), r[1]+l.px(16))
	if err := f.write(l, m.Name, corner, m.Colour, true); err != nil {
		return err
	}
	at := image.Pt(l.px(margin)+i%l.columns*l.width, l.size.Y+(i/l.columns+1)*l.px(lineStep))
	return f.write(l, l.fit(m.line(), l.size.X-l.px(margin)), at, m.Colour, false)
}

// line returns the text below the picture.
func (m Mark) line() string { return ascii(m.Name + " " + m.Text) }

// write draws a line of text. The point is its lower left corner. A text over a picture needs a
// dark edge to be readable on any background.
func (f *Frame) write(l Layout, text string, at image.Point, colour color.RGBA, edge bool) error {
	put := func(colour color.RGBA, thickness int) error {
		scale := fontScale * l.scale
		return gocv.PutTextWithParams(&f.mat, ascii(text), at, font, scale, colour, thickness,
			gocv.LineAA, false)
	}
	thickness := l.px(1)
	if edge {
		if err := put(color.RGBA{A: 255}, thickness+2); err != nil {
			return err
		}
	}
	return put(colour, thickness)
}

// textWidth returns the width of a line, in pixels.
func (l Layout) textWidth(text string) int {
	return gocv.GetTextSize(text, font, fontScale*l.scale, l.px(1)).X
}

// fit shortens a line until it takes at most room pixels. The text is ASCII.
func (l Layout) fit(text string, room int) string {
	for n := len(text); l.textWidth(text) > room && n > 0; n-- {
		text = text[:n-1] + ".."
	}
	return text
}

// ascii replaces the characters that OpenCV's fonts lack.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
