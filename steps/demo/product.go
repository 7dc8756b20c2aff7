package demo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// newRand returns a video's own random numbers, so that no video depends on which others are drawn.
func newRand(seed int64, video string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(video))
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// uniform returns a random number from low to high.
func uniform(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }

// A sway is a smooth motion around a value: the sum of waves whose periods never coincide.
type sway struct {
	middle float64
	waves  [3]struct{ size, speed, phase float64 }
}

// newSway returns a sway that reaches about that far to either side, and takes about that many
// seconds back and forth.
func newSway(r *rand.Rand, middle, reach, seconds float64) sway {
	s := sway{middle: middle}
	for i := range s.waves {
		s.waves[i].size = reach * []float64{0.62, 0.34, 0.1}[i]
		s.waves[i].speed = 2 * math.Pi / seconds * []float64{1, 1.83, 4.4}[i] * uniform(r, 0.8, 1.2)
		s.waves[i].phase = uniform(r, 0, 2*math.Pi)
	}
	return s
}

// at returns the value at a time, in seconds.
func (s sway) at(t float64) float64 {
	v := s.middle
	for _, w := range s.waves {
		v += w.size * math.Sin(w.speed*t+w.phase)
	}
	return v
}

// shutter is the share of a frame's time during which it is exposed.
const shutter = 0.5

// shifts are the offsets, in pixels, at which each moment samples the picture.
var shifts = [moments][2]float64{{-0.125, -0.375}, {0.375, -0.125}, {-0.375, 0.125}, {0.125, 0.375}}

// A productScene shows a product that a hand turns in front of a camera, in one place after the
// other.
type productScene struct {
	format
	stage   *stage
	sensor  *sensor
	light   []uint64
	product body
	shots   []shot
}

// A shot is how a hand moves in one place.
type shot struct {
	*place
	hand                      body
	x, y, z, yaw, pitch, roll sway
	focus                     sway
}

// newProductScene visits all places in a random order: a product must not be recognisable by where
// it was filmed.
func newProductScene(seed int64, d *design, places []*place, f format) scene {
	r := newRand(seed, d.label)
	t := &productScene{format: f, stage: newStage(f.width, f.height),
		sensor: newSensor(f.width, f.height, r.Uint64()),
		light:  make([]uint64, f.width*f.height), product: d.build()}
	for _, i := range r.Perm(len(places)) {
		t.shots = append(t.shots, newShot(r, places[i], d))
	}
	return t
}

// newShot returns the motion of a hand that holds a design in a place.
func newShot(r *rand.Rand, p *place, d *design) shot {
	return shot{
		place: p, hand: newHand(r, p, d),
		x: newSway(r, 0, 0.2, 2.6), y: newSway(r, 0, 0.08, 2.1),
		z:     newSway(r, uniform(r, 1.55, 2), 0.38, 3.1),
		yaw:   newSway(r, uniform(r, -0.15, 0.15), 0.7, 2.9),
		pitch: newSway(r, uniform(r, -0.1, 0.1), 0.28, 2.3),
		roll:  newSway(r, uniform(r, -0.12, 0.12), 0.22, 3.3),
		focus: newSway(r, 0.2, 1.3, 2.3),
	}
}

// frame draws a frame. Each place gets an equal share of the frames.
func (t *productScene) frame(n int) []byte {
	k := &t.shots[min(n*len(t.shots)/t.frames, len(t.shots)-1)]
	now := float64(n) / float64(t.rate)
	t.stage.draw(k.room(), k.view(now), light{ambient: 1.1}, [2]float64{})
	t.stage.keepBackground()
	for i, shift := range shifts {
		at := now + shutter/float64(t.rate)*float64(i)/moments
		lamp := k.lamp(at)
		held := pose{vec{k.x.at(at), k.y.at(at), k.z.at(at)}, k.yaw.at(at), k.pitch.at(at),
			k.roll.at(at)}.transform()
		t.stage.draw(t.product, held, lamp, shift)
		t.stage.draw(k.hand, held, lamp, shift)
		t.stage.endMoment()
	}
	t.stage.readExposure(t.light)
	return t.sensor.expose(t.light,
		exposure{k.gain.at(now), k.warmth.at(now), k.noise, int(max(0, k.focus.at(now)))})
}

// newHand returns a hand that holds a product at its right or left edge: the thumb in front, the
// fingers behind, and their tips around the far edge if the product is narrow.
func newHand(r *rand.Rand, p *place, d *design) body {
	skin, sleeve := plainTexture(p.skin), plainTexture(p.sleeve)
	x, z := d.size.x/2, d.edge/2
	low := uniform(r, 0.02, 0.5*d.size.y-0.16)
	at := func(dx, y, z float64) vec { return vec{p.side * (x + dx), low + y, z} }
	hand := body{
		limb(skin, at(0.1, 0.12, 0.4*z), at(0.03, 0.03, -z-0.02), 0.075, 0.056),
		limb(skin, at(0.03, 0.03, -z-0.02), at(-0.1, -0.06, -z-0.045), 0.055, 0.042),
		limb(skin, at(0.08, -0.08, z+0.05), at(0.1, 0.16, z+0.04), 0.075, 0.09),
		limb(skin, at(0.13, 0.14, 0.6*z), at(0.19, 0.36, z), 0.12, 0.1),
		limb(skin, at(0.17, 0.3, z), at(0.32, 0.85, z+0.1), 0.1, 0.12),
		limb(sleeve, at(0.3, 0.72, z+0.1), at(0.62, 1.8, z+0.2), 0.16, 0.22),
	}
	hand = append(hand, limb(plainTexture(lighter(p.skin, 0.35)), at(-0.095, -0.058, -z-0.07),
		at(-0.11, -0.066, -z-0.066), 0.024, 0.024))
	for i := range 4 {
		y, reach := -0.13+0.095*float64(i), []float64{0.4, 0.44, 0.42, 0.35}[i]
		hand = append(hand, limb(skin, at(0.05, y, z+0.05), at(0.05-reach, y-0.03, z+0.06), 0.052,
			0.046))
		if over := reach - d.size.x; over > -0.14 {
			hand = append(hand, limb(skin, at(0.02-d.size.x-0.08, y-0.03, z+0.03),
				at(0.02-d.size.x-0.05, y-0.04, -z+0.02), 0.046, 0.04))
		}
	}
	return hand
}
