package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"snellen/specs"
	"snellen/steps/report/document"
	"snellen/steps/video"
)

// An input is a network's input: its width and height, and the short side to which a picture is
// scaled before the input is cropped from its middle. With resize 0 a picture is squeezed to the
// input.
type input struct{ width, height, resize float64 }

// inputOf returns the network's input for hyperparameters that package specs has checked.
func inputOf(h specs.Hyperparameters) input {
	parts := strings.Split(h.ImageShape, ",") // checked by package specs
	out := input{resize: float64(h.Resize)}
	if len(parts) == 3 {
		out.height, _ = strconv.ParseFloat(strings.TrimSpace(parts[1]), 64)
		out.width, _ = strconv.ParseFloat(strings.TrimSpace(parts[2]), 64)
	}
	return out
}

// scale returns the factors by which a picture's sides are scaled for the network.
func (in input) scale(width, height float64) (x, y float64) {
	if in.resize == 0 {
		return in.width / width, in.height / height
	}
	s := in.resize / min(width, height)
	return s, s
}

// target returns the size of an area's product on its way to the network.
func (r *Report) target(res specs.Resolution, e specs.Evaluation, name string) document.Target {
	i := slices.IndexFunc(e.Areas, func(a specs.Area) bool { return a.Name == name })
	if i < 0 || e.Width == 0 || e.Height == 0 {
		return document.Target{} // an area of an earlier spec
	}
	w, h := float64(e.Areas[i].W), float64(e.Areas[i].H)
	x, y := inputOf(res.Hyperparameters).scale(w, h)
	return document.Target{
		Source: [2]float64{w, h},
		Resolution: [2]float64{
			roundTenth(w * float64(res.Width) / float64(e.Width)),
			roundTenth(h * float64(res.Height) / float64(e.Height)),
		},
		Network: [2]float64{roundTenth(w * x), roundTenth(h * y)},
		Scale:   rounded(min(x, y)),
	}
}

// roundTenth rounds to one decimal, which is enough for pixels and points.
func roundTenth(v float64) float64 { return math.Round(v*10) / 10 }

// pixels returns the pixels on target, and adds to each resolution's flags.
func (r *Report) pixels() document.Pixels {
	out := document.Pixels{Frames: []document.Frame{}, Points: []document.Point{}}
	for i, f := range r.results.resolutions {
		frame := r.frame(f.Resolution, i)
		out.Frames = append(out.Frames, frame)
		row := &r.doc.Resolutions[i]
		row.Flags = append(row.Flags, flags(frame, r.results.resolutions, i)...)
		for k, e := range r.study.Evaluations {
			out.Points = append(out.Points, points(f.Resolution, e, row.Evaluations[k])...)
		}
	}
	out.Rule = r.rule(out.Points)
	return out
}

// frame returns how the training frames of resolution i are scaled for the network.
func (r *Report) frame(res specs.Resolution, i int) document.Frame {
	in := inputOf(res.Hyperparameters)
	x, y := in.scale(float64(res.Width), float64(res.Height))
	out := document.Frame{
		Resolution: res.Name, Scale: rounded(min(x, y)),
		Input: [2]int{int(in.width), int(in.height)}, Resize: int(in.resize),
	}
	sources := r.results.sizes
	for _, f := range r.results.footage {
		if f.OfLabel() {
			sources = append(sources, [2]int{f.Width, f.Height})
		}
	}
	for _, size := range sources {
		// The smallest video or picture limits the detail of the whole dataset.
		if out.Source == nil || size[0]*size[1] < out.Source[0]*out.Source[1] {
			out.Source = &size
		}
		w, h := video.ScaledSize(r.study.Transcode.Fit, size[0], size[1], res.Width, res.Height)
		out.Upscaled = out.Upscaled || w > size[0] || h > size[1]
	}
	// If even a smaller frame is not enlarged for the network, the detail of this one is scaled
	// away.
	if i+1 < len(r.study.Resolutions) {
		next := r.study.Resolutions[i+1]
		x, y := inputOf(res.Hyperparameters).scale(float64(next.Width), float64(next.Height))
		out.DetailLost = max(x, y) <= 1
	}
	return out
}

// flags returns what a reader should know about the size of resolution i.
func flags(f document.Frame, all []resolutionResults, i int) []string {
	var list []string
	if f.Upscaled {
		list = append(list, f.Resolution+" is larger than one of its source videos: "+
			"enlarging a video adds no detail")
	}
	if f.DetailLost {
		list = append(list, fmt.Sprintf("part of its detail never reaches the network: frames are "+
			"scaled by %.2f, and the frames of %s fill the network's input too",
			f.Scale, all[i+1].Name))
	}
	return list
}

// points returns the areas of one evaluation at one resolution, in each size of the camera's
// picture.
func points(res specs.Resolution, e specs.Evaluation, found document.Evaluation) []document.Point {
	var list []document.Point
	if e.Width == 0 || e.Height == 0 {
		return nil // the probe is gone from the store
	}
	for _, cell := range found.Cells {
		for _, a := range cell.Areas {
			same := func(declared specs.Area) bool { return declared.Name == a.Name }
			i := slices.IndexFunc(e.Areas, same)
			if i < 0 {
				continue
			}
			w, h := float64(e.Areas[i].W), float64(e.Areas[i].H)
			list = append(list, document.Point{
				Resolution: res.Name, Evaluation: e.Name, Size: cell.Size, Area: a.Name,
				Rate:   a.Rate,
				Width:  roundTenth(w * float64(min(res.Width, cell.Width)) / float64(e.Width)),
				Height: roundTenth(h * float64(min(res.Height, cell.Height)) / float64(e.Height)),
			})
		}
	}
	return list
}

// rule returns the smallest height that is enough according to the points, or nil without points.
// It goes down from the largest height and stops at the first whose mean misses the target.
func (r *Report) rule(points []document.Point) *document.Rule {
	if len(points) == 0 {
		return nil
	}
	placed := func(e specs.Evaluation) bool { return e.Areas != nil }
	grades := r.study.Evaluations[slices.IndexFunc(r.study.Evaluations, placed)].Grades
	if len(grades) == 0 {
		return nil
	}
	sums, counts := map[float64]float64{}, map[float64]float64{}
	for _, p := range points {
		sums[p.Height] += p.Rate
		counts[p.Height]++
	}
	var heights []float64
	for h := range sums {
		heights = append(heights, h)
	}
	slices.SortFunc(heights, func(a, b float64) int { return cmp.Compare(b, a) })
	out := &document.Rule{Target: grades[0].EveryArea}
	for _, h := range heights {
		if sums[h]/counts[h] < out.Target {
			out.Below = &h
			break
		}
		out.Height = &h
	}
	out.Text = ruleText(out, heights[0])
	return out
}

// ruleText returns a rule in words. largest is the largest height that was tried.
func ruleText(r *document.Rule, largest float64) string {
	number := func(h float64) string { return strconv.FormatFloat(h, 'f', -1, 64) }
	target := percent(r.Target)
	switch {
	case r.Height == nil:
		return fmt.Sprintf("even %s pixels of height, the largest tried, do not reach %s",
			number(largest), target)
	case r.Below == nil:
		return fmt.Sprintf("needs at most %s pixels of height, the smallest tried, for %s",
			number(*r.Height), target)
	}
	return fmt.Sprintf("needs %s pixels of height for %s; %s are too few",
		number(*r.Height), target, number(*r.Below))
}
