package demo

import (
	"fmt"
	"math/rand/v2"
)

// A shelfScene shows a shelf on which each product stands four times.
type shelfScene struct {
	format
	shelf                         *shelf
	stage                         *stage
	sensor                        *sensor
	light                         []uint64
	products                      []shelfProduct
	board                         body
	lampX, strength, gain, warmth sway
}

// A shelfProduct is a product on the shelf, which turns a little.
type shelfProduct struct {
	body
	at         vec
	aside, yaw sway
}

// pose returns how the product stands at a time, in seconds.
func (g shelfProduct) pose(t float64) transform {
	return pose{at: g.at.add(vec{g.aside.at(t), 0, 0}), yaw: g.yaw.at(t)}.transform()
}

// A shelf is one that the camera looks at.
type shelf struct {
	name string
	rows [shelfRows]int // places in shelfOrders, from the top
	away float64        // from the camera to the products
	// The lamp's height, the strength of its light, and the light from everywhere.
	lamp, strength, ambient float64
	gain, warmth            float64
	noise                   float64
}

const shelfRows, shelfColumns = 4, 10

// shelfOrders are the designs of a row. Those that look alike are not neighbours.
var shelfOrders = [shelfRows][shelfColumns]int{
	{8, 2, 4, 0, 6, 5, 1, 9, 7, 3},
	{5, 1, 9, 2, 7, 0, 4, 8, 3, 6},
	{3, 6, 0, 8, 5, 2, 9, 4, 1, 7},
	{9, 4, 7, 1, 3, 8, 6, 0, 2, 5},
}

// shelves are all shelves. The spec's areas follow from them: in its frames a column takes 125, 117
// and 109 pixels.
var shelves = [...]shelf{
	{name: "shop", rows: [4]int{0, 1, 2, 3}, away: 12.616,
		lamp: -4.5, strength: 0.75, ambient: 0.28, gain: 0.95, warmth: 0.07, noise: 4},
	{name: "pantry", rows: [4]int{2, 0, 3, 1}, away: 13.478,
		lamp: -3.2, strength: 0.6, ambient: 0.24, gain: 1.05, warmth: 0.12, noise: 6},
	{name: "kiosk", rows: [4]int{1, 3, 0, 2}, away: 14.468,
		lamp: -5.5, strength: 0.85, ambient: 0.36, gain: 0.9, warmth: -0.06, noise: 3},
}

// Distances on the stage.
const (
	column = 1.12 // from product to product
	storey = 1.42 // from board to board
	floor  = 0.5  // from a storey's middle down to its board
	reach  = 14.4 // the length of a board
)

// newShelfScene returns the scene of a shelf, with products, light and camera.
func newShelfScene(seed int64, sh *shelf, f format) scene {
	r := newRand(seed, sh.name)
	w, h := f.camera[0], f.camera[1]
	s := &shelfScene{format: f, shelf: sh, stage: newStage(w, h),
		sensor: newSensor(w, h, r.Uint64()), light: make([]uint64, w*h)}
	var built [len(designs)]body
	for i := range designs {
		built[i] = designs[i].build()
	}
	for row, order := range sh.rows {
		for place, i := range shelfOrders[order] {
			d := &designs[i]
			x := (float64(place) - (shelfColumns-1)/2.0) * column
			y := (float64(row)-(shelfRows-1)/2.0)*storey + floor - d.size.y/2
			s.products = append(s.products, shelfProduct{built[i], vec{x, y, sh.away},
				newSway(r, 0, 0.05, 5), newSway(r, uniform(r, -0.3, 0.3), 0.2, 4)})
		}
	}
	s.board = newBoard(r)
	s.lampX, s.strength = newSway(r, uniform(r, -2, 2), 2, 6), newSway(r, sh.strength, 0.12, 3)
	s.gain, s.warmth = newSway(r, sh.gain+uniform(r, -0.05, 0.05), 0.08, 4),
		newSway(r, sh.warmth+uniform(r, -0.02, 0.02), 0.03, 5)
	return s
}

