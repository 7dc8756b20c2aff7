package demo

import (
	"image/color"
	"math"
)

// A corner is a vertex of a mesh, with its normal and its place in the texture.
type corner struct {
	at, normal vec
	u, v       float64
}

// A mesh is a set of triangles with one texture. Seen from outside, a triangle's corners go
// clockwise.
type mesh struct {
	corners []corner
	facets  [][3]int
	skin    *texture
	gloss   float64 // 0: matt, like paper
}

// A body is a set of meshes that move together. It is never changed after it is made, so scenes may
// share it.
type body []mesh

// sheet returns a mesh over the unit square, in columns and rows. The function maps the square to
// space, and normals point outward where u goes right and v goes down. At the first and last row,
// where a surface may end in a point, the normal is taken a little inside.
func sheet(skin *texture, columns, rows int, at func(u, v float64) vec) mesh {
	const near = 1e-3
	m := mesh{skin: skin}
	for r := range rows + 1 {
		for c := range columns + 1 {
			u, v := float64(c)/float64(columns), float64(r)/float64(rows)
			inner := min(max(v, 2*near), 1-2*near)
			along := at(u+near, inner).sub(at(u-near, inner))
			down := at(u, inner+near).sub(at(u, inner-near))
			m.corners = append(m.corners, corner{at(u, v), down.cross(along).unit(), u, v})
			if c < columns && r < rows {
				a := r*(columns+1) + c
				b := a + columns + 1
				m.facets = append(m.facets, [3]int{a, a + 1, b + 1}, [3]int{a, b + 1, b})
			}
		}
	}
	return m
}

// panel returns a flat sheet from its upper left corner and the vectors along its upper and left
// edges.
func panel(skin *texture, from, along, down vec) mesh {
	return sheet(skin, 4, 4,
		func(u, v float64) vec { return from.add(along.times(u)).add(down.times(v)) })
}

// faces are the printed sides of a product.
type faces struct{ front, side, top *texture }

// box returns a cuboid around the origin.
func box(f faces, size vec) body {
	w, h, d := size.x, size.y, size.z
	x, y, z := w/2, h/2, d/2
	return body{
		panel(f.front, vec{-x, -y, -z}, vec{w, 0, 0}, vec{0, h, 0}),
		panel(f.front, vec{x, -y, z}, vec{-w, 0, 0}, vec{0, h, 0}),
		panel(f.side, vec{x, -y, -z}, vec{0, 0, d}, vec{0, h, 0}),
		panel(f.side, vec{-x, -y, z}, vec{0, 0, -d}, vec{0, h, 0}),
		panel(f.top, vec{-x, -y, z}, vec{w, 0, 0}, vec{0, 0, -d}),
		panel(f.top, vec{-x, y, -z}, vec{w, 0, 0}, vec{0, 0, d}),
	}
}

// bag returns a shiny pillow around the origin, with flat seals at the top and bottom.
func bag(f faces, size vec) body {
	half := func(sign float64) mesh {
		m := sheet(f.front, 14, 20, func(u, v float64) vec {
			return vec{sign * (u - 0.5) * size.x * waist(v), (v - 0.5) * size.y,
				-sign * size.z / 2 * bulge(u, v)}
		})
		m.gloss = 0.4
		return m
	}
	return body{half(1), half(-1)}
}

// bulge returns how far a bag's sides are apart at u, v, from 0 to 1: nothing at the seals, with
// creases that start there.
func bulge(u, v float64) float64 {
	const seal = 0.06
	t := (v - seal) / (1 - 2*seal)
	if t <= 0 || t >= 1 {
		return 0
	}
	crease := 1 - 0.12*math.Sin(9*math.Pi*u+2*v)*math.Pow(math.Abs(2*t-1), 2)
	upright := math.Pow(math.Sin(math.Pi*t), 0.6)
	across := math.Sqrt(max(0, 1-math.Pow(math.Abs(2*u-1), 2.6)))
	return crease * upright * across
}

