package study

import (
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/picture"
)

// An album is the photographs of one label or of one evaluation. All steps on it share a batch, so
// that each picture is decoded once.
type album struct {
	address string // of the step that describes them
	paths   []string
	origin  engine.Origin
}

func labelPictures(l specs.Label) album {
	return album{address.Pictures(l.Name), l.Pictures,
		origin("label "+l.Name+" pictures", l.At)}
}

// evaluationPictures returns the stills or the whole pictures of an evaluation.
func evaluationPictures(e specs.Evaluation) album {
	a := album{address.CameraProbe(e.Name), e.Stills,
		origin("evaluation."+e.Name+".stills", e.Where["stills"])}
	for _, s := range e.Samples {
		a.paths, a.origin.Attribute = append(a.paths, s.Path), "evaluation."+e.Name+".pictures"
	}
	return a
}

// pictures adds a step on an album's pictures.
func (b *builder) pictures(a album, address string, params picture.Params) *engine.Node {
	n := b.add(address, picture.Pictures, params, a.inputs()...)
	n.Batch = "pictures " + a.address
	n.Origins = map[string]engine.Origin{"picture": a.origin}
	return n
}

// inputs returns the pictures themselves.
func (a album) inputs() []engine.Input {
	var inputs []engine.Input
	for i, path := range a.paths {
		inputs = append(inputs, file(numbered("picture", i), path))
	}
	return inputs
}

// describe adds the step that reads what an album's pictures are, and returns its output.
func (b *builder) describe(a album, params picture.Params) engine.Input {
	n := b.pictures(a, a.address, params)
	n.Check, n.KeepOutputs = true, true
	return from("pictures", a.address, "pictures.json")
}

// scaledPictures adds the scaling of a label's pictures to one resolution.
func (b *builder) scaledPictures(r specs.Resolution, l specs.Label) engine.Input {
	t, d := b.study.Transcode, b.study.Dataset
	n := b.pictures(labelPictures(l), r.Name+"/"+address.Pictures(l.Name), picture.Params{
		Width: r.Width, Height: r.Height, Filter: t.Filter, Fit: t.Fit, Quality: d.Quality,
	})
	addOrigins(n, origins("transcode.", t.Where, "filter", "fit"))
	addOrigins(n, origins("dataset.", d.Where, "quality"))
	n.Origins["width"] = origin("width", r.At)
	n.Origins["height"] = origin("height", r.At)
	return from("pictures", n.Address, "pictures.rec")
}

// judgedSide bounds the sides of a whole picture that is judged, in pixels. Larger ones are scaled
// down: no network's input is near it, and an endpoint takes a few megabytes.
const judgedSide = 2048

// samples adds the steps on an evaluation's whole pictures that all resolutions share: in each size
// in which they are judged, they are read once.
func (b *builder) samples(e specs.Evaluation) {
	t := b.study.Transcode
	for _, v := range views(e) {
		params := picture.Params{Filter: t.Filter, Quality: e.Quality, Within: judgedSide}
		if v.size.Name != "" {
			params.Width, params.Height, params.Fit, params.Within =
				v.size.Width, v.size.Height, t.Fit, 0
		}
		n := b.pictures(evaluationPictures(e), address.Crops(e.Name, v.size.Name), params)
		addOrigins(n, origins("transcode.", t.Where, "filter", "fit"))
		addOrigins(n, origins("evaluation.", e.Where, "quality"))
		n.Origins["width"] = origin("evaluation."+e.Name+".at", e.Where["at"])
		n.Origins["height"] = n.Origins["width"]
	}
}

// addOrigins adds more origins to a node's own.
func addOrigins(n *engine.Node, more map[string]engine.Origin) {
	for name, at := range more {
		n.Origins[name] = at
	}
}

// score adds the steps that judge whole pictures by a training's model: it is asked about them, and
// its answers are compared with what they show.
func (b *builder) score(r specs.Resolution, t address.Training, v view) *engine.Node {
	asked := b.trainer.ask(r, t, v, "pictures.rec")
	params := evaluate.ScoreParams{Confident: v.Confident, Near: audit.Near}
	for _, l := range b.study.Labels {
		params.Classes = append(params.Classes, l.Name)
	}
	for _, s := range v.Samples {
		params.Pictures = append(params.Pictures, evaluate.Sample{Name: s.Name, Expect: s.Expect})
	}
	return b.add(t.Evaluation(v.Name, v.size.Name), evaluate.Score, params,
		from("probabilities", asked.Address, "probabilities.jsonl"),
		from("pictures", address.Crops(v.Name, v.size.Name), "pictures.rec"),
		from("probe", address.CameraProbe(v.Name), "pictures.json"))
}
