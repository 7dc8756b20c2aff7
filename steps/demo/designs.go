package demo

import (
	"image/color"
	"math"
)

// A design is a product: its label, what is printed on it, and its shape.
type design struct {
	label      string
	inks       [3]uint32 // background, accent and text
	words      [3]string // name, kind, small print
	printFront func(c canvas, d *design)
	shape      func(f faces, size vec) body
	size       vec     // width, height and depth
	edge       float64 // depth where a hand holds it
}

// designs are all products. Neighbours are hard to tell apart: the crisps differ in colour only;
// tea, muesli and milk in small print only.
var designs = [...]design{
	{
		label: "CRISPS_RED", words: [3]string{"KRISPA", "crisps", "salted 150 g"},
		inks: [3]uint32{0xc8202a, 0xf7c531, 0xffffff}, printFront: printCrisps,
		shape: bag, size: vec{0.74, 1, 0.34}, edge: 0.2,
	},
	{
		label: "CRISPS_GREEN", words: [3]string{"KRISPA", "crisps", "salted 150 g"},
		inks: [3]uint32{0x2f8f3a, 0xf7c531, 0xffffff}, printFront: printCrisps,
		shape: bag, size: vec{0.74, 1, 0.34}, edge: 0.2,
	},
	{
		label: "TEA_LEMON", words: [3]string{"Lindon", "fine tea", "LEMON"},
		inks: [3]uint32{0x2a63b8, 0xf2ead8, 0x1c2a44}, printFront: printTea,
		shape: box, size: vec{0.78, 0.9, 0.36}, edge: 0.36,
	},
	{
		label: "TEA_FIG", words: [3]string{"Lindon", "fine tea", "fig"},
		inks: [3]uint32{0x2a63b8, 0xf2ead8, 0x1c2a44}, printFront: printTea,
		shape: box, size: vec{0.78, 0.9, 0.36}, edge: 0.36,
	},
	{
		label: "MUESLI_HONEY", words: [3]string{"Morgen", "crunchy muesli", "with honey"},
		inks: [3]uint32{0xf0c64a, 0x7a4a1e, 0xfffaf0}, printFront: printMuesli,
		shape: box, size: vec{0.68, 1, 0.22}, edge: 0.22,
	},
	{
		label: "MUESLI_NUTS", words: [3]string{"Morgen", "crunchy muesli", "nuts"},
		inks: [3]uint32{0xf0c64a, 0x7a4a1e, 0xfffaf0}, printFront: printMuesli,
		shape: box, size: vec{0.68, 1, 0.22}, edge: 0.22,
	},
	{
		label: "MILK_LIGHT", words: [3]string{"Alm", "fresh milk", "0 %"},
		inks: [3]uint32{0xf4f7fa, 0x1f6fb5, 0x16324f}, printFront: printMilk,
		shape: carton, size: vec{0.48, 1, 0.46}, edge: 0.46,
	},
	{
		label: "MILK_WHOLE", words: [3]string{"Alm", "fresh milk", "WHOLE"},
		inks: [3]uint32{0xf4f7fa, 0x1f6fb5, 0x16324f}, printFront: printMilk,
		shape: carton, size: vec{0.48, 1, 0.46}, edge: 0.46,
	},
	{
		label: "COFFEE", words: [3]string{"BRUNO", "coffee beans", "dark roast 500 g"},
		inks: [3]uint32{0x2b1d18, 0xd98a2b, 0xf6e7cf}, printFront: printCoffee,
		shape: bag, size: vec{0.6, 1, 0.36}, edge: 0.22,
	},
	{
		label: "BISCUITS", words: [3]string{"Petit", "butter biscuits", "12 pieces"},
		inks: [3]uint32{0x1b8f9a, 0xe9b872, 0xffffff}, printFront: printBiscuits,
		shape: box, size: vec{0.84, 0.7, 0.26}, edge: 0.26,
	},
}

// The size of a printed front, in pixels.
const frontWidth, frontHeight = 384, 512

// build prints a design and folds it to a body.
func (d *design) build() body {
	front := newCanvas(frontWidth, frontHeight, rgb(d.inks[0]))
	d.printFront(front, d)
	return d.shape(faces{newTexture(front.RGBA), newTexture(d.side().RGBA),
		newTexture(d.top().RGBA)}, d.size)
}

// side prints the side of a product: a table, lines of text and a bar code.
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

// top prints the top of a product.
func (d *design) top() canvas {
	c := newCanvas(256, 128, rgb(d.inks[0]))
	c.rect(0, 104, 256, 12, rgb(d.inks[1]))
	c.write(bold, d.words[0], 128, 84, 60, 220, rgb(d.inks[2]))
	return c
}

// lighter mixes white into a colour.
func lighter(c color.RGBA, t float64) color.RGBA { return blend(c, rgb(0xffffff), t) }

// darker mixes black into a colour.
func darker(c color.RGBA, t float64) color.RGBA { return blend(c, rgb(0x000000), t) }
