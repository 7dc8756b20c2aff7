package demo

import (
	"image/color"
	"math"
	"math/rand/v2"
	"sync"
)

// A place is where products are filmed: a room, its light, and who holds the products there. All
// videos share the places.
type place struct {
	room                         func() body // painted on first use
	lampX, lampY, strength, glow sway
	panX, panY, away, tilt       sway
	gain, warmth                 sway
	noise                        float64
	side                         float64 // 1: the hand holds the right edge; -1: the left
	skin, sleeve                 color.RGBA
}

var (
	skins   = []uint32{0xe8b592, 0xd9a27c, 0xb97f58, 0x8a5a3c, 0xdfae8c, 0x6d4530}
	sleeves = []uint32{0x34495e, 0x7f8c8d, 0x922b21, 0x1e6b52, 0xc8bfae, 0x2c2c34}
)

// newPlaces returns n places. The kinds of rooms alternate.
func newPlaces(seed int64, n int) []*place {
	r := newRand(seed, "places")
	kinds := []func(canvas, *rand.Rand){drawShop, drawKitchen, drawDesk, drawWindow}
	begin := r.IntN(len(kinds))
	var list []*place
	for i := range n {
		list = append(list, newPlace(r, kinds[(begin+i)%len(kinds)]))
	}
	return list
}

// newPlace returns a place whose room is of the given kind.
func newPlace(r *rand.Rand, kind func(canvas, *rand.Rand)) *place {
	p := &place{
		lampX:    newSway(r, uniform(r, -1.5, 1.5), 0.8, 2.7),
		lampY:    newSway(r, -1.6, 0.5, 3.7),
		strength: newSway(r, uniform(r, 0.4, 0.8), 0.15, 1.9),
		glow:     newSway(r, uniform(r, 0.25, 0.5), 0.08, 2.2),
		panX:     newSway(r, 0, 0.8, 4.1),
		panY:     newSway(r, 0, 0.5, 3.7),
		away:     newSway(r, 6, 0.3, 3),
		tilt:     newSway(r, 0, 0.12, 3.9),
		gain:     newSway(r, uniform(r, 0.85, 1.15), 0.12, 2),
		warmth:   newSway(r, uniform(r, -0.08, 0.08), 0.02, 3),
		noise:    uniform(r, 2, 6),
		side:     1 - 2*float64(r.IntN(2)),
		skin:     rgb(skins[r.IntN(len(skins))]),
		sleeve:   rgb(sleeves[r.IntN(len(sleeves))]),
	}
	paint := rand.New(rand.NewPCG(r.Uint64(), 0))
	p.room = sync.OnceValue(func() body { return newRoom(paint, kind) })
	return p
}

// lamp returns the light at a time, in seconds.
func (p *place) lamp(t float64) light {
	return light{vec{p.lampX.at(t), p.lampY.at(t), -0.5}, p.strength.at(t), p.glow.at(t)}
}

// view returns where the room is, as the camera sees it, at a time in seconds.
func (p *place) view(t float64) transform {
	return pose{at: vec{p.panX.at(t), p.panY.at(t), p.away.at(t)}, roll: p.tilt.at(t)}.transform()
}

// The size of a room's picture in pixels, and its width on the stage.
const (
	roomWidth, roomHeight = 960, 720
	roomReach             = 8.4
)

// newRoom returns a picture of clutter, out of focus.
func newRoom(r *rand.Rand, kind func(canvas, *rand.Rand)) body {
	c := newCanvas(roomWidth, roomHeight, randomColour(r, 0.15, 0.8))
	kind(c, r)
	soften(c.RGBA, 1+r.IntN(4))
	w, h := roomReach, roomReach*roomHeight/roomWidth
	return body{sheet(newTexture(c.RGBA), 1, 1,
		func(u, v float64) vec { return vec{(u - 0.5) * w, (v - 0.5) * h, 0} })}
}

// randomColour returns a colour of any hue, with at most this saturation and at least this
// lightness.
func randomColour(r *rand.Rand, saturation, lightness float64) color.RGBA {
	h, s, v := r.Float64()*6, saturation*r.Float64(), lightness+(1-lightness)*r.Float64()*0.9
	channel := func(n float64) uint8 {
		k := math.Mod(n+h, 6)
		return uint8(255 * (v - v*s*max(0, min(k, 4-k, 1))))
	}
	return color.RGBA{channel(5), channel(3), channel(1), 255}
}

// drawShop paints shelves full of products.
func drawShop(c canvas, r *rand.Rand) {
	c.rect(0, 0, roomWidth, roomHeight, randomColour(r, 0.2, 0.1))
	for y := 20.0; y < roomHeight; {
		h := uniform(r, 110, 190)
		for x := uniform(r, -30, 10); x < roomWidth; {
			w := uniform(r, 40, 120)
			drawPack(c, r, x, y+uniform(r, 0, h*0.3), w-uniform(r, 1, 10), y+h)
			x += w
		}
		c.rect(0, y+h, roomWidth, 16, randomColour(r, 0.15, 0.6))
		y += h + 16 + uniform(r, 8, 24)
	}
}