// frame draws a frame.
func (s *shelfScene) frame(n int) []byte {
	now := float64(n) / float64(s.rate)
	for i, shift := range shifts {
		at := now + shutter/float64(s.rate)*float64(i)/moments
		lamp := light{vec{s.lampX.at(at), s.shelf.lamp, s.shelf.away - 4.5}, s.strength.at(at),
			s.shelf.ambient}
		s.stage.draw(s.board, transform{vec{1, 0, 0}, vec{0, 1, 0}, vec{0, 0, 1},
			vec{0, 0, s.shelf.away}}, lamp, shift)
		for _, g := range s.products {
			s.stage.draw(g.body, g.pose(at), lamp, shift)
		}
		s.stage.endMoment()
	}
	s.stage.readExposure(s.light)
	return s.sensor.expose(s.light,
		exposure{gain: s.gain.at(now), warmth: s.warmth.at(now), noise: s.shelf.noise})
}

// newBoard returns the shelf: its back, its boards with price labels, and other products above and
// below.
func newBoard(r *rand.Rand) body {
	const left, front, back = -reach / 2, -0.45, 0.45
	wood, shade := newWood(r), plainTexture(rgb(0x4a453e))
	var b body
	for i := range shelfRows + 2 {
		y := (float64(i)-(shelfRows+1)/2.0)*storey + floor
		b = append(b,
			panel(newWall(), vec{left, y - storey, back}, vec{reach, 0, 0}, vec{0, storey, 0}),
			panel(wood, vec{left, y, back}, vec{reach, 0, 0}, vec{0, 0, front - back}),
			panel(shade, vec{left, y + 0.04, front}, vec{reach, 0, 0}, vec{0, 0, back - front}),
			panel(newRail(r), vec{left, y, front}, vec{reach, 0, 0}, vec{0, 0.13, 0}))
		if i == 0 || i == shelfRows+1 {
			b = append(b, otherProducts(r, y)...)
		}
	}
	return b
}

// newWall returns a storey's back: darker below the board above it, and behind the products.
func newWall() *texture {
	const width, height = 1536, 160
	ink := rgb(0xb9b4a8)
	c := newCanvas(width, height, ink)
	for x := 0.0; x < width; x += 24 {
		c.rect(x, 0, 2, height, darker(ink, 0.18))
		c.rect(x+2, 0, 2, height, lighter(ink, 0.1))
	}
	c.shadow(width/2, 0, width, 90, 0.55)
	for i := range shelfColumns {
		c.shadow(width/2+(float64(i)-(shelfColumns-1)/2.0)*column/reach*width, 110, 62, 90, 0.5)
	}
	return newTexture(c.RGBA)
}

// newWood returns the texture of a board.
func newWood(r *rand.Rand) *texture {
	ink := rgb(0xa9835a)
	c := newCanvas(1536, 64, ink)
	for y := range 64 {
		c.rect(0, float64(y), 1536, 1, blend(ink, rgb(0x5a3c20), 0.35*r.Float64()))
	}
	return newTexture(c.RGBA)
}

// newRail returns the front of a board, with a price below each product.
func newRail(r *rand.Rand) *texture {
	const width = 2880
	c := newCanvas(width, 26, rgb(0x8d9298))
	c.rect(0, 22, width, 4, rgb(0x5c6066))
	for i := range shelfColumns + 2 {
		x := width/2 + (float64(i)-(shelfColumns+1)/2.0)*column/reach*width
		c.rect(x-38, 3, 76, 19, rgb(0xf6f4ea))
		c.write(bold, fmt.Sprintf("%d.%d9", 1+r.IntN(5), r.IntN(10)), x, 19, 18, 70, rgb(0x202020))
	}
	return newTexture(c.RGBA)
}

// otherProducts returns boxes without a label, on a board at height y.
func otherProducts(r *rand.Rand, y float64) body {
	var b body
	for x := -6.9; x < 6.9; {
		size := vec{uniform(r, 0.4, 0.8), uniform(r, 0.6, 1), uniform(r, 0.2, 0.4)}
		c := newCanvas(192, 256, rgb(0))
		drawPack(c, r, 0, 0, 192, 256)
		front := newTexture(c.RGBA)
		side := plainTexture(c.RGBAAt(4, 250))
		b = append(b, box(faces{front, side, side}, size).
			translated(vec{x + size.x/2, y - size.y/2, uniform(r, -0.1, 0.1)})...)
		x += size.x + uniform(r, 0.05, 0.25)
	}
	return b
}
