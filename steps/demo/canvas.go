package demo

import (
	"image"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// A canvas is a picture that shapes are painted on. Lengths are in pixels.
type canvas struct{ *image.RGBA }

// newCanvas returns a canvas that is filled with one colour.
func newCanvas(width, height int, ground color.RGBA) canvas {
	c := canvas{image.NewRGBA(image.Rect(0, 0, width, height))}
	c.rect(0, 0, float64(width), float64(height), ground)
	return c
}

// rgb returns the colour 0xRRGGBB.
func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

// blend mixes two colours: t is the share of b.
func blend(a, b color.RGBA, t float64) color.RGBA {
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*(1-t) + float64(y)*t)) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), mix(a.A, b.A)}
}

// A point is a place on a canvas.
type point struct{ x, y float64 }

// polygon fills the shape with these corners.
func (c canvas) polygon(ink color.RGBA, corners ...point) {
	if len(corners) == 0 {
		return
	}
	low, high := corners[0], corners[0]
	for _, p := range corners {
		low = point{min(low.x, p.x), min(low.y, p.y)}
		high = point{max(high.x, p.x), max(high.y, p.y)}
	}
	area := image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x)),
		int(math.Ceil(high.y))).Intersect(c.Rect)
	if area.Empty() {
		return
	}
	r := vector.NewRasterizer(area.Dx(), area.Dy())
	for i, p := range corners {
		x, y := float32(p.x)-float32(area.Min.X), float32(p.y)-float32(area.Min.Y)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(c.RGBA, area, image.NewUniform(ink), image.Point{})
}

// rect fills a rectangle. Pixels that it covers in part are blended.
func (c canvas) rect(x, y, w, h float64, ink color.RGBA) {
	area := image.Rect(int(math.Floor(x)), int(math.Floor(y)), int(math.Ceil(x+w)),
		int(math.Ceil(y+h))).Intersect(c.Rect)
	covered := func(i int, from, size float64) float64 {
		return max(0, min(float64(i+1), from+size)-max(float64(i), from))
	}
	for py := area.Min.Y; py < area.Max.Y; py++ {
		for px := area.Min.X; px < area.Max.X; px++ {
			t := covered(py, y, h) * covered(px, x, w)
			if t < 1 {
				c.SetRGBA(px, py, blend(c.RGBAAt(px, py), ink, t))
			} else {
				c.SetRGBA(px, py, ink)
			}
		}
	}
}

// shadow darkens an ellipse, most at its centre.
func (c canvas) shadow(x, y, rx, ry, strength float64) {
	area := image.Rect(int(x-rx), int(y-ry), int(x+rx), int(y+ry)).Intersect(c.Rect)
	for py := area.Min.Y; py < area.Max.Y; py++ {
		for px := area.Min.X; px < area.Max.X; px++ {
			dx, dy := (float64(px)-x)/rx, (float64(py)-y)/ry
			near := max(0, 1-dx*dx-dy*dy)
			c.SetRGBA(px, py, darker(c.RGBAAt(px, py), strength*near*near))
		}
	}
}

// ellipseOutline returns the outline of an ellipse as a polygon.
func ellipseOutline(x, y, rx, ry float64) []point {
	var list []point
	for i := range 48 {
		s, co := math.Sincos(2 * math.Pi * float64(i) / 48)
		list = append(list, point{x + rx*co, y + ry*s})
	}
	return list
}

// ellipse fills an ellipse.
func (c canvas) ellipse(x, y, rx, ry float64, ink color.RGBA) {
	c.polygon(ink, ellipseOutline(x, y, rx, ry)...)
}

// roundedRect fills a rectangle with round corners.
func (c canvas) roundedRect(x, y, w, h, r float64, ink color.RGBA) {
	var list []point
	centres := []point{
		{x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}, {x + w - r, y + r},
	}
	for q, at := range centres {
		for i := range 9 {
			s, co := math.Sincos(math.Pi / 2 * (float64(q) + float64(i)/8))
			list = append(list, point{at.x + r*co, at.y + r*s})
		}
	}
	c.polygon(ink, list...)
}

