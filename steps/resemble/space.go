//go:build native

package resemble

import (
	"math"

	"snellen/steps/train"
)

// A space is how features of pictures are compared: by the angle between them, after what varies
// among the frames of one label is made to vary alike in all directions. Without that, the nearest
// frame of a picture is any frame of its product, and not the one that it shows.
type space struct {
	mean []float64
	root [][]float64 // lower triangle of Cholesky; nil: features are only centred
}

const (
	// maxWhitened bounds the features of a whitened space: its cost grows with their square.
	maxWhitened = 1024

	// maxCovered is how many frames the covariance is computed of, about, spread evenly.
	maxCovered = 4096

	// shrinkage is the share of the mean variance that is added to that of every direction, since
	// few frames say little about most of them.
	shrinkage = 0.1
)

// A gatherer computes a space of the frames of all labels.
type gatherer struct {
	every      int // one of so many frames counts for the covariance
	frames     int
	covered    int
	sum        []float64
	covariance [][]float64 // lower triangle; nil: none is computed
}

// newGatherer returns one for so many frames in all, of that many features each.
func newGatherer(frames, width int) *gatherer {
	g := &gatherer{every: (frames + maxCovered - 1) / maxCovered, sum: make([]float64, width)}
	if width <= maxWhitened && frames > width {
		for i := range width {
			g.covariance = append(g.covariance, make([]float64, i+1))
		}
	}
	return g
}

// add adds the train frames of one label.
func (g *gatherer) add(t train.Table) {
	n := t.Len("train")
	mean := make([]float64, len(g.sum))
	for i := range n {
		for j, v := range t.Row("train", i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		g.sum[j] += mean[j]
		mean[j] /= float64(max(n, 1))
	}
	g.frames += n
	if g.covariance == nil {
		return
	}
	apart := make([]float64, len(mean))
	for i := 0; i < n; i += max(g.every, 1) {
		for j, v := range t.Row("train", i) {
			apart[j] = float64(v) - mean[j]
		}
		for j, row := range g.covariance {
			addScaled(row, apart[j], apart)
		}
		g.covered++
	}
}

// space returns the space of all that was added.
func (g *gatherer) space() space {
	s := space{mean: g.sum}
	for j := range s.mean {
		s.mean[j] /= float64(max(g.frames, 1))
	}
	if g.covariance == nil || g.covered == 0 {
		return s
	}
	trace := 0.0
	for j, row := range g.covariance {
		for i := range row {
			row[i] /= float64(g.covered)
		}
		trace += row[j]
	}
	if trace <= 0 {
		return s
	}
	for j, row := range g.covariance {
		row[j] += shrinkage * trace / float64(len(g.covariance))
	}
	cholesky(g.covariance)
	s.root = g.covariance
	return s
}

// place returns a picture's place in the space, at a distance of 1 from its middle.
func (s space) place(features []float32) []float32 {
	v := make([]float64, len(features))
	for i, f := range features {
		v[i] = float64(f) - s.mean[i]
	}
	for i, row := range s.root {
		v[i] = (v[i] - dot(row[:i], v)) / row[i]
	}
	length := math.Sqrt(dot(v, v))
	out := make([]float32, len(v))
	for i := range out {
		if length > 0 {
			out[i] = float32(v[i] / length)
		}
	}
	return out
}

// cholesky replaces the lower triangle of a positive definite matrix by that of its root.
func cholesky(m [][]float64) {
	for i, row := range m {
		for j := range i {
			row[j] = (row[j] - dot(row[:j], m[j])) / m[j][j]
		}
		row[i] = math.Sqrt(row[i] - dot(row[:i], row))
	}
}

// dot returns the sum of the products of a with the beginning of b. Four sums side by side are three
// times as fast as one.
func dot[F float32 | float64](a, b []F) F {
	b = b[:len(a)]
	var s0, s1, s2, s3 F
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

// addScaled adds by times the beginning of b to a.
func addScaled(a []float64, by float64, b []float64) {
	for i := range a {
		a[i] += by * b[i]
	}
}
