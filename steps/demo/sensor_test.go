package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// greys is light of one strength, of 255.
func greys(n int, strength uint64) []uint64 {
	return slices.Repeat([]uint64{strength * subLevels * 0x0001_0001_0001}, n)
}

func TestExposure(t *testing.T) {
	s := newSensor(32, 32, 1)
	for i := range s.falloff {
		s.falloff[i] = 4096
	}
	// Video's black is 16, its white 235; colourless is 128.
	for _, c := range []struct {
		light uint64
		gain  float64
		luma  byte
	}{{0, 1, 16}, {100, 1, 102}, {50, 2, 102}, {300, 1, 222}, {368, 2, 235}} {
		frame := s.expose(greys(32*32, c.light), exposure{gain: c.gain})
		if got := frame[500]; got != c.luma {
			t.Errorf("light of %d with gain %g has luma %d, want %d", c.light, c.gain, got, c.luma)
		}
		for _, v := range frame[32*32:] {
			if v < 127 || v > 129 {
				t.Fatalf("grey light has colour %d", v)
			}
		}
	}
	warm := s.expose(greys(32*32, 100), exposure{gain: 1, warmth: 0.1})
	if blue, red := warm[32*32], warm[32*32+16*16]; blue >= 127 || red <= 129 {
		t.Errorf("warm grey has blue %d and red %d", blue, red)
	}
}

func TestNoise(t *testing.T) {
	s := newSensor(200, 200, 1)
	for i := range s.falloff {
		s.falloff[i] = 4096
	}
	// Below 0 nothing is cut off: black is 16.
	frame := s.expose(greys(200*200, 0), exposure{gain: 1, noise: 3})
	sum, squares := 0.0, 0.0
	for _, v := range frame[:200*200] {
		sum, squares = sum+float64(v)-16, squares+(float64(v)-16)*(float64(v)-16)
	}
	mean, deviation := sum/40000, math.Sqrt(squares/40000)
	if math.Abs(mean) > 0.6 || math.Abs(deviation-3) > 0.4 {
		t.Errorf("noise of 3 has mean %.2f and deviation %.2f", mean, deviation)
	}
}

func TestBlurKeepsTheLight(t *testing.T) {
	const width, height = 40, 30
	light, spare := greys(width*height, 0), make([]uint64, width*height)
	light[15*width+20] = 255 * subLevels * 0x0001_0001_0001
	blur(light, spare, width, height, 2)
	for _, at := range []int{15*width + 20, 13*width + 18, 17*width + 22} {
		if got := light[at] & 0xffff; got < 255*subLevels/25-3 || got > 255*subLevels/25+3 {
			t.Errorf("a pixel of the square has %d", got)
		}
	}
	if light[15*width+23] != 0 || light[18*width+20] != 0 {
		t.Error("light went beyond the radius")
	}
}

// At the brightest and the widest, no lane's sum may run into the next.
func TestBlurOfTheBrightest(t *testing.T) {
	const width, height = 30, 30
	r := rand.New(rand.NewPCG(1, 1))
	light, spare := make([]uint64, width*height), make([]uint64, width*height)
	for i := range light {
		light[i] = maxLight<<32 | uint64(r.IntN(2))<<16 | maxLight
	}
	blur(light, spare, width, height, maxBlur+3)
	for i, c := range light {
		if red, green, blue := c>>32, c>>16&0xffff, c&0xffff; red > maxLight || red < maxLight-8 ||
			green > 1 || blue > maxLight || blue < maxLight-8 {
			t.Fatalf("pixel %d is %d %d %d", i, red, green, blue)
		}
	}
}
