//go:build native

package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"
)

// drawn returns a picture of coarse patches with fine ones on them, each drawn from a seed of its
// own, so that two pictures can have either in common.
func drawn(coarse, fine uint64) Picture {
	p := Picture{320, 240, make([]byte, 3*320*240)}
	patches := func(seed uint64, count, least, most int, strength float64) {
		r := rand.New(rand.NewPCG(seed, 1))
		for range count {
			w, h := least+r.IntN(most-least), least+r.IntN(most-least)
			x0, y0 := r.IntN(p.Width), r.IntN(p.Height)
			colour := [3]float64{r.Float64() * 255, r.Float64() * 255, r.Float64() * 255}
			for y := y0; y < min(y0+h, p.Height); y++ {
				for x := x0; x < min(x0+w, p.Width); x++ {
					for c := range 3 {
						at := &p.RGB[3*(y*p.Width+x)+c]
						*at = byte((1-strength)*float64(*at) + strength*colour[c])
					}
				}
			}
		}
	}
	patches(coarse, 60, 50, 120, 1)
	patches(fine, 400, 4, 16, .4)
	return p
}

// seen returns a cut of a picture as a JPEG, in other light.
func seen(t *testing.T, p Picture, c Cut, width, height int) []byte {
	t.Helper()
	rgb := make([]byte, 3*width*height)
	c.Light = Light{1, 1, 1, [3]float64{1, 1, 1}}
	if err := (Preparation{Width: width, Height: height}).Cut(p, c, rgb); err != nil {
		t.Fatal(err)
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			at := rgb[3*(y*width+x):]
			m.Set(x, y, color.RGBA{at[0]/2 + 60, at[1]/2 + 60, at[2]/3 + 60, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 70}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A picture is found in the scene that it was cut out of, turned and in other light, and in no
// other scene, however much that has in common with it.
func TestBest(t *testing.T) {
	whole := Cut{Area: 1, Shape: 4. / 3}
	var scenes []*Scene
	for _, seeds := range [][2]uint64{{1, 2}, {3, 4}, {5, 6}} {
		s, err := NewScene(seen(t, drawn(seeds[0], seeds[1]), whole, 320, 240))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		scenes = append(scenes, s)
	}
	for name, c := range map[string]struct {
		picture       Picture
		cut           Cut
		width, height int
		same          bool
	}{
		"upright": {drawn(3, 4), Cut{Area: .5, Shape: .62, X: .4, Y: .5, Turn: 7}, 106, 170, true},
		"wide": {drawn(3, 4), Cut{Area: .8, Shape: 1.34, X: .5, Y: .2, Turn: -9}, 142, 106,
			true},
		"whole":   {drawn(3, 4), whole, 400, 300, true},
		"details": {drawn(3, 9), Cut{Area: .6, Shape: 1.34, X: .5, Y: .5}, 142, 106, false},
		"other":   {drawn(7, 8), Cut{Area: .6, Shape: 1.34, X: .5, Y: .5}, 142, 106, false},
		"narrow":  {drawn(3, 4), Cut{Area: .05, Shape: .05, X: .5}, 8, 160, false},
		"even":    {Picture{8, 8, make([]byte, 3*8*8)}, Cut{Area: 1, Shape: 1}, 100, 100, false},
		"mirrored": {drawn(3, 4), Cut{Area: .8, Shape: 1.34, X: .5, Y: .2, Mirror: true}, 142, 106,
			false},
	} {
		p, err := NewPart(seen(t, c.picture, c.cut, c.width, c.height))
		if err != nil {
			t.Fatal(err)
		}
		found, like, err := p.Best(scenes, 0)
		p.Close()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: scene %d, %+v", name, found, like)
		if same := found == 1 && like.Grey > .9 && like.Detail > .75; same != c.same {
			t.Errorf("%s: scene %d, %+v", name, found, like)
		}
	}
}

// What is no picture is an error.
func TestMatchDamaged(t *testing.T) {
	if s, err := NewScene([]byte("no JPEG")); err == nil {
		s.Close()
		t.Error("a scene of no picture")
	}
	if p, err := NewPart([]byte("no JPEG")); err == nil {
		p.Close()
		t.Error("a part of no picture")
	}
}
