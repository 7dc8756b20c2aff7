package study

import (
	"cmp"
	"runtime"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/evaluate"
	"snellen/steps/picture"
	"snellen/steps/video"
)

// A view is an evaluation's picture in one of the sizes in which it is judged.
type view struct {
	specs.Evaluation
	size specs.Size // zero: the picture's own
}

// views returns an evaluation's views, its own size first.
func views(e specs.Evaluation) []view {
	all := []view{{Evaluation: e}}
	for _, size := range e.Sizes {
		all = append(all, view{e, size})
	}
	return all
}

// scale returns the view's size as a parameter: nil for the picture's own.
func (v view) scale() *evaluate.Size {
	if v.size.Name == "" {
		return nil
	}
	return &evaluate.Size{Width: v.size.Width, Height: v.size.Height}
}

// inputs returns the video and its probe, or the stills and what they are, which every step on the
// picture reads.
func (v view) inputs() []engine.Input {
	if v.Stills != nil {
		return append(evaluationPictures(v.Evaluation).inputs(),
			from("probe", address.CameraProbe(v.Name), "pictures.json"))
	}
	return []engine.Input{
		file("video", v.Video), from("probe", address.CameraProbe(v.Name), "probe.json"),
	}
}

// params returns the parameters of judging that do not depend on who judges.
func (v view) params() evaluate.Params {
	return evaluate.Params{
		Width: v.Width, Height: v.Height, At: v.scale(), Every: v.Every, Confident: v.Confident,
		Areas: Areas(v.Areas),
	}
}

// Areas returns areas as steps have them: from top to bottom, so that the order of their blocks
// moves no key.
func Areas(declared []specs.Area) []evaluate.Area {
	declared = slices.Clone(declared)
	slices.SortFunc(declared, func(a, b specs.Area) int {
		return cmp.Or(a.Y-b.Y, a.X-b.X, strings.Compare(a.Name, b.Name))
	})
	var areas []evaluate.Area
	for _, a := range declared {
		areas = append(areas, evaluate.Area{
			Name: a.Name, Rect: [4]int{a.X, a.Y, a.W, a.H}, Expect: a.Expect,
		})
	}
	return areas
}

// WatchParams returns the parameters of judging an evaluation's camera live, on all cores: nothing
// else runs, and answers do not depend on their number.
func WatchParams(s *specs.Study, e specs.Evaluation) evaluate.Params {
	params := view{Evaluation: e}.params()
	params.Quality, params.Threads, params.Device = e.Quality, runtime.NumCPU(), s.Trainer.Device
	return params
}

// camera adds the steps on an evaluation's video or pictures that all resolutions share.
func (b *builder) camera(e specs.Evaluation) {
	if e.Samples != nil {
		b.describe(evaluationPictures(e), picture.Params{})
		b.samples(e)
		return
	}
	params := video.ProbeParams{Stream: e.Stream, Width: e.Width, Height: e.Height}
	if e.Width == 0 {
		params.Areas = outermost(e.Areas)
	}
	var n *engine.Node
	if e.Stills != nil {
		n = b.pictures(evaluationPictures(e), address.CameraProbe(e.Name),
			picture.Params{Frame: &params})
	} else {
		n = b.add(address.CameraProbe(e.Name), video.Probe, params, file("video", e.Video))
		n.Origins = map[string]engine.Origin{}
	}
	n.Check, n.KeepOutputs = true, true
	addOrigins(n, origins("evaluation.", e.Where, "width", "height"))
	n.Origins["areas"] = origin("outermost areas", e.At)
	for _, a := range e.Areas {
		n.Origins["areas/"+a.Name] = origin("area", a.At)
	}
	n.Origins["stream"] = origin("evaluation."+e.Name+".stream", e.Where["stream"])
	if e.Stills == nil {
		n.Origins["video"] = pictureOrigin(e)
	}
	for _, v := range views(e) {
		b.trainer.crops(v)
	}
}

// pictureOrigin returns where an evaluation's video was written.
func pictureOrigin(e specs.Evaluation) engine.Origin {
	return origin("evaluation."+e.Name+".video", e.Where["video"])
}

// outermost returns the areas that reach farthest to the right and farthest down: one, if the same
// does both. All others lie within a frame that has room for these. So a change of another area is
// no reason to probe the video again.
func outermost(areas []specs.Area) []video.PlacedArea {
	var right, bottom video.PlacedArea
	for _, a := range Areas(areas) {
		p := video.PlacedArea{
			Name: a.Name, Right: a.Rect[0] + a.Rect[2], Bottom: a.Rect[1] + a.Rect[3],
		}
		if p.Right > right.Right || p.Right == right.Right && p.Bottom > right.Bottom {
			right = p
		}
		if p.Bottom > bottom.Bottom || p.Bottom == bottom.Bottom && p.Right > bottom.Right {
			bottom = p
		}
	}
	if right == bottom {
		return []video.PlacedArea{right}
	}
	return []video.PlacedArea{right, bottom}
}

// crops adds the step that cuts a view's areas out.
func (b *builder) crops(v view) {
	params := evaluate.CropsParams{
		Width: v.Width, Height: v.Height, At: v.scale(), Every: v.Every, Quality: v.Quality,
	}
	for _, a := range Areas(v.Areas) {
		params.Rects = append(params.Rects, a.Rect)
	}
	n := b.add(address.Crops(v.Name, v.size.Name), evaluate.Crops, params, v.inputs()...)
	n.Origins = origins("evaluation.", v.Where, "every", "quality", "width", "height", "at")
	n.Origins["areas"] = origin("areas", v.At)
	n.Origins["video"] = pictureOrigin(v.Evaluation)
}

// judge adds the evaluations of a training's model.
func (b *builder) judge(r specs.Resolution, t address.Training) {
	for _, e := range b.study.Evaluations {
		for _, v := range views(e) {
			if e.Samples != nil {
				b.evaluation(v, t, b.score(r, t, v))
				continue
			}
			b.evaluation(v, t, b.trainer.evaluate(r, t, v))
		}
	}
}

// evaluation completes the last step of an evaluation of a training's model.
func (b *builder) evaluation(v view, t address.Training, n *engine.Node) {
	n.KeepOutputs = true
	if t.Replicate > 1 || v.size.Name != "" {
		// A report shows the first training's alone, at the picture's own size.
		n.Bulk = []string{"pictures/"}
	}
	n.Origins = origins("evaluation.", v.Where,
		"every", "confident", "quality", "width", "height", "at")
	n.Origins["areas"] = origin("areas", v.At)
	n.Origins["video"] = pictureOrigin(v.Evaluation)
	for _, a := range v.Areas {
		n.Origins["areas/"+a.Name] = origin("area", a.At)
	}
	for _, s := range v.Samples {
		n.Origins["pictures/"+s.Name] = origin("pictures", s.At)
	}
	b.labelOrigins(n)
}
