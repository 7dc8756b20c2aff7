package demo

import "math"

// A vec is a point or a direction: x points right, y down, and z away from the camera, which is at
// the origin. A product is about 1 high.
type vec struct{ x, y, z float64 }

func (a vec) add(b vec) vec       { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec       { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(s float64) vec { return vec{a.x * s, a.y * s, a.z * s} }
func (a vec) dot(b vec) float64   { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) cross(b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}
func (a vec) length() float64 { return math.Sqrt(a.dot(a)) }

// unit returns the vector with length 1. A zero vector stays as it is.
func (a vec) unit() vec {
	if l := a.length(); l > 0 {
		return a.times(1 / l)
	}
	return a
}

// A pose is the position of a body and its rotation in radians: first roll, then pitch, then yaw.
type pose struct {
	at               vec
	yaw, pitch, roll float64
}

// A transform is a pose as the camera sees it: the body's axes and its origin.
type transform struct{ x, y, z, at vec }

// transform returns the pose as a transform.
func (p pose) transform() transform {
	sy, cy := math.Sincos(p.yaw)
	sp, cp := math.Sincos(p.pitch)
	sr, cr := math.Sincos(p.roll)
	turn := func(v vec) vec {
		v = vec{v.x*cr - v.y*sr, v.x*sr + v.y*cr, v.z}
		v = vec{v.x, v.y*cp - v.z*sp, v.y*sp + v.z*cp}
		return vec{v.x*cy + v.z*sy, v.y, -v.x*sy + v.z*cy}
	}
	return transform{turn(vec{1, 0, 0}), turn(vec{0, 1, 0}), turn(vec{0, 0, 1}), p.at}
}

// direction transforms a direction.
func (p transform) direction(v vec) vec {
	return p.x.times(v.x).add(p.y.times(v.y)).add(p.z.times(v.z))
}

// point transforms a point.
func (p transform) point(v vec) vec { return p.at.add(p.direction(v)) }

// A light is a lamp at a point, plus ambient light. Strengths are linear: 1 shows a colour as it
// was painted.
type light struct {
	at      vec
	lamp    float64
	ambient float64
}

// shade returns a point's brightness as a factor of gamma-coded colour, and the gloss to add, from
// 0 to 1.
func (l light) shade(p, normal vec, gloss float64) (factor, shine float64) {
	to := l.at.sub(p)
	reach := to.unit()
	strength := l.ambient*(0.75-0.25*normal.y) + l.lamp*max(0, normal.dot(reach))
	if gloss > 0 {
		half := reach.sub(p.unit()).unit()
		shine = gloss * l.lamp * math.Pow(max(0, normal.dot(half)), 24)
	}
	return math.Pow(strength, 1/2.2), shine
}
