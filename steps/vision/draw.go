//go:build native

package vision

import (
	"image"
	"image/color"
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

// Draw gives a JPEG of the present picture with the areas' frames, and their texts in a band below it.
func (v *Video) Draw(marks []Mark, quality int) ([]byte, error) {
	canvas := gocv.NewMat()
	defer canvas.Close()
	columns, width := layout(marks, v.frame.Cols())
	rows := (len(marks) + columns - 1) / columns
	band := rows*lineStep + margin
	if err := gocv.CopyMakeBorder(v.frame, &canvas, 0, band, 0, 0, gocv.BorderConstant, color.RGBA{R: 24, G: 24, B: 24, A: 255}); err != nil {
		return nil, err
	}
	for i, m := range marks {
		if err := gocv.Rectangle(&canvas, rectangle(m.Rect), m.Colour, 2); err != nil {
			return nil, err
		}
		corner := image.Pt(m.Rect[0]+5, m.Rect[1]+16)
		at := image.Pt(margin+i%columns*width, v.frame.Rows()+(i/columns+1)*lineStep)
		if err := write(&canvas, m.Name, corner, m.Colour, true); err != nil {
			return nil, err
		}
		if err := write(&canvas, fit(m.line(), v.frame.Cols()-margin), at, m.Colour, false); err != nil {
			return nil, err
		}
	}
	return encode(canvas, quality)
}

func (m Mark) line() string { return ascii(m.Name + " " + m.Text) }

// layout puts the texts in as many columns as fit.
func layout(marks []Mark, room int) (columns, width int) {
	for _, m := range marks {
		width = max(width, wide(m.line())+2*margin)
	}
	columns = max((room-margin)/max(width, 1), 1)
	return columns, max((room-margin)/columns, 1)
}

// write draws a line; over a picture it gets a dark edge.
func write(canvas *gocv.Mat, text string, at image.Point, colour color.RGBA, edge bool) error {
	text = ascii(text)
	if edge {
		if err := gocv.PutTextWithParams(canvas, text, at, font, fontScale, color.RGBA{A: 255}, 3, gocv.LineAA, false); err != nil {
			return err
		}
	}
	return gocv.PutTextWithParams(canvas, text, at, font, fontScale, colour, 1, gocv.LineAA, false)
}

func wide(text string) int { return gocv.GetTextSize(text, font, fontScale, 1).X }

// fit cuts a line to so many pixels.
func fit(text string, room int) string {
	for n := len(text); wide(text) > room && n > 0; n-- {
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
