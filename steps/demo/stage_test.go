package demo

import (
	"math"
	"testing"
)

// straight is a light that shows colours as they were painted.
var paintedLight = light{ambient: 1 / 0.75}

// facing is a body of one colour, across the picture, at that distance from the camera.
func facing(ink uint32, away float64, columns, rows int) body {
	return body{sheet(solidTexture(ink), columns, rows,
		func(u, v float64) vec { return vec{(u - 0.5) * 2 * away, (v - 0.5) * 2 * away, away} })}
}

func solidTexture(ink uint32) *texture { return newTexture(newCanvas(8, 8, rgb(ink)).RGBA) }

var here = pose{}.transform()

func exposed(s *stage) []uint64 {
	out := make([]uint64, s.width*s.height)
	s.readExposure(out)
	return out
}

// channels returns a pixel's red, green and blue, from 0 to 255.
func channels(c uint64) [3]uint64 {
	return [3]uint64{(c>>32&0xffff + subLevels/2) / subLevels,
		(c>>16&0xffff + subLevels/2) / subLevels, (c&0xffff + subLevels/2) / subLevels}
}

func TestSheetHasNoGaps(t *testing.T) {
	s := newStage(64, 48)
	for i := range moments {
		s.draw(facing(0xffffff, 3, 7, 5), pose{roll: 0.3}.transform(), paintedLight, shifts[i])
		s.endMoment()
	}
	for i, c := range s.sum {
		if c>>48 != moments {
			t.Fatalf("pixel %d,%d was drawn in %d of %d moments", i%s.width, i/s.width, c>>48,
				moments)
		}
	}
	for i, c := range exposed(s) {
		if got := channels(c); got != [3]uint64{255, 255, 255} {
			t.Fatalf("pixel %d is %v", i, got)
		}
	}
}

func TestNearerHides(t *testing.T) {
	near, far := facing(0x00ff00, 2, 1, 1), facing(0xff0000, 4, 1, 1)
	for _, order := range [][]body{{near, far}, {far, near}} {
		s := newStage(16, 12)
		for range moments {
			for _, b := range order {
				s.draw(b, here, paintedLight, [2]float64{})
			}
			s.endMoment()
		}
		if got := channels(exposed(s)[5*16+8]); got != [3]uint64{0, 255, 0} {
			t.Errorf("the middle is %v", got)
		}
	}
}

// What is seen in some moments only lets the back through in the others.
func TestMotionMixesWithTheBack(t *testing.T) {
	s := newStage(16, 12)
	s.draw(facing(0x0000ff, 4, 1, 1), here, paintedLight, [2]float64{})
	s.keepBackground()
	s.draw(facing(0xffffff, 2, 1, 1), here, paintedLight, [2]float64{})
	s.endMoment()
	for range moments - 1 {
		s.endMoment()
	}
	if got := channels(exposed(s)[5*16+8]); got != [3]uint64{64, 64, 255} {
		t.Errorf("a quarter of white before blue is %v", got)
	}
}

func TestTurnedAwayIsNotDrawn(t *testing.T) {
	s := newStage(16, 12)
	s.draw(facing(0xffffff, 2, 2, 2), pose{vec{0, 0, 4}, math.Pi, 0, 0}.transform(), paintedLight,
		[2]float64{})
	s.endMoment()
	for i, c := range s.sum {
		if c != 0 {
			t.Fatalf("pixel %d shows the back of a sheet", i)
		}
	}
}

// A sheet that leans away shows the middle of its texture nearer to its far end, as in a photo.
func TestPerspective(t *testing.T) {
	c := newCanvas(64, 64, rgb(0xffffff))
	c.rect(0, 32, 64, 32, rgb(0x000000))
	lean := body{sheet(newTexture(c.RGBA), 1, 1,
		func(u, v float64) vec { return vec{(u - 0.5) * 2, 0.5, 4 - 2*v} })}
	s := newStage(200, 200)
	s.draw(lean, here, paintedLight, [2]float64{})
	s.endMoment()
	first, last, edge := -1, -1, -1
	for y := range 200 {
		c := s.sum[y*200+100]
		if c == 0 {
			continue
		}
		if first < 0 {
			first = y
		}
		if edge < 0 && c>>32&0xffff < 128*subLevels {
			edge = y
		}
		last = y
	}
	// At z 4, 3 and 2 the height above the horizon is as 1/z: of the way from the far end to the
	// near one, a third.
	if got := float64(edge-first) / float64(last-first); math.Abs(got-1.0/3) > 0.05 {
		t.Errorf("the middle is at %.2f of the height, from line %d to %d", got, first, last)
	}
}

// Every body is closed: seen from any side, it has no holes.
func TestBodiesAreWhole(t *testing.T) {
	for i := range designs {
		b := designs[i].build()
		for _, yaw := range []float64{0, 0.6, -0.6} {
			for _, pitch := range []float64{0, 0.25, -0.25} {
				s := newStage(120, 120)
				s.draw(b, pose{vec{0, 0, 2}, yaw, pitch, 0}.transform(), paintedLight, [2]float64{})
				s.endMoment()
				if x, y, hole := holed(s); hole {
					t.Errorf("%s turned by %.1f and %.1f has a hole at %d,%d", designs[i].label,
						yaw, pitch, x, y)
				}
			}
		}
	}
}

// holed finds an empty pixel with something to its left, its right, above and below it close by.
func holed(s *stage) (x, y int, hole bool) {
	full := func(x, y int) bool { return s.sum[y*s.width+x] != 0 }
	for y := 2; y < s.height-2; y++ {
		for x := 2; x < s.width-2; x++ {
			if !full(x, y) && full(x-1, y) && full(x+1, y) && full(x, y-1) && full(x, y+1) {
				return x, y, true
			}
		}
	}
	return 0, 0, false
}

func TestTextureHalves(t *testing.T) {
	c := newCanvas(64, 32, rgb(0xff8000))
	tex := newTexture(c.RGBA)
	if len(tex.levels) != 4 {
		t.Fatalf("%d levels", len(tex.levels))
	}
	for _, l := range tex.levels {
		for _, texel := range l.texels {
			if texel != 0xff<<32|0x80<<16 {
				t.Fatalf("a texel of the level of width %d is %x", l.width, texel)
			}
		}
	}
	for texels, want := range map[float64]int{0.1: 64, 1: 64, 5: 32, 1000: 8} {
		if got := tex.level(texels).width; got != want {
			t.Errorf("for %g texels in a pixel the level is %d wide, want %d", texels, got, want)
		}
	}
}
