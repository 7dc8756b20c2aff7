package study

import (
	"snellen/engine"
	"snellen/steps/address"
	"snellen/steps/evaluate"
)

// A remote holds what the trainers share whose models run in another program than the worker: a
// view's areas are cut out once, each model is asked about them, and its answers are drawn.
type remote struct{ b *builder }

func (r remote) crops(v view) { r.b.crops(v) }

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
