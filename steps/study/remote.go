package study

import (
	"snellen/engine"
	"snellen/steps/address"
	"snellen/steps/evaluate"
)

// A remote holds what the trainers share whose models run in another program than the worker: a
// view's areas are cut out once, each model is asked about them, and its answers are drawn.
type remote struct{ b *builder }

// crops adds the step that cuts a view's areas out. All trainings of all resolutions share it.
func (r remote) crops(v view) {
	params := evaluate.CropsParams{
		Width: v.Width, Height: v.Height, At: v.scale(), Every: v.Every, Quality: v.Quality,
	}
	for _, a := range Areas(v.Areas) {
		params.Rects = append(params.Rects, a.Rect)
	}
	n := r.b.add(address.Crops(v.Name, v.size.Name), evaluate.Crops, params, v.inputs()...)
	n.Origins = origins("evaluation.", v.Where, "every", "quality", "width", "height", "at")
	n.Origins["areas"] = origin("areas", v.At)
}

// draw adds the step that draws the answers of the step at address judge.
func (r remote) draw(t address.Training, v view, judge string) *engine.Node {
	params := evaluate.DrawParams{Params: v.params()}
	for _, l := range r.b.study.Labels {
		params.Classes = append(params.Classes, l.Name)
	}
	answers := from("probabilities", judge, "probabilities.jsonl")
	return r.b.add(t.Evaluation(v.Name, v.size.Name), evaluate.Draw, params,
		append([]engine.Input{answers}, v.inputs()...)...)
}