// drawPack paints some product, from its upper left corner down to the shelf that it stands on.
func drawPack(c canvas, r *rand.Rand, x, y, w, floor float64) {
	ground, other := randomColour(r, 0.9, 0.2), randomColour(r, 0.8, 0.3)
	h := floor - y
	c.gradient(x, y, w, h, lighter(ground, 0.1), darker(ground, 0.25))
	switch r.IntN(4) {
	case 0:
		c.ellipse(x+w/2, y+h*uniform(r, 0.3, 0.6), w*0.38, h*0.22, other)
	case 1:
		c.rect(x, y+h*uniform(r, 0.2, 0.5), w, h*uniform(r, 0.1, 0.3), other)
	case 2:
		c.star(x+w/2, y+h*0.5, w*0.45, w*0.25, 5+r.IntN(8), other)
	case 3:
		c.polygon(other, point{x, y + h*0.5}, point{x + w, y + h*0.2}, point{x + w, y + h},
			point{x, y + h})
	}
	word := []string{"ORA", "Milo", "bio", "Nova", "XL", "rapid", "Sol", "puro"}[r.IntN(8)]
	c.write(bold, word, x+w/2, y+h*0.3, w*0.4, w*0.8, randomColour(r, 0.3, 0.7))
	for i := range 3 {
		c.rect(x+w*0.2, y+h*0.7+float64(i)*7, w*0.6*uniform(r, 0.4, 1), 3,
			randomColour(r, 0.3, 0.5))
	}
}

// drawKitchen paints tiles above a worktop with jars, packs and bowls.
func drawKitchen(c canvas, r *rand.Rand) {
	tile, joint := randomColour(r, 0.25, 0.6), randomColour(r, 0.1, 0.5)
	c.rect(0, 0, roomWidth, roomHeight, joint)
	size := uniform(r, 50, 110)
	for y := 0.0; y < roomHeight*0.65; y += size {
		for x := 0.0; x < roomWidth; x += size {
			c.rect(x+2, y+2, size-4, size-4, blend(tile, randomColour(r, 0.3, 0.4), 0.12))
		}
	}
	top := roomHeight * uniform(r, 0.6, 0.75)
	c.gradient(0, top, roomWidth, roomHeight-top, randomColour(r, 0.5, 0.5),
		randomColour(r, 0.5, 0.2))
	for range 9 {
		x, w := uniform(r, 0, roomWidth), uniform(r, 40, 130)
		y := top + uniform(r, -10, 60)
		h := uniform(r, 60, 260)
		ink := randomColour(r, 0.7, 0.25)
		switch r.IntN(3) {
		case 0:
			c.roundedRect(x, y-h, w, h, w*0.2, ink)
			c.roundedRect(x+w*0.1, y-h, w*0.15, h*0.9, w*0.05, lighter(ink, 0.4))
		case 1:
			drawPack(c, r, x, y-h, w, y)
		case 2:
			c.ellipse(x, y-w*0.3, w*0.7, w*0.4, ink)
			c.ellipse(x, y-w*0.45, w*0.6, w*0.18, darker(ink, 0.4))
		}
	}
}

// drawDesk paints a wooden desk with sheets of paper.
func drawDesk(c canvas, r *rand.Rand) {
	wood := randomColour(r, 0.5, 0.35)
	for y := 0; y < roomHeight; y += 4 {
		c.rect(0, float64(y), roomWidth, 4, blend(wood, rgb(0x2a1a0c), 0.25*r.Float64()))
	}
	for range 14 {
		x, y := uniform(r, -50, roomWidth), uniform(r, -50, roomHeight)
		w, h, a := uniform(r, 60, 260), uniform(r, 40, 200), uniform(r, 0, math.Pi)
		s, co := math.Sincos(a)
		at := func(u, v float64) point { return point{x + u*co - v*s, y + u*s + v*co} }
		ink := randomColour(r, 0.6, 0.3)
		c.polygon(darker(wood, 0.5), at(8, 10), at(w+8, 10), at(w+8, h+10), at(8, h+10))
		c.polygon(ink, at(0, 0), at(w, 0), at(w, h), at(0, h))
		for i := range 6 {
			v := h * (0.15 + 0.13*float64(i))
			end := w * uniform(r, 0.4, 0.9)
			c.polygon(darker(ink, 0.5), at(w*0.1, v), at(end, v), at(end, v+h*0.04),
				at(w*0.1, v+h*0.04))
		}
	}
}

// drawWindow paints blurred lights behind a window frame.
func drawWindow(c canvas, r *rand.Rand) {
	c.gradient(0, 0, roomWidth, roomHeight, randomColour(r, 0.5, 0.3), randomColour(r, 0.6, 0.1))
	for range 60 {
		ink := randomColour(r, 0.7, 0.5)
		ink = blend(ink, rgb(0x404040), 0.3*r.Float64())
		size := uniform(r, 10, 60)
		c.ellipse(uniform(r, 0, roomWidth), uniform(r, 0, roomHeight), size, size, ink)
	}
	for range 3 {
		c.rect(uniform(r, 0, roomWidth), 0, uniform(r, 14, 40), roomHeight,
			randomColour(r, 0.2, 0.3))
	}
}
