package demo

import (
	"image/color"
	"math"
)

// What is printed on the fronts, each on a canvas of frontWidth and frontHeight.

// printCrisps and the functions below paint the front of a product, on a canvas of frontWidth by
// frontHeight.
func printCrisps(c canvas, d *design) {
	ground, gold, white := rgb(d.inks[0]), rgb(d.inks[1]), rgb(d.inks[2])
	c.gradient(0, 300, 384, 212, ground, darker(ground, 0.45))
	c.star(192, 150, 260, 130, 18, lighter(ground, 0.14))
	c.ellipse(192, 150, 160, 76, gold)
	c.ellipse(192, 150, 148, 66, darker(ground, 0.25))
	c.write(slanted, d.words[0], 192, 176, 78, 270, white)
	c.write(regular, d.words[1], 192, 268, 46, 300, gold)
	for _, p := range []point{{90, 368}, {160, 350}, {232, 366}, {300, 352}, {124, 412}, {196, 404},
		{268, 414}} {
		c.ellipse(p.x, p.y, 46, 30, blend(gold, rgb(0x7a4a10), 0.4))
		c.ellipse(p.x-2, p.y-4, 42, 26, lighter(gold, 0.2))
		c.ellipse(p.x-10, p.y-9, 16, 7, lighter(gold, 0.6))
	}
	c.write(regular, d.words[2], 192, 470, 24, 300, white)
	seals(c, lighter(ground, 0.3))
}

// seals paints the pressed ends of a bag.
func seals(c canvas, ink color.RGBA) {
	for i := range 7 {
		c.rect(0, 2+float64(i)*4.4, 384, 2, ink)
		c.rect(0, 508-float64(i)*4.4, 384, 2, ink)
	}
}

// printTea paints a cup of tea. The variety is in a large field, so that it is the only difference.
func printTea(c canvas, d *design) {
	ground, cream, dark := rgb(d.inks[0]), rgb(d.inks[1]), rgb(d.inks[2])
	c.rect(24, 24, 336, 464, cream)
	c.rect(34, 34, 316, 444, ground)
	c.write(bold, d.words[0], 192, 106, 76, 290, cream)
	c.roundedRect(52, 128, 280, 92, 18, cream)
	c.write(bold, d.words[2], 192, 201, 76, 258, dark)
	c.ellipse(192, 348, 122, 104, cream)
	c.ellipse(192, 418, 76, 11, blend(ground, cream, 0.5))
	c.ellipse(248, 374, 26, 22, ground)
	c.ellipse(248, 374, 14, 11, cream)
	c.polygon(ground, point{136, 352}, point{248, 352}, point{242, 384}, point{224, 414},
		point{160, 414}, point{142, 384})
	c.ellipse(192, 352, 56, 13, dark)
	for i := range 3 {
		steam(c, 166+float64(i)*26, 332, blend(ground, cream, 0.45))
	}
	c.write(regular, d.words[1], 84, 468, 30, 90, cream)
	c.write(regular, "20 bags", 300, 468, 30, 90, cream)
}

// steam paints a wave of steam that rises from a point.
func steam(c canvas, x, y float64, ink color.RGBA) {
	var left, right []point
	for i := range 13 {
		t := float64(i) / 12
		mid, half := x+7*math.Sin(t*7), 4.5*math.Sin(math.Pi*min(t+0.1, 1))
		left, right = append(left, point{mid - half, y - 60*t}),
			append([]point{{mid + half, y - 70*t}}, right...)
	}
	c.polygon(ink, append(left, right...)...)
}

// printMuesli paints a bowl of flakes below the variety.
func printMuesli(c canvas, d *design) {
	ground, brown, white := rgb(d.inks[0]), rgb(d.inks[1]), rgb(d.inks[2])
	c.gradient(0, 0, 384, 300, lighter(ground, 0.45), ground)
	c.star(192, 140, 186, 150, 24, lighter(ground, 0.6))
	c.write(slanted, d.words[0], 192, 120, 92, 340, brown)
	c.write(bold, d.words[1], 192, 168, 36, 330, rgb(0xb4372a))
	c.roundedRect(40, 200, 304, 96, 22, brown)
	c.write(bold, d.words[2], 192, 270, 72, 272, white)
	c.ellipse(192, 474, 110, 14, darker(ground, 0.3))
	c.ellipse(192, 420, 150, 66, rgb(0x8fabc6))
	c.ellipse(192, 396, 150, 64, rgb(0xc3d4e4))
	c.ellipse(192, 394, 138, 55, rgb(0xf5f2ea))
	for i := range 60 {
		s, co := math.Sincos(float64(i) * 2.4)
		r := math.Sqrt(float64(i) / 60)
		flake := blend(rgb(0xe0ac58), brown, math.Abs(math.Sin(float64(i*i))))
		x, y := 192+118*r*co, 392+42*r*s
		c.ellipse(x, y+2, 12, 8, darker(flake, 0.3))
		c.ellipse(x, y, 11, 7, flake)
	}
}

