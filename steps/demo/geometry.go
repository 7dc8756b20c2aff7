package demo

import "math"

// A vec is a point or a direction: x to the right, y down, z away from the camera, which stands at the origin. A product
// is about 1 high.
type vec struct{ x, y, z float64 }

func (a vec) add(b vec) vec       { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec       { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(s float64) vec { return vec{a.x * s, a.y * s, a.z * s} }
func (a vec) dot(b vec) float64   { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) cross(b vec) vec     { return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x} }
func (a vec) length() float64     { return math.Sqrt(a.dot(a)) }

func (a vec) unit() vec {
	if l := a.length(); l > 0 {
		return a.times(1 / l)
	}
	return a
}

// A pose is where a body is and how it is turned, in radians: first rolled, then pitched, then yawed.
type pose struct {
	at               vec
	yaw, pitch, roll float64
}

// placed is a body's own axes and its origin, as the camera sees them.
type transform struct{ x, y, z, at vec }

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

func (p transform) direction(v vec) vec {
	return p.x.times(v.x).add(p.y.times(v.y)).add(p.z.times(v.z))
}
func (p transform) point(v vec) vec { return p.at.add(p.direction(v)) }

// A light is a lamp at a place, above light from everywhere. Strengths are linear: 1 shows a colour as it was painted.
type light struct {
	at      vec
	lamp    float64
	ambient float64
}

// shade gives how bright a point is, as a factor of gamma-coded colour, and the gloss that is added, of 1.
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
