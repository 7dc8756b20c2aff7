package demo

import (
	"fmt"
	"math/rand/v2"
)

// A shelfScene shows a shelf on which each product stands once.
type shelfScene struct {
	format
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

// shelfOrder is the design at each position of the shelf, row by row. Designs that look alike are
// not neighbours.
var shelfOrder = [10]int{8, 2, 4, 0, 6, 5, 1, 9, 7, 3}

// Distances on the stage.
const (
	shelfAway = 6.5  // from the camera to the products
	column    = 1.12 // from product to product
	storey    = 1.42 // from board to board
	floor     = 0.5  // from a storey's middle down to its board
	reach     = 7.2  // the length of a board
)

// newShelfScene returns the scene of the shelf, with products, light and camera.
func newShelfScene(seed int64, f format) scene {
	r := newRand(seed, "shelf")
	s := &shelfScene{format: f, stage: newStage(f.width, f.height),
		sensor: newSensor(f.width, f.height, r.Uint64()), light: make([]uint64, f.width*f.height)}
	for k, i := range shelfOrder {
		d := &designs[i]
		y := (float64(k/5)-0.5)*storey + floor - d.size.y/2
		s.products = append(s.products,
			shelfProduct{d.build(), vec{(float64(k%5) - 2) * column, y, shelfAway},
				newSway(r, 0, 0.05, 5), newSway(r, uniform(r, -0.15, 0.15), 0.2, 4)})
	}
	s.board = newBoard(r)
	s.lampX, s.strength = newSway(r, 0, 2, 6), newSway(r, 0.75, 0.12, 3)
	s.gain, s.warmth = newSway(r, uniform(r, 0.85, 1), 0.08, 4),
		newSway(r, uniform(r, 0.05, 0.1), 0.03, 5)
	return s
}

// frame draws a frame.
func (s *shelfScene) frame(n int) []byte {
	now := float64(n) / float64(s.rate)
	for i, shift := range shifts {
		at := now + shutter/float64(s.rate)*float64(i)/moments
		lamp := light{vec{s.lampX.at(at), -3.5, shelfAway - 3.5}, s.strength.at(at), 0.28}
		s.stage.draw(s.board, transform{vec{1, 0, 0}, vec{0, 1, 0}, vec{0, 0, 1},
			vec{0, 0, shelfAway}}, lamp, shift)
		for _, g := range s.products {
			s.stage.draw(g.body, g.pose(at), lamp, shift)
		}
		s.stage.endMoment()
	}
	s.stage.readExposure(s.light)
	return s.sensor.expose(s.light,
		exposure{gain: s.gain.at(now), warmth: s.warmth.at(now), noise: 4})
}

// newBoard returns the shelf: its back, its boards with price labels, and other products above and
// below.
func newBoard(r *rand.Rand) body {
	const left, front, back = -reach / 2, -0.45, 0.45
	wood, shade := newWood(r), plainTexture(rgb(0x4a453e))
	var b body
	for i := range 4 {
		y := (float64(i)-1.5)*storey + floor
		b = append(b,
			panel(newWall(), vec{left, y - storey, back}, vec{reach, 0, 0}, vec{0, storey, 0}),
			panel(wood, vec{left, y, back}, vec{reach, 0, 0}, vec{0, 0, front - back}),
			panel(shade, vec{left, y + 0.04, front}, vec{reach, 0, 0}, vec{0, 0, back - front}),
			panel(newRail(r), vec{left, y, front}, vec{reach, 0, 0}, vec{0, 0.13, 0}))
		if i == 0 || i == 3 {
			b = append(b, otherProducts(r, y)...)
		}
	}
	return b
}

// newWall returns a storey's back: darker below the board above it, and behind the products.
func newWall() *texture {
	const width, height = 768, 160
	ink := rgb(0xb9b4a8)
	c := newCanvas(width, height, ink)
	for x := 0.0; x < width; x += 24 {
		c.rect(x, 0, 2, height, darker(ink, 0.18))
		c.rect(x+2, 0, 2, height, lighter(ink, 0.1))
	}
	c.shadow(width/2, 0, width, 90, 0.55)
	for i := range 5 {
		c.shadow(width/2+(float64(i)-2)*column/reach*width, 110, 62, 90, 0.5)
	}
	return newTexture(c.RGBA)
}

// newWood returns the texture of a board.
func newWood(r *rand.Rand) *texture {
	ink := rgb(0xa9835a)
	c := newCanvas(768, 64, ink)
	for y := range 64 {
		c.rect(0, float64(y), 768, 1, blend(ink, rgb(0x5a3c20), 0.35*r.Float64()))
	}
	return newTexture(c.RGBA)
}

// newRail returns the front of a board, with a price below each product.
func newRail(r *rand.Rand) *texture {
	c := newCanvas(1440, 26, rgb(0x8d9298))
	c.rect(0, 22, 1440, 4, rgb(0x5c6066))
	for i := range 7 {
		x := 720 + (float64(i)-3)*column/reach*1440
		c.rect(x-38, 3, 76, 19, rgb(0xf6f4ea))
		c.write(bold, fmt.Sprintf("%d.%d9", 1+r.IntN(5), r.IntN(10)), x, 19, 18, 70, rgb(0x202020))
	}
	return newTexture(c.RGBA)
}

// otherProducts returns boxes without a label, on a board at height y.
func otherProducts(r *rand.Rand, y float64) body {
	var b body
	for x := -3.3; x < 3.3; {
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
