package demo

import "math"

// The scale of light on the stage. A level of 8 bits has subLevels steps: white paper in normal
// light is 255*subLevels, and light goes up to maxLight. With these values, a lane of 16 bits holds
// the sum of four moments, and the sum of eleven pixels of a line.
const (
	subLevels = 16
	maxLight  = 5900
)

// moments is the number of moments in an exposure.
const moments = 4

// A stage is what the camera sees at one moment, and the sum of an exposure's moments.
type stage struct {
	width, height int
	focal         float64   // pixels
	now           []uint64  // the moment's colours, with 1 in the highest lane if drawn
	depth         []float32 // 1/z of what was drawn
	sum           []uint64  // of the moments
	back          []uint64  // the background, without motion
	vertices      []vertex  // of the mesh being drawn
	top, bottom   int       // the lines that the moment has drawn on
}

// newStage returns an empty stage for pictures of this size.
func newStage(width, height int) *stage {
	n := width * height
	return &stage{width: width, height: height, focal: 1.1 * float64(width), top: height,
		now: make([]uint64, n), depth: make([]float32, n), sum: make([]uint64, n),
		back: make([]uint64, n)}
}

// A vertex is a corner projected to the picture.
type vertex struct {
	x, y, w    float64 // pixels, and 1/z
	u, v       float64 // texture coordinates, divided by z
	lit, shine float64 // factor in 128ths, and gloss to add
}

// touchedPixels returns the range of pixels in the lines that the moment has drawn on.
func (s *stage) touchedPixels() (from, to int) {
	return min(s.top, s.bottom) * s.width, s.bottom * s.width
}

// endMoment adds the moment to the exposure and clears it.
func (s *stage) endMoment() {
	from, to := s.touchedPixels()
	sum := s.sum[from:to]
	for i, c := range s.now[from:to] {
		sum[i] += c
	}
	s.clear()
}

// keepBackground makes the moment the background of the exposure and clears it. The background does
// not move, so it is drawn once for a frame.
func (s *stage) keepBackground() {
	for i, c := range s.now {
		s.back[i] = c & colourLanes
	}
	s.clear()
}

// clear clears the moment, in the lines that it has drawn on.
func (s *stage) clear() {
	from, to := s.touchedPixels()
	clear(s.now[from:to])
	clear(s.depth[from:to])
	s.top, s.bottom = s.height, 0
}

// readExposure writes the exposure over its background to out, and clears the exposure. Lanes hold
// at most maxLight.
func (s *stage) readExposure(out []uint64) {
	for i, c := range s.sum {
		if c == 0 {
			out[i] = s.back[i]
			continue
		}
		c += (moments - c>>48) * s.back[i]
		out[i] = min((c>>32&0xffff)/moments, maxLight)<<32 | min((c>>16&0xffff)/moments,
			maxLight)<<16 | min((c&0xffff)/moments, maxLight)
	}
	clear(s.sum)
}

// draw draws a body. The picture is shifted by parts of a pixel, so that moments sample edges in
// different places.
func (s *stage) draw(b body, p transform, l light, shift [2]float64) {
	for i := range b {
		m := &b[i]
		s.vertices = s.vertices[:0]
		for _, c := range m.corners {
			at := p.point(c.at)
			lit, shine := l.shade(at, p.direction(c.normal).unit(), m.gloss)
			w := 1 / max(at.z, 0.01)
			s.vertices = append(s.vertices, vertex{
				x: float64(s.width)/2 + s.focal*at.x*w + shift[0],
				y: float64(s.height)/2 + s.focal*at.y*w + shift[1],
				w: w, u: c.u * w, v: c.v * w, lit: min(lit, 1.9) * 128,
				shine: min(shine, 1) * 255 * subLevels})
		}
		for _, f := range m.facets {
			s.triangle(&s.vertices[f[0]], &s.vertices[f[1]], &s.vertices[f[2]], m.skin)
		}
	}
}

// A gradient is a value that changes linearly over the picture.
type gradient struct{ at, dx, dy float64 }

