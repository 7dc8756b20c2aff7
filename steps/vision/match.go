//go:build native

package vision

import (
	"errors"
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"
)

// A Scene is a small grey copy of a picture, in which a Part is looked for. It holds memory of
// OpenCV's, so it must be closed.
type Scene struct {
	size         image.Point // for the search, pixels; the border is not counted
	coarse       gocv.Mat    // for the search
	grey, detail gocv.Mat    // for the comparison, three times as large
}

// A Sketch is a very small grey copy of a picture, which is quickly compared with a Part. It holds
// memory of OpenCV's, so it must be closed.
type Sketch struct {
	size image.Point // without its border
	mat  gocv.Mat
}

// A Part is a picture that may be another view of part of a Scene: moved, turned by up to ten
// degrees, cut, and lit otherwise. It holds memory of OpenCV's, so it must be closed.
type Part struct {
	grey     gocv.Mat
	patterns map[image.Point][]pattern // for scenes and sketches of that size
}

// A pattern is the middle of a part, turned and scaled to a size that it may have in a scene.
type pattern struct {
	scale, turn float64
	mat         gocv.Mat
	even        bool // it has too little detail to be found
}

const (
	sketchShort  = 16  // pixels of a sketch's short side
	sceneShort   = 32  // of a scene's in the search; three times as many to compare
	longest      = 4   // times the short side: the long one, at most
	sceneBorder  = 8   // a scene is mirrored beyond its edges by an eighth of its short side
	partSide     = 256 // pixels of a part's long side, at most
	patternSide  = 5   // times a pattern's side: a short one, at most; narrower ones fit anywhere
	patternEdge  = .08 // of a part, on each side, is left out: a turned one has no corners there
	detailSigma  = 4.  // pixels; what is smoother is no detail
	leastDetail  = 1.  // grey levels of deviation, of 255: one with less may be found everywhere
	searchFactor = 3   // from the search to the comparison
	around       = 6   // pixels that a part may lie from its place in the comparison
	searchLeast  = .7  // correlation in the search from which on the two are compared
)

// The sizes and turns in which a part is looked for, and those around the best in which the two are
// compared. Sketches need fewer. A scale of 1 fills the scene's width or height. Turns are in
// degrees.
var (
	sketchScales = []float64{.6, .73, .87, 1}
	sketchTurns  = []float64{0, -8, 8} // upright first
	searchScales = []float64{.6, .68, .76, .84, .9, .96, 1.02}
	searchTurns  = []float64{-10, -5, 0, 5, 10}
	fineScales   = []float64{.94, .97, 1, 1.03, 1.06}
	fineTurns    = []float64{-3, -1.5, 0, 1.5, 3}
)

