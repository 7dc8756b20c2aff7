package demo

import (
	"image"
	"math"
)

// Colours are packed in 64 bits as lanes of 16: blue is lowest, then green and red, and the highest
// lane counts how many were added.
const colourLanes = 0x0000_ffff_ffff_ffff

// A texture is a picture in halving sizes. Each texel's lanes hold 0 to 255.
type texture struct{ levels []level }

// A level is one size of a texture.
type level struct {
	width, height int
	texels        []uint64
}

// newTexture returns a picture as a texture.
func newTexture(m *image.RGBA) *texture {
	l := level{m.Rect.Dx(), m.Rect.Dy(), make([]uint64, m.Rect.Dx()*m.Rect.Dy())}
	for i := range l.texels {
		p := m.Pix[i/l.width*m.Stride+i%l.width*4:]
		l.texels[i] = uint64(p[0])<<32 | uint64(p[1])<<16 | uint64(p[2])
	}
	t := &texture{[]level{l}}
	for l.width >= 8 && l.height >= 8 {
		l = l.half()
		t.levels = append(t.levels, l)
	}
	return t
}

// half returns the level at half the width and height.
func (l level) half() level {
	h := level{l.width / 2, l.height / 2, make([]uint64, l.width/2*(l.height/2))}
	for i := range h.texels {
		at := i/h.width*2*l.width + i%h.width*2
		sum := l.texels[at] + l.texels[at+1] + l.texels[at+l.width] + l.texels[at+l.width+1]
		h.texels[i] = (sum + 0x0002_0002_0002) >> 2 & 0x00ff_00ff_00ff // rounded in each lane
	}
	return h
}

// level returns the level for a surface that shows this many texels of the largest level in one
// pixel.
func (t *texture) level(texels float64) *level {
	n := int(math.Round(math.Log2(max(texels, 1))/2 - 0.2))
	return &t.levels[min(max(n, 0), len(t.levels)-1)]
}