// printMilk paints mountains and a meadow above the kind of milk.
func printMilk(c canvas, d *design) {
	white, blue, dark := rgb(0xffffff), rgb(d.inks[1]), rgb(d.inks[2])
	c.gradient(0, 0, 384, 200, rgb(0xa9d0ee), rgb(d.inks[0]))
	mountain(c, 112, 30, 118)
	mountain(c, 282, 56, 120)
	c.polygon(rgb(0x5aa64a), point{0, 204}, point{0, 180}, point{60, 160}, point{130, 154},
		point{260, 176}, point{384, 146}, point{384, 204})
	c.rect(0, 200, 384, 12, blue)
	c.write(slanted, d.words[0], 192, 306, 112, 320, blue)
	c.roundedRect(40, 330, 304, 96, 20, blue)
	c.write(bold, d.words[2], 192, 406, 80, 276, white)
	c.write(regular, d.words[1], 192, 474, 46, 320, dark)
}

// mountain paints a mountain with its peak at x, y, snow on it, and that half width at its foot.
func mountain(c canvas, x, y, half float64) {
	const foot = 194
	down := func(t float64) float64 { return y + (foot-y)*t }
	c.polygon(rgb(0x86add0), point{x, y}, point{x + half, foot}, point{x - half, foot})
	c.polygon(rgb(0x6d97bd), point{x, y}, point{x + half, foot}, point{x + half*0.15, foot},
		point{x - half*0.1, down(0.5)})
	c.polygon(rgb(0xffffff), point{x, y}, point{x + half*0.36, down(0.36)},
		point{x + half*0.14, down(0.27)},
		point{x, down(0.42)}, point{x - half*0.14, down(0.27)}, point{x - half*0.36, down(0.36)})
}

// printCoffee paints three beans on a band.
func printCoffee(c canvas, d *design) {
	ground, amber, cream := rgb(d.inks[0]), rgb(d.inks[1]), rgb(d.inks[2])
	c.gradient(0, 0, 384, 512, blend(ground, amber, 0.25), ground)
	c.rect(44, 92, 296, 330, cream)
	c.rect(54, 102, 276, 310, ground)
	c.rect(54, 226, 276, 118, amber)
	for i := range 3 {
		bean(c, 118+float64(i)*74, 285+8*float64(i%2), darker(ground, 0.2),
			blend(amber, ground, 0.5))
	}
	c.write(bold, d.words[0], 192, 192, 84, 244, amber)
	c.write(regular, d.words[1], 192, 390, 34, 250, cream)
	c.write(regular, d.words[2], 192, 456, 26, 290, cream)
	seals(c, blend(ground, cream, 0.25))
}

// bean paints a coffee bean with its crease.
func bean(c canvas, x, y float64, ink, crease color.RGBA) {
	c.ellipse(x, y, 34, 46, ink)
	var left, right []point
	for i := range 15 {
		t := float64(i) / 14
		mid := x + 9*math.Sin((t-0.5)*6)
		left, right = append(left, point{mid - 3, y + 84*(t-0.5)}),
			append([]point{{mid + 3, y + 84*(t-0.5)}}, right...)
	}
	c.polygon(crease, append(left, right...)...)
}

// printBiscuits paints biscuits on stripes.
func printBiscuits(c canvas, d *design) {
	ground, butter, white := rgb(d.inks[0]), rgb(d.inks[1]), rgb(d.inks[2])
	for i := range 10 {
		x := float64(i)*64 - 220
		c.polygon(lighter(ground, 0.13), point{x, 0}, point{x + 32, 0}, point{x + 232, 512},
			point{x + 200, 512})
	}
	for _, p := range []point{{56, 270}, {200, 262}, {84, 378}, {228, 372}} {
		biscuit(c, p.x, p.y, butter)
	}
	c.roundedRect(20, 40, 344, 180, 60, darker(ground, 0.35))
	c.roundedRect(20, 34, 344, 180, 60, white)
	c.write(slanted, d.words[0], 192, 142, 120, 300, ground)
	c.write(regular, d.words[1], 192, 190, 38, 290, rgb(0x8a5a20))
	c.write(regular, d.words[2], 192, 500, 26, 280, white)
}

// biscuit paints a biscuit with its upper left corner at x, y.
func biscuit(c canvas, x, y float64, butter color.RGBA) {
	rim := blend(butter, rgb(0x6a3a10), 0.45)
	c.roundedRect(x+4, y+8, 128, 92, 16, darker(rim, 0.5))
	for i := range 5 {
		c.ellipse(x+12+float64(i)*26, y+5, 14, 9, rim)
		c.ellipse(x+12+float64(i)*26, y+87, 14, 9, rim)
	}
	c.roundedRect(x, y, 128, 92, 16, rim)
	c.roundedRect(x+6, y+5, 116, 82, 12, butter)
	for k := range 12 {
		c.ellipse(x+24+float64(k%4)*27, y+22+float64(k/4)*24, 4, 4,
			blend(butter, rgb(0x6a3a10), 0.6))
	}
}
