//go:build native

package vision

import "testing"

// ramp returns a picture whose red is the column and whose green is the row.
func ramp(width, height int) Picture {
	p := Picture{width, height, make([]byte, 3*width*height)}
	for y := range height {
		for x := range width {
			p.RGB[3*(y*width+x)], p.RGB[3*(y*width+x)+1] = byte(x), byte(y)
		}
	}
	return p
}

// A cut of the whole picture has all of it, and a quarter of it at the right and the bottom ends
// there.
func TestCut(t *testing.T) {
	p, picture := Preparation{Height: 50, Width: 100}, ramp(200, 100)
	out := make([]byte, 3*50*100)
	at := func(x, y int) [2]int { i := 3 * (y*100 + x); return [2]int{int(out[i]), int(out[i+1])} }
	near := func(a, b [2]int) bool {
		return max(a[0]-b[0], b[0]-a[0]) <= 2 && max(a[1]-b[1], b[1]-a[1]) <= 2
	}
	for name, c := range map[string]struct {
		cut         Cut
		first, last [2]int
	}{
		"the whole":   {Cut{Area: 1, Shape: 2}, [2]int{0, 0}, [2]int{199, 99}},
		"a quarter":   {Cut{Area: 0.25, Shape: 2, X: 1, Y: 1}, [2]int{100, 50}, [2]int{199, 99}},
		"mirrored":    {Cut{Area: 1, Shape: 2, Mirror: true}, [2]int{199, 0}, [2]int{0, 99}},
		"turned over": {Cut{Area: 1, Shape: 2, Turn: 180}, [2]int{199, 99}, [2]int{0, 0}},
		"too wide":    {Cut{Area: 1, Shape: 8}, [2]int{0, 0}, [2]int{199, 49}},
	} {
		c.cut.Light = Light{1, 1, 1, [3]float64{1, 1, 1}}
		before := string(picture.RGB)
		if err := p.Cut(picture, c.cut, out); err != nil {
			t.Fatal(err)
		}
		if !near(at(0, 0), c.first) || !near(at(99, 49), c.last) {
			t.Errorf("%s: from %v to %v, want %v to %v", name, at(0, 0), at(99, 49), c.first, c.last)
		}
		if string(picture.RGB) != before {
			t.Errorf("%s: the picture has changed", name)
		}
	}
}

// A cut does not fit a picture that is lower than it.
func TestFits(t *testing.T) {
	for c, want := range map[Cut]bool{
		{Area: 1, Shape: 2}: true, {Area: 0.9, Shape: 1}: false, {Area: 0.5, Shape: 1}: true,
	} {
		if c.Fits(200, 100) != want {
			t.Errorf("%+v fits: %v", c, !want)
		}
	}
}

func TestLight(t *testing.T) {
	for name, c := range map[string]struct {
		light Light
		want  [6]byte
	}{
		"as it is":   {Light{1, 1, 1, [3]float64{1, 1, 1}}, [6]byte{100, 50, 0, 200, 250, 240}},
		"darker":     {Light{0.5, 1, 1, [3]float64{1, 1, 1}}, [6]byte{50, 25, 0, 100, 125, 120}},
		"flat":       {Light{1, 0, 1, [3]float64{1, 1, 1}}, [6]byte{140, 140, 140, 140, 140, 140}},
		"grey":       {Light{1, 1, 0, [3]float64{1, 1, 1}}, [6]byte{59, 59, 59, 234, 234, 234}},
		"red lamp":   {Light{1, 1, 1, [3]float64{1.1, 1, 1}}, [6]byte{110, 50, 0, 220, 250, 240}},
		"too bright": {Light{2, 1, 1, [3]float64{1, 1, 1}}, [6]byte{200, 100, 0, 255, 255, 255}},
	} {
		rgb := []byte{100, 50, 0, 200, 250, 240}
		if c.light.apply(rgb); [6]byte(rgb) != c.want {
			t.Errorf("%s: %v, want %v", name, rgb, c.want)
		}
	}
}

func TestEnlarged(t *testing.T) {
	for p, want := range map[Preparation]Preparation{
		{Height: 10, Width: 20}:                       {Height: 15, Width: 30},
		{Resize: 30, Long: 41, Height: 10, Width: 20}: {Resize: 45, Long: 62, Height: 10, Width: 20},
	} {
		if got := p.Enlarged(1.5); got != want {
			t.Errorf("%+v becomes %+v, want %+v", p, got, want)
		}
	}
}
