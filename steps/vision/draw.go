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

// The colours of an area's frame, as the article's program draws them.
var (
	Cyan   = color.RGBA{R: 0, G: 255, B: 255, A: 255} // right and sure
	Yellow = color.RGBA{R: 255, G: 255, B: 0, A: 255} // right but not sure
	Red    = color.RGBA{R: 255, G: 64, B: 64, A: 255} // wrong
)

// A Mark is an area as it is drawn: its frame, and below the picture its text.
type Mark struct {
	Rect   [4]int // x, y, width, height in pixels
	Name   string // of the area, drawn in its corner
	Text   string // what was found there
	Colour color.RGBA
}

const (
	font      = gocv.FontHersheySimplex
	fontScale = 0.45
	lineStep  = 20 // pixels from line to line
	margin    = 10 // pixels
)

// paper is what texts stand on below a picture.
var paper = color.RGBA{R: 24, G: 24, B: 24, A: 255}

// A Layout is how large a picture with its texts is drawn, and where they stand. One that fits all that may be written
// keeps everything in its place from frame to frame.
type Layout struct {
	size    image.Point // of the picture as it is drawn, pixels
	zoom    int         // pixels a side that one of the picture becomes
	scale   float64     // of texts and lines; 1 is right for a picture of 800x600
	columns int         // of texts
	width   int         // of a column
	rows    int         // of texts
	notes   int         // lines below them
}

// plain is the layout of a picture in its own size, with no more room than its marks take.
func plain(marks []Mark, frame *Frame) Layout {
	l := Layout{size: image.Pt(frame.Size()), zoom: 1, scale: 1}
	l.arrange(marks)
	return l
}

// NewLayout gives the layout of pictures of width and height pixels to be looked at, with that many lines of notes. The
// marks are the widest that will be drawn. Small pictures are blown up, and over large ones everything is drawn larger.
func NewLayout(width, height int, marks []Mark, notes int) Layout {
	zoom := max((leastWidth+width-1)/width, 1)
	l := Layout{size: image.Pt(width*zoom, height*zoom), zoom: zoom, notes: notes}
	l.scale = max(watched*float64(l.size.X)/800, 1)
	l.arrange(marks)
	return l
}

const (
	leastWidth = 640  // pixels, of a picture to be looked at
	watched    = 1.15 // texts are larger where somebody looks from a distance
)

// arrange puts the texts in as many columns as fit.
func (l *Layout) arrange(marks []Mark) {
	for _, m := range marks {
		l.width = max(l.width, l.wide(m.line())+2*l.px(margin))
	}
	room := l.size.X - l.px(margin)
	l.columns = max(room/max(l.width, 1), 1)
	l.width = max(room/l.columns, 1)
	l.rows = (len(marks) + l.columns - 1) / l.columns
}

// px scales a number of pixels.
func (l Layout) px(n int) int { return int(math.Round(float64(n) * l.scale)) }

// band is how high the texts below the picture stand together.
func (l Layout) band() int { return (l.rows+l.notes)*l.px(lineStep) + l.px(margin) }

// Size is that of what is drawn, in pixels.
func (l Layout) Size() (width, height int) { return l.size.X, l.size.Y + l.band() }

// JudgedJPEG returns a JPEG of the picture with the areas' frames, and their texts in a band below it.
func (f *Frame) JudgedJPEG(marks []Mark, quality int) ([]byte, error) {
	canvas, err := f.Draw(marks, nil, plain(marks, f))
	if err != nil {
		return nil, err
	}
	defer canvas.Close()
	return canvas.JPEG(quality)
}

// Draw gives the picture with the areas' frames, their texts in a band below it, and below those the notes, of which the
// layout has as many lines.
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
	err := gocv.CopyMakeBorder(large.mat, &canvas.mat, 0, l.band(), 0, 0, gocv.BorderConstant, paper)
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

// grey is the colour of notes.
var grey = color.RGBA{R: 208, G: 208, B: 208, A: 255}

// mark draws an area's frame, its name in the frame's corner, and its text in its place below the picture.
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

func (m Mark) line() string { return ascii(m.Name + " " + m.Text) }

// write draws a line; over a picture it gets a dark edge.
func (f *Frame) write(l Layout, text string, at image.Point, colour color.RGBA, edge bool) error {
	text = ascii(text)
	scale, thick := fontScale*l.scale, l.px(1)
	if edge {
		if err := gocv.PutTextWithParams(&f.mat, text, at, font, scale, color.RGBA{A: 255}, thick+2, gocv.LineAA, false); err != nil {
			return err
		}
	}
	return gocv.PutTextWithParams(&f.mat, text, at, font, scale, colour, thick, gocv.LineAA, false)
}

func (l Layout) wide(text string) int {
	return gocv.GetTextSize(text, font, fontScale*l.scale, l.px(1)).X
}

// fit cuts a line to so many pixels.
func (l Layout) fit(text string, room int) string {
	for n := len(text); l.wide(text) > room && n > 0; n-- {
		text = text[:n-1] + ".."
	}
	return text
}

// ascii replaces what OpenCV's fonts do not have.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