// waist returns a bag's relative width at height v. Its middle is narrower, since the air inside
// draws the edges in.
func waist(v float64) float64 { return 1 - 0.08*math.Sin(math.Pi*min(max(v, 0), 1)) }

// carton returns a box with a gable, a seam and a cap.
func carton(f faces, size vec) body {
	const roof, seam = 0.17, 0.055
	size.y -= roof + seam
	x, y, z := size.x/2, -size.y/2, size.z/2
	white, blue := plainTexture(rgb(0xf2f5f8)), plainTexture(rgb(0x1f6fb5))
	b := append(box(f, size)[:4],
		panel(white, vec{-x, y - roof, 0}, vec{size.x, 0, 0}, vec{0, roof, -z}),
		panel(white, vec{x, y - roof, 0}, vec{-size.x, 0, 0}, vec{0, roof, z}),
		panel(white, vec{-x, y - roof - seam, 0}, vec{size.x, 0, 0}, vec{0, seam, 0}),
		panel(white, vec{x, y - roof - seam, 0}, vec{-size.x, 0, 0}, vec{0, seam, 0}),
		lid(blue, vec{0, y - roof*0.45, -z * 0.45}, vec{0, y - roof*0.85, -z * 0.75}, 0.075))
	for _, side := range []float64{1, -1} {
		b = append(b, sheet(white, 4, 4, func(u, v float64) vec {
			return vec{side * x * (0.75 + 0.25*v), y - roof*(1-v), side * (u - 0.5) * size.z * v}
		}))
	}
	return b.translated(vec{0, (roof + seam) / 2, 0})
}

// translated returns the body moved by a vector.
func (b body) translated(by vec) body {
	out := make(body, len(b))
	for i, m := range b {
		out[i] = m
		out[i].corners = nil
		for _, c := range m.corners {
			c.at = c.at.add(by)
			out[i].corners = append(out[i].corners, c)
		}
	}
	return out
}

// plainTexture returns a texture of one colour, slightly uneven.
func plainTexture(ink color.RGBA) *texture {
	c := newCanvas(16, 16, ink)
	for i := range 16 {
		c.rect(float64(i*5%16), float64(i), 4, 1, darker(ink, 0.06))
	}
	return newTexture(c.RGBA)
}

// limb returns a stick with round ends from a to b, with a radius at each end.
func limb(skin *texture, a, b vec, ra, rb float64) mesh {
	length := b.sub(a).length()
	return lathe(skin, a, b, 16, func(v float64) (along, radius float64) {
		switch {
		case v < 0.25:
			s, c := math.Sincos((1 - v/0.25) * math.Pi / 2)
			return -ra * s, ra * c
		case v > 0.75:
			s, c := math.Sincos((v - 0.75) / 0.25 * math.Pi / 2)
			return length + rb*s, rb * c
		}
		t := (v - 0.25) * 2
		return length * t, ra + (rb-ra)*t
	})
}

// lid returns a flat cylinder from a to b, which is open at a.
func lid(skin *texture, a, b vec, radius float64) mesh {
	height := b.sub(a).length()
	return lathe(skin, a, b, 10, func(v float64) (along, r float64) {
		if v <= 0.5 {
			return height * v / 0.5, radius
		}
		return height, radius * (1 - v) / 0.5
	})
}

// lathe returns the body of revolution around the axis from a to b. For each v, the profile returns
// the distance along the axis and the radius.
func lathe(
	skin *texture, a, b vec, rows int, profile func(v float64) (along, radius float64),
) mesh {
	axis := b.sub(a).unit()
	side := axis.cross(vec{0.3, 0.2, 1}).unit()
	other := axis.cross(side)
	return sheet(skin, 18, rows, func(u, v float64) vec {
		along, r := profile(v)
		s, c := math.Sincos(-2 * math.Pi * u)
		return a.add(axis.times(along)).add(side.times(r * c)).add(other.times(r * s))
	})
}