// star fills a star with n rays, which reach from the inner radius to the outer.
func (c canvas) star(x, y, outer, inner float64, n int, ink color.RGBA) {
	var list []point
	for i := range 2 * n {
		r := outer
		if i%2 == 1 {
			r = inner
		}
		s, co := math.Sincos(math.Pi * float64(i) / float64(n))
		list = append(list, point{x + r*s, y - r*co})
	}
	c.polygon(ink, list...)
}

// gradient fills a rectangle from one colour at the top to another at the bottom.
func (c canvas) gradient(x, y, w, h float64, above, below color.RGBA) {
	for i := range int(math.Ceil(h)) {
		c.rect(x, y+float64(i), w, min(1, h-float64(i)), blend(above, below, float64(i)/h))
	}
}

// A typeface is one of the Go fonts.
type typeface int

const (
	regular typeface = iota
	bold
	slanted
)

// typefaces returns the parsed fonts by typeface.
var typefaces = sync.OnceValue(func() (list [3]*sfnt.Font) {
	for i, data := range [][]byte{goregular.TTF, gobold.TTF, gobolditalic.TTF} {
		f, err := sfnt.Parse(data)
		if err != nil {
			panic("BUG: a Go font cannot be read: " + err.Error())
		}
		list[i] = f
	}
	return list
})

// glyph returns a character's outline and the distance to the next one, at a font size in pixels.
// The outline is empty if the font lacks the character.
func glyph(f *sfnt.Font, buf *sfnt.Buffer, size float64, r rune) (sfnt.Segments, float64) {
	i, err := f.GlyphIndex(buf, r)
	if err != nil {
		return nil, 0
	}
	ppem := fixed.Int26_6(math.Round(size * 64))
	segments, err := f.LoadGlyph(buf, i, ppem, nil)
	if err != nil {
		return nil, 0
	}
	segments = append(sfnt.Segments(nil), segments...) // buf will be reused
	advance, err := f.GlyphAdvance(buf, i, ppem, font.HintingNone)
	if err != nil {
		return segments, 0
	}
	return segments, float64(advance) / 64
}

// write sets a line of text centred at x, with its base line at y. Characters are narrowed if the
// line is wider than most; 0 means no limit.
func (c canvas) write(kind typeface, text string, x, y, size, most float64, ink color.RGBA) {
	f, buf := typefaces()[kind], &sfnt.Buffer{}
	width := 0.0
	for _, r := range text {
		_, advance := glyph(f, buf, size, r)
		width += advance
	}
	narrow := 1.0
	if most > 0 && width > most {
		narrow = most / width
	}
	half := width * narrow / 2
	area := image.Rect(int(x-half-size/4), int(y-size), int(x+half+size/4), int(y+size/2)).
		Intersect(c.Rect)
	if area.Empty() {
		return
	}
	r := vector.NewRasterizer(area.Dx(), area.Dy())
	pen := x - half - float64(area.Min.X)
	for _, letter := range text {
		segments, advance := glyph(f, buf, size, letter)
		trace(r, segments, pen, y-float64(area.Min.Y), narrow)
		pen += advance * narrow
	}
	r.Draw(c.RGBA, area, image.NewUniform(ink), image.Point{})
}

// trace adds an outline to what the rasterizer fills.
func trace(r *vector.Rasterizer, segments sfnt.Segments, x, y, narrow float64) {
	at := func(p fixed.Point26_6) (float32, float32) {
		return float32(x + float64(p.X)/64*narrow), float32(y + float64(p.Y)/64)
	}
	for _, s := range segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		cx, cy := at(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			r.ClosePath()
			r.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			r.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			r.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			r.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	r.ClosePath()
}
