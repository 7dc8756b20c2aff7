package demo

import (
	"slices"
	"testing"
)

// front is what is printed on a design.
func front(d *design) canvas {
	c := newCanvas(frontWidth, frontHeight, rgb(d.inks[0]))
	d.printFront(c, d)
	return c
}

// twins returns the pairs of designs with the same print.
func twins() (pairs [][2]*design) {
	for i := 1; i < len(designs); i++ {
		if a, b := &designs[i-1], &designs[i]; a.words[0] == b.words[0] {
			pairs = append(pairs, [2]*design{a, b})
		}
	}
	return pairs
}

func TestTwinsDifferInOneThing(t *testing.T) {
	colour, small := 0, 0
	for _, p := range twins() {
		a, b := p[0], p[1]
		if a.size != b.size || a.edge != b.edge || a.words[1] != b.words[1] ||
			a.inks[1] != b.inks[1] || a.inks[2] != b.inks[2] {
			t.Errorf("%s and %s differ in more", a.label, b.label)
		}
		switch {
		case a.inks[0] != b.inks[0] && a.words == b.words:
			colour++
		case a.inks == b.inks && a.words[2] != b.words[2]:
			small++
			if share := changed(front(a), front(b)); share == 0 || share > 0.1 {
				t.Errorf("the small print of %s and %s is %.1f %% of the front", a.label, b.label,
					100*share)
			}
		default:
			t.Errorf("%s and %s differ in more than colour or small print", a.label, b.label)
		}
	}
	if colour == 0 || small == 0 {
		t.Errorf("%d pairs differ in colour and %d in small print", colour, small)
	}
}

// changed is the share of pixels that differ.
func changed(a, b canvas) float64 {
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if !slices.Equal(a.Pix[i:i+4], b.Pix[i:i+4]) {
			n++
		}
	}
	return float64(n) / float64(len(a.Pix)/4)
}

func TestLabelsAreNames(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range designs {
		if seen[d.label] {
			t.Errorf("%s is there twice", d.label)
		}
		seen[d.label] = true
	}
	for row, order := range shelfOrders {
		stood := slices.Sorted(slices.Values(order[:]))
		for i, k := range stood {
			if i != k {
				t.Errorf("design %d stands in row %d, where %d is expected", k, row, i)
			}
		}
	}
}

func TestWriteFits(t *testing.T) {
	c := newCanvas(400, 100, rgb(0))
	c.write(bold, "a rather long line", 200, 60, 60, 200, rgb(0xffffff))
	left, right := 400, 0
	for x := range 400 {
		for y := range 100 {
			if c.RGBAAt(x, y).R > 0 {
				left, right = min(left, x), max(right, x)
			}
		}
	}
	if left < 98 || right > 302 || right-left < 180 {
		t.Errorf("a line of at most 200 around 200 goes from %d to %d", left, right)
	}
	c.write(bold, "outside", -500, 60, 60, 0, rgb(0xffffff)) // must not panic
}

func TestRectCoversParts(t *testing.T) {
	c := newCanvas(4, 4, rgb(0))
	c.rect(0.5, 1, 2, 1, rgb(0xffffff))
	want := []uint8{128, 255, 128, 0}
	for x, w := range want {
		if got := c.RGBAAt(x, 1).R; got != w {
			t.Errorf("pixel %d is %d, want %d", x, got, w)
		}
	}
	if c.RGBAAt(1, 0).R != 0 || c.RGBAAt(1, 2).R != 0 {
		t.Error("lines above or below were touched")
	}
}
