package demo

import (
	"image"
	"math"
	"math/rand/v2"
	"sync"
)

// A sensor turns light into frames. It has focus, gain, white balance and noise, like a camera's.
type sensor struct {
	width, height int
	state         uint64 // of xorshift: noise needs speed, not quality
	grain         [1024]int32
	falloff       []uint32 // share of the light that arrives at each pixel, of 4096
	scratch       []uint64
	frame         []byte
}

// newSensor returns a sensor for frames of this size. Its noise depends on the seed.
func newSensor(width, height int, seed uint64) *sensor {
	n := width * height
	s := &sensor{width: width, height: height, state: seed | 1, falloff: make([]uint32, n),
		scratch: make([]uint64, n), frame: make([]byte, n+n/2)}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range s.grain {
		s.grain[i] = int32(math.Round(r.NormFloat64() * 256))
	}
	for i := range s.falloff {
		x, y := float64(i%width)/float64(width)-0.5, float64(i/width)/float64(height)-0.5
		s.falloff[i] = uint32(4096 * (1 - 0.5*(x*x+y*y)))
	}
	return s
}

// An exposure is how one frame is taken.
type exposure struct {
	gain   float64
	warmth float64 // added to red's gain and subtracted from blue's
	noise  float64 // standard deviation in the dark, in levels of 255
	blur   int     // radius in pixels, when out of focus
}

// tone is the sensor's response to light, in steps of 1/subLevels: linear at first, then flatter
// and flatter, so that highlights are not clipped.
//
// It is worked out when the first frame is taken: most programs that link this package take none.
var tone = sync.OnceValue(func() *tones {
	const straight = 180.0
	table := new(tones)
	for i := range table {
		v := float64(i) / subLevels
		if v > straight {
			v = straight + (255-straight)*(1-math.Exp((straight-v)/(255-straight)))
		}
		table[i] = uint8(math.Round(v))
	}
	return table
})

type tones [4 * 256 * subLevels]uint8

// expose returns a frame in yuv420p. The light is in colour lanes of at most maxLight, and is
// changed by the blur. Width and height are even. The bytes are valid until the next call.
func (s *sensor) expose(light []uint64, e exposure) []byte {
	if e.blur > 0 {
		blur(light, s.scratch, s.width, s.height, e.blur)
		blur(light, s.scratch, s.width, s.height, e.blur)
	}
	gains := [3]uint64{uint64(4096 * e.gain * (1 + e.warmth)), uint64(4096 * e.gain),
		uint64(4096 * e.gain * (1 - e.warmth))}
	strength, response := strengths(e.noise), tone()
	n := s.width * s.height
	luma, blue, red := s.frame[:n], s.frame[n:n+n/4], s.frame[n+n/4:]
	for y := 0; y < s.height; y += 2 {
		for x := 0; x < s.width; x += 2 {
			noise := s.next()
			u, v := int32(0), int32(0)
			at := y*s.width + x
			for _, at := range [4]int{at, at + 1, at + s.width, at + s.width + 1} {
				r, g, b := develop(light[at], uint64(s.falloff[at]), &gains, response)
				l := (66*r+129*g+25*b+128)>>8 + 16
				luma[at] = byte(min(max(l+(s.grain[noise&1023]*strength[l&255]+1<<11)>>12, 0), 255))
				u, v = u-38*r-74*g+112*b, v+112*r-94*g-18*b
				noise >>= 10
			}
			at = y/2*(s.width/2) + x/2
			blue[at] = byte(min(max(u>>10+128+(s.grain[noise&1023]*strength[128]+1<<12)>>13, 0),
				255))
			red[at] = byte(min(max(v>>10+128+(s.grain[noise>>10&1023]*strength[128]+1<<12)>>13, 0),
				255))
		}
	}
	return s.frame
}

// develop returns a pixel's red, green and blue, from 0 to 255.
func develop(c, fall uint64, gains *[3]uint64, response *tones) (r, g, b int32) {
	at := func(lane, gain uint64) int32 {
		return int32(response[min(lane&0xffff*fall>>12*gain>>12, uint64(len(response)-1))])
	}
	return at(c>>32, gains[0]), at(c>>16, gains[1]), at(c, gains[2])
}

// strengths returns the strength of the noise for each luma, in 16ths: noise is less visible in
// bright areas.
func strengths(noise float64) (table [256]int32) {
	for i := range table {
		table[i] = int32(16 * noise * (1 - 0.7*float64(i)/255))
	}
	return table
}

// next returns the next number of xorshift.
func (s *sensor) next() uint64 {
	s.state ^= s.state << 13
	s.state ^= s.state >> 7
	s.state ^= s.state << 17
	return s.state
}

// maxBlur is the largest radius for which the sum over a line's pixels fits a lane.
const maxBlur = 5

// blur replaces each pixel by the mean of the square around it, in place.
func blur(light, spare []uint64, width, height, radius int) {
	radius = min(radius, maxBlur)
	for y := range height {
		means(light[y*width:], spare[y*width:], width, 1, radius)
	}
	for x := range width {
		means(spare[x:], light[x:], height, width, radius)
	}
}

// means takes the mean of each pixel's neighbours on a line. The sum is carried along, so its cost
// does not depend on the radius.
func means(from, to []uint64, count, stride, radius int) {
	at := func(i int) uint64 { return from[min(max(i, 0), count-1)*stride] }
	part := uint64(1<<16/(2*radius+1)) + 1 // of 1<<16, since dividing each lane would dominate
	var sum uint64
	for i := -radius; i <= radius; i++ {
		sum += at(i)
	}
	for i := range count {
		red, green, blue := sum>>32&0xffff, sum>>16&0xffff, sum&0xffff
		to[i*stride] = red*part>>16<<32 | green*part>>16<<16 | blue*part>>16
		sum += at(i+radius+1) - at(i-radius)
	}
}

// soften blurs a picture three times by a radius, which is close to a Gaussian blur.
func soften(m *image.RGBA, radius int) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	light, spare := make([]uint64, w*h), make([]uint64, w*h)
	for i := range light {
		p := m.Pix[i*4:]
		light[i] = (uint64(p[0])<<32 | uint64(p[1])<<16 | uint64(p[2])) * subLevels
	}
	for range 3 {
		blur(light, spare, w, h, radius)
	}
	for i, c := range light {
		p := m.Pix[i*4:]
		p[0], p[1], p[2] = byte((c>>32&0xffff)/subLevels), byte((c>>16&0xffff)/subLevels),
			byte((c&0xffff)/subLevels)
	}
}