// NewScene returns a scene from a JPEG.
func NewScene(data []byte) (*Scene, error) {
	grey, err := decodeGrey(data)
	if err != nil {
		return nil, err
	}
	defer grey.Close()
	s := &Scene{size: shrunk(grey, sceneShort)}
	if s.coarse, err = bordered(grey, s.size); err != nil {
		return nil, err
	}
	if s.grey, err = bordered(grey, s.size.Mul(searchFactor)); err == nil {
		s.detail, err = detail(s.grey)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close frees the scene.
func (s *Scene) Close() error {
	return errors.Join(s.coarse.Close(), s.grey.Close(), s.detail.Close())
}

// NewSketch returns a sketch from a JPEG.
func NewSketch(data []byte) (*Sketch, error) {
	grey, err := decodeGrey(data)
	if err != nil {
		return nil, err
	}
	defer grey.Close()
	s := &Sketch{size: shrunk(grey, sketchShort)}
	if s.mat, err = bordered(grey, s.size); err != nil {
		return nil, err
	}
	return s, nil
}

// Close frees the sketch.
func (s *Sketch) Close() error { return s.mat.Close() }

// shrunk returns the size of a picture with that short side, unless it is very long.
func shrunk(mat gocv.Mat, short float64) image.Point {
	w, h := float64(mat.Cols()), float64(mat.Rows())
	by := min(short/min(w, h), longest*short/max(w, h))
	return pixels(w*by, h*by)
}

// NewPart returns a part from a JPEG.
func NewPart(data []byte) (*Part, error) {
	grey, err := decodeGrey(data)
	if err != nil {
		return nil, err
	}
	w, h := float64(grey.Cols()), float64(grey.Rows())
	if by := partSide / max(w, h); by < 1 {
		small, err := scaled(grey, pixels(w*by, h*by))
		if err := errors.Join(err, grey.Close()); err != nil {
			return nil, errors.Join(err, small.Close())
		}
		grey = small
	}
	return &Part{grey, map[image.Point][]pattern{}}, nil
}

// Close frees the part.
func (p *Part) Close() error {
	err := p.grey.Close()
	for _, list := range p.patterns {
		for _, one := range list {
			err = errors.Join(err, one.mat.Close())
		}
	}
	p.patterns = nil
	return err
}

// A Likeness says how alike a part and a scene are where the part fits best: the correlations of
// their grey values, and of what is left of these without their smooth changes. Both are from -1 to
// 1, and 0 if there is nothing to compare. Views of one thing may have like grey values; it takes
// the same picture for details to be alike.
type Likeness struct{ Grey, Detail float64 }

// Best looks for the part in several scenes. It returns the index of the one where it fits best,
// and how alike they are. The index is -1 if it fits nowhere. Where a quick search shows that they
// are not alike, or their grey values correlate less than least, details are not compared.
func (p *Part) Best(scenes []*Scene, least float64) (int, Likeness, error) {
	found, at := -1, place{grey: -1}
	for i, s := range scenes {
		one, err := p.find(s)
		if err != nil {
			return -1, Likeness{}, err
		}
		if one.grey > at.grey {
			found, at = i, one
		}
	}
	if at.grey < searchLeast {
		return found, Likeness{Grey: max(at.grey, 0)}, nil
	}
	l, err := p.compare(at, least)
	return found, l, err
}

// A place is where in a scene a part fits best in the search.
type place struct {
	grey   float64 // correlation of their grey values; -1: it fits nowhere
	scene  *Scene
	best   pattern
	middle image.Point // twice that of the pattern in the scene, with its border
}

// Guess returns a first guess of how alike the part and a sketch are, from -1 to 1, to find the
// scenes that are worth a closer look. Without turned, the part is only looked for upright.
func (p *Part) Guess(s *Sketch, turned bool) (float64, error) {
	patterns, err := p.prepare(s.size, sketchScales, sketchTurns)
	if err != nil {
		return -1, err
	}
	if !turned {
		patterns = patterns[:len(sketchScales)]
	}
	at, err := find(patterns, s.mat, s.size)
	return at.grey, err
}

// find looks for the part in a scene.
func (p *Part) find(s *Scene) (place, error) {
	patterns, err := p.prepare(s.size, searchScales, searchTurns)
	if err != nil {
		return place{}, err
	}
	at, err := find(patterns, s.coarse, s.size)
	at.scene = s
	return at, err
}

// find returns the place where one of the patterns fits best in a picture of that size and its
// border.
func find(patterns []pattern, in gocv.Mat, size image.Point) (place, error) {
	at := place{grey: -1}
	for _, one := range patterns {
		if one.even {
			continue
		}
		value, corner, err := match(in, one.mat, size)
		if err != nil {
			return place{}, err
		}
		if value > at.grey {
			at.grey, at.best = value, one
			at.middle = corner.Mul(2).Add(image.Pt(one.mat.Cols(), one.mat.Rows()))
		}
	}
	return at, nil
}

// compare compares the part with its place in a scene, at three times the size of the search.
func (p *Part) compare(at place, least float64) (best Likeness, err error) {
	var parts []gocv.Mat
	defer func() {
		for _, one := range parts {
			err = errors.Join(err, one.Close())
		}
	}()
	for _, scale := range fineScales {
		for _, turn := range fineTurns {
			turned, err := p.turned(at.scene.size.Mul(searchFactor), at.best.scale*scale,
				at.best.turn+turn)
			if err != nil {
				return best, err
			}
			parts = append(parts, turned)
			grey, err := at.compare(at.scene.grey, turned)
			if err != nil {
				return best, err
			}
			best.Grey = max(best.Grey, grey)
		}
	}
	if best.Grey < least {
		return best, nil
	}
	for _, one := range parts {
		fine, err := detail(one)
		if err != nil {
			return best, err
		}
		like, err := at.compare(at.scene.detail, fine)
		if err := errors.Join(err, fine.Close()); err != nil {
			return best, err
		}
		best.Detail = max(best.Detail, like)
	}
	return best, nil
}

// compare compares the middle of a turned part with the surroundings of its place in a picture of
// the scene.
func (at place) compare(scene, turned gocv.Mat) (float64, error) {
	half := inner(turned).Size().Div(2).Add(image.Pt(around, around))
	middle := at.middle.Mul(searchFactor).Div(2)
	r := image.Rectangle{middle.Sub(half), middle.Add(half).Add(image.Pt(1, 1))}
	where := scene.Region(r.Intersect(image.Rect(0, 0, scene.Cols(), scene.Rows())))
	defer where.Close()
	part := turned.Region(inner(turned))
	defer part.Close()
	if isEven(part) {
		return 0, nil
	}
	value, _, err := match(where, part, at.scene.size)
	return max(value, 0), err
}

// prepare returns the patterns for scenes or sketches of a size.
func (p *Part) prepare(size image.Point, scales, turns []float64) ([]pattern, error) {
	if known := p.patterns[size]; known != nil {
		return known, nil
	}
	for _, turn := range turns {
		for _, scale := range scales {
			turned, err := p.turned(size, scale, turn)
			if err != nil {
				return nil, err
			}
			middle := turned.Region(inner(turned))
			p.patterns[size] = append(p.patterns[size],
				pattern{scale, turn, middle.Clone(), isEven(middle)})
			if err := errors.Join(middle.Close(), turned.Close()); err != nil {
				return nil, err
			}
		}
	}
	return p.patterns[size], nil
}

// turned returns the part turned, and scaled to fill that share of a scene's width or height.
func (p *Part) turned(scene image.Point, scale, turn float64) (gocv.Mat, error) {
	w, h := float64(p.grey.Cols()), float64(p.grey.Rows())
	by := scale * min(float64(scene.X)/w, float64(scene.Y)/h)
	mat, err := scaled(p.grey, pixels(w*by, h*by))
	if err != nil || turn == 0 {
		return mat, err
	}
	defer mat.Close()
	return rotated(mat, turn)
}

// rotated returns a picture turned around its middle by an angle in degrees.
func rotated(mat gocv.Mat, degrees float64) (gocv.Mat, error) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	x, y := float64(mat.Cols()-1)/2, float64(mat.Rows()-1)/2
	affine := gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F)
	defer affine.Close()
	for i, v := range []float64{cos, sin, x - cos*x - sin*y, -sin, cos, y + sin*x - cos*y} {
		affine.SetDoubleAt(i/3, i%3, v)
	}
	out := gocv.NewMat()
	err := gocv.WarpAffineWithParams(mat, &out, affine, image.Pt(mat.Cols(), mat.Rows()),
		gocv.InterpolationLinear, gocv.BorderReflect101, color.RGBA{})
	return closedOn(err, out)
}

