package demo

import (
	"image/color"
	"math"
)

// A design is a product: its label, what is printed on it, and how it is folded.
type design struct {
	label      string
	inks       [3]uint32 // the ground's colour, a second one, and that of what is written
	words      [3]string // name, kind, small print
	printFront func(c canvas, d *design)
	shape      func(f faces, size vec) body
	size       vec     // width, height and depth
	edge       float64 // how deep it is where a hand holds it
}

// Twins stand side by side: crisps differ in colour alone; tea, muesli and milk in small print alone.
var designs = [...]design{
	{"CRISPS_RED", [3]uint32{0xc8202a, 0xf7c531, 0xffffff}, [3]string{"KRISPA", "crisps", "salted 150 g"}, printCrisps, bag, vec{0.74, 1, 0.34}, 0.2},
	{"CRISPS_GREEN", [3]uint32{0x2f8f3a, 0xf7c531, 0xffffff}, [3]string{"KRISPA", "crisps", "salted 150 g"}, printCrisps, bag, vec{0.74, 1, 0.34}, 0.2},
	{"TEA_LEMON", [3]uint32{0x2a63b8, 0xf2ead8, 0x1c2a44}, [3]string{"Lindon", "fine tea", "LEMON"}, printTea, box, vec{0.78, 0.9, 0.36}, 0.36},
	{"TEA_FIG", [3]uint32{0x2a63b8, 0xf2ead8, 0x1c2a44}, [3]string{"Lindon", "fine tea", "fig"}, printTea, box, vec{0.78, 0.9, 0.36}, 0.36},
	{"MUESLI_HONEY", [3]uint32{0xf0c64a, 0x7a4a1e, 0xfffaf0}, [3]string{"Morgen", "crunchy muesli", "with honey"}, printMuesli, box, vec{0.68, 1, 0.22}, 0.22},
	{"MUESLI_NUTS", [3]uint32{0xf0c64a, 0x7a4a1e, 0xfffaf0}, [3]string{"Morgen", "crunchy muesli", "nuts"}, printMuesli, box, vec{0.68, 1, 0.22}, 0.22},
	{"MILK_LIGHT", [3]uint32{0xf4f7fa, 0x1f6fb5, 0x16324f}, [3]string{"Alm", "fresh milk", "0 %"}, printMilk, carton, vec{0.48, 1, 0.46}, 0.46},
	{"MILK_WHOLE", [3]uint32{0xf4f7fa, 0x1f6fb5, 0x16324f}, [3]string{"Alm", "fresh milk", "WHOLE"}, printMilk, carton, vec{0.48, 1, 0.46}, 0.46},
	{"COFFEE", [3]uint32{0x2b1d18, 0xd98a2b, 0xf6e7cf}, [3]string{"BRUNO", "coffee beans", "dark roast 500 g"}, printCoffee, bag, vec{0.6, 1, 0.36}, 0.22},
	{"BISCUITS", [3]uint32{0x1b8f9a, 0xe9b872, 0xffffff}, [3]string{"Petit", "butter biscuits", "12 pieces"}, printBiscuits, box, vec{0.84, 0.7, 0.26}, 0.26},
}

// What a front measures, in pixels.
const frontWidth, frontHeight = 384, 512

// build prints a design and folds it.
func (d *design) build() body {
	front := newCanvas(frontWidth, frontHeight, rgb(d.inks[0]))
	d.printFront(front, d)
	return d.shape(faces{newTexture(front.RGBA), newTexture(d.side().RGBA), newTexture(d.top().RGBA)}, d.size)
}

// side is the face that nobody reads: a table, lines and a bar code.
func (d *design) side() canvas {
	c := newCanvas(192, 512, blend(rgb(d.inks[0]), rgb(d.inks[1]), 0.12))
	c.write(bold, d.words[0], 96, 70, 44, 160, rgb(d.inks[2]))
	c.roundedRect(22, 100, 148, 190, 8, rgb(0xf4f2ec))
	for i := range 11 {
		w := 118 - 23*math.Abs(math.Sin(float64(i*i)))
		c.rect(34, 114+float64(i)*16, w, 6, rgb(0x6a6a66))
	}
	c.roundedRect(40, 420, 112, 66, 4, rgb(0xffffff))
	for i := range 22 {
		c.rect(50+float64(i)*4.2, 428, 1+2*math.Abs(math.Sin(float64(i*i*7))), 50, rgb(0x101010))
	}
	return c
}

func (d *design) top() canvas {
	c := newCanvas(256, 128, rgb(d.inks[0]))
	c.rect(0, 104, 256, 12, rgb(d.inks[1]))
	c.write(bold, d.words[0], 128, 84, 60, 220, rgb(d.inks[2]))
	return c
}

// lighter and darker mix white and black into a colour.
func lighter(c color.RGBA, t float64) color.RGBA { return blend(c, rgb(0xffffff), t) }
func darker(c color.RGBA, t float64) color.RGBA  { return blend(c, rgb(0x000000), t) }