// triangle draws the pixels whose centres are inside a triangle, where nothing nearer was drawn.
// Triangles that face away are skipped.
func (s *stage) triangle(a, b, c *vertex, skin *texture) {
	area := (b.x-a.x)*(c.y-a.y) - (c.x-a.x)*(b.y-a.y)
	if area <= 1e-9 {
		return
	}
	top, bottom := min(a.y, b.y, c.y), max(a.y, b.y, c.y)
	y0, y1 := max(int(math.Ceil(top-0.5)), 0), min(int(math.Ceil(bottom-0.5)), s.height)
	if y0 >= y1 {
		return
	}
	along := func(va, vb, vc float64) gradient {
		dx := ((vb-va)*(c.y-a.y) - (vc-va)*(b.y-a.y)) / area
		dy := ((vc-va)*(b.x-a.x) - (vb-va)*(c.x-a.x)) / area
		return gradient{va - dx*a.x - dy*a.y, dx, dy}
	}
	l := skin.levelFor(a, b, c, area)
	su, sv := float64(l.width*256), float64(l.height*256)
	f := fill{l, along(a.w, b.w, c.w), along(a.u*su, b.u*su, c.u*su), along(a.v*sv, b.v*sv, c.v*sv),
		along(a.lit, b.lit, c.lit), along(a.shine, b.shine, c.shine)}
	s.top, s.bottom = min(s.top, y0), max(s.bottom, y1)
	edges := [3]edge{newEdge(a, b), newEdge(b, c), newEdge(c, a)}
	for y := y0; y < y1; y++ {
		x0, x1 := math.Inf(1), math.Inf(-1)
		for i := range edges {
			if x, crosses := edges[i].at(float64(y) + 0.5); crosses {
				x0, x1 = min(x0, x), max(x1, x)
			}
		}
		s.fillRow(y, max(int(math.Ceil(x0-0.5)), 0), min(int(math.Ceil(x1-0.5)), s.width), &f)
	}
}

// An edge is one side of a triangle: its x at y zero, its slope, and the lines that it spans.
type edge struct{ x, lean, top, bottom float64 }

// newEdge returns the edge between two vertices. A horizontal edge has no slope, but it spans no
// line, so it is never asked for one.
func newEdge(a, b *vertex) edge {
	if a.y > b.y {
		a, b = b, a
	}
	lean := (b.x - a.x) / (b.y - a.y) // infinite if horizontal
	return edge{a.x - lean*a.y, lean, a.y, b.y}
}

// at returns the edge's x on a line, and whether it crosses that line.
func (e *edge) at(y float64) (x float64, crosses bool) {
	return e.x + e.lean*y, e.top <= y && y < e.bottom
}

// levelFor returns the level with about one texel for each pixel of the triangle.
func (t *texture) levelFor(a, b, c *vertex, area float64) *level {
	l := &t.levels[0]
	au, av, bu, bv, cu, cv := a.u/a.w, a.v/a.w, b.u/b.w, b.v/b.w, c.u/c.w, c.v/c.w
	texels := math.Abs((bu-au)*(cv-av)-(cu-au)*(bv-av)) * float64(l.width*l.height)
	return t.level(texels / area)
}

// A fill is what a triangle is painted with. u and v are in 256ths of a texel, divided by z.
type fill struct {
	level               *level
	w, u, v, lit, shine gradient
}

// fillRow paints one line of a triangle. Most of the time is spent here, so texels are interpolated
// and lit in all lanes at once.
func (s *stage) fillRow(y, x0, x1 int, f *fill) {
	if x0 >= x1 {
		return
	}
	px, py := float64(x0)+0.5, float64(y)+0.5
	start := func(g gradient) (value, change float32) {
		return float32(g.at + g.dx*px + g.dy*py),
			float32(g.dx)
	}
	w, dw := start(f.w)
	u, du := start(f.u)
	v, dv := start(f.v)
	lit, dlit := start(f.lit)
	shine, dshine := start(f.shine)
	texels, width := f.level.texels, f.level.width
	lastX, lastY := int32(width-1)<<8-1, int32(f.level.height-1)<<8-1
	now := s.now[y*s.width+x0 : y*s.width+x1]
	depth := s.depth[y*s.width+x0 : y*s.width+x1][:len(now)]
	for i := range now {
		if w > depth[i] {
			depth[i] = w
			z := 1 / w
			tx, ty := min(max(int32(u*z)-128, 0), lastX), min(max(int32(v*z)-128, 0), lastY)
			at := int(ty>>8)*width + int(tx>>8)
			fx, fy := uint64(tx&255), uint64(ty&255)
			both := fx * fy >> 8
			above, below := texels[at:at+2], texels[at+width:at+width+2]
			c := above[0]*(256-fx-fy+both) + above[1]*(fx-both) + below[0]*(fy-both) + below[1]*both
			c = c >> 8 & 0x00ff_00ff_00ff * uint64(int32(lit)) >> 3 & 0x1fff_1fff_1fff
			now[i] = 1<<48 | c + uint64(int32(shine))*0x0001_0001_0001
		}
		w, u, v, lit, shine = w+dw, u+du, v+dv, lit+dlit, shine+dshine
	}
}