// inner is the middle of a turned part, which is compared.
func inner(mat gocv.Mat) image.Rectangle {
	w, h := mat.Cols(), mat.Rows()
	x, y := int(float64(w)*patternEdge), int(float64(h)*patternEdge)
	return image.Rect(x, y, w-x, h-y)
}

// match returns the largest normalised correlation of a part with a scene, and where it is. It is
// -1 for a part that is larger than the scene, or too small beside that size.
func match(scene, part gocv.Mat, size image.Point) (float64, image.Point, error) {
	w, h := part.Cols(), part.Rows()
	if min(w, h) < min(size.X, size.Y)/patternSide || w > scene.Cols() || h > scene.Rows() {
		return -1, image.Point{}, nil
	}
	values, none := gocv.NewMat(), gocv.NewMat()
	defer values.Close()
	defer none.Close()
	err := gocv.MatchTemplate(scene, part, &values, gocv.TmCcoeffNormed, none)
	if err != nil {
		return -1, image.Point{}, err
	}
	_, value, _, at := gocv.MinMaxLoc(values)
	if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
		value = -1
	}
	return float64(value), at, nil
}

// isEven reports whether a grey picture has so little detail that it may be found everywhere.
func isEven(mat gocv.Mat) bool {
	mean, deviation := gocv.NewMat(), gocv.NewMat()
	defer mean.Close()
	defer deviation.Close()
	err := gocv.MeanStdDev(mat, &mean, &deviation)
	return err != nil || deviation.GetDoubleAt(0, 0) < leastDetail
}

// detail returns a grey picture without its smooth changes.
func detail(grey gocv.Mat) (gocv.Mat, error) {
	smooth := gocv.NewMat()
	defer smooth.Close()
	if err := gocv.GaussianBlur(grey, &smooth, image.Point{}, detailSigma, detailSigma,
		gocv.BorderReflect101); err != nil {
		return gocv.Mat{}, err
	}
	out := gocv.NewMat()
	return closedOn(gocv.Subtract(grey, smooth, &out), out)
}

// bordered returns a picture in that size with a border that mirrors it.
func bordered(grey gocv.Mat, size image.Point) (gocv.Mat, error) {
	small, err := scaled(grey, size)
	if err != nil {
		return small, err
	}
	defer small.Close()
	out, n := gocv.NewMat(), min(size.X, size.Y)/sceneBorder
	return closedOn(gocv.CopyMakeBorder(small, &out, n, n, n, n, gocv.BorderReflect101,
		color.RGBA{}), out)
}

// scaled returns a picture in another size.
func scaled(mat gocv.Mat, size image.Point) (gocv.Mat, error) {
	out := gocv.NewMat()
	return closedOn(gocv.Resize(mat, &out, size, 0, 0, interpolation(mat, size)), out)
}

// decodeGrey decodes a JPEG to grey values, 32-bit, from 0 to 255.
func decodeGrey(data []byte) (gocv.Mat, error) {
	configure()
	m, err := decode(data)
	if err != nil {
		return gocv.Mat{}, err
	}
	defer m.Close()
	out := gocv.NewMat()
	err = gocv.CvtColor(m, &m, gocv.ColorBGRToGray)
	if err == nil {
		err = m.ConvertTo(&out, gocv.MatTypeCV32F)
	}
	return closedOn(err, out)
}

// closedOn returns mat, or closes it if there is an error.
func closedOn(err error, mat gocv.Mat) (gocv.Mat, error) {
	if err != nil {
		return gocv.Mat{}, errors.Join(err, mat.Close())
	}
	return mat, nil
}

// pixels returns a size in whole pixels, at least one each way.
func pixels(width, height float64) image.Point {
	whole := func(v float64) int { return max(int(math.Round(v)), 1) }
	return image.Pt(whole(width), whole(height))
}
