package steps

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/train"
	"snellen/steps/video"
)

// Build gives the graph of a study. Its shape is a function of the study alone: no file is looked at.
//
// A label's name is in an address, and in the parameters of dataset and evaluate, which write it into their outputs;
// everywhere else a label is its place among the inputs, so that a rename keeps the frames.
func Build(s *specs.Study) (*engine.Graph, error) {
	b := &builder{study: s}
	for _, l := range s.Labels {
		b.label(l)
	}
	for _, e := range s.Evaluations {
		b.camera(e)
	}
	b.audit()
	for _, r := range s.Resolutions {
		b.resolution(r)
	}
	return engine.NewGraph(b.nodes)
}

// A builder collects a study's nodes.
type builder struct {
	study *specs.Study
	nodes []*engine.Node
}

func (b *builder) add(address string, kind *step.Kind, params any, inputs ...engine.Input) *engine.Node {
	data, err := json.Marshal(params)
	if err != nil {
		panic("BUG: parameters of " + address + ": " + err.Error())
	}
	n := &engine.Node{Address: address, Kind: kind, Params: data, Inputs: inputs, Weight: 1}
	b.nodes = append(b.nodes, n)
	return n
}

func file(role, path string) engine.Input { return engine.Input{Role: role, File: path} }

func from(role, address, output string) engine.Input {
	return engine.Input{Role: role, From: address, Output: output}
}

// numbered is the role of one of several like inputs: "frames/0".
func numbered(role string, i int) string { return role + "/" + strconv.Itoa(i) }

// camera adds what is done once to an evaluation's video.
func (b *builder) camera(e specs.Evaluation) {
	n := b.add(address.CameraProbe(e.Name), video.Probe, video.ProbeParams{Stream: e.Stream, Width: e.Width, Height: e.Height}, file("video", e.Video))
	n.Check = true
	n.Origins = origins("evaluation.", e.Where, "width", "height")
	n.Origins["stream"] = origin("evaluation."+e.Name+".stream", e.Where["stream"])
	if b.study.Trainer.Name == "local" {
		return
	}
	for _, size := range sizes(e) {
		b.crops(e, size)
	}
}

// label adds what is done once for all resolutions.
func (b *builder) label(l specs.Label) {
	var probes []engine.Input
	for i, path := range l.Videos {
		probe := "probe/" + address.Footage(l.Name, l.Videos, i)
		n := b.add(probe, video.Probe, video.ProbeParams{Stream: l.Stream}, file("video", path))
		n.Check = true
		n.Origins = map[string]engine.Origin{"video": filmed(l), "stream": origin("label "+l.Name+" stream", l.At)}
		probes = append(probes, from(numbered("probe", i), probe, "probe.json"))
	}
	b.selection(l, "", probes)
	if b.study.Dataset.Contrast {
		b.selection(l, otherSplit(b.study), probes)
	}
}

// selection adds the choice of a label's frames, parted as the study says, or in the other split.
func (b *builder) selection(l specs.Label, other string, probes []engine.Input) {
	d := b.study.Dataset
	params := video.SelectParams{Frames: d.Frames, Validation: d.Validation, Split: cmp.Or(other, d.Split), Gap: d.Gap, Seed: b.study.Seed}
	n := b.add(address.Select(l.Name, other), video.Select, params, probes...)
	n.KeepOutputs = true // the report reads the distance between the sets
	n.Origins = origins("dataset.", d.Where, "frames", "validation", "split", "gap")
	n.Origins["seed"] = origin("study.seed", b.study.Where["seed"])
}

// resolution adds what is done for one resolution.
func (b *builder) resolution(r specs.Resolution) {
	for _, l := range b.study.Labels {
		b.frames(r, l)
	}
	b.dataset(r, "")
	for i := range b.study.Replicates {
		b.model(r, address.Training{Resolution: r.Name, Replicate: i + 1})
	}
	if b.study.Dataset.Contrast {
		other := otherSplit(b.study)
		b.dataset(r, other)
		b.train(r, address.Training{Resolution: r.Name, Replicate: 1, Split: other})
	}
}

// model adds a training and all that is judged with its model.
func (b *builder) model(r specs.Resolution, t address.Training) {
	b.train(r, t)
	for _, e := range b.study.Evaluations {
		for _, size := range sizes(e) {
			b.evaluate(r, t, e, size)
		}
	}
}

// frames adds the steps from a label's videos to its frames.
func (b *builder) frames(r specs.Resolution, l specs.Label) {
	t := b.study.Transcode
	params := video.TranscodeParams{Width: r.Width, Height: r.Height, Codec: t.Codec, CRF: t.CRF, Preset: t.Preset, Filter: t.Filter, Fit: t.Fit}
	var inputs []engine.Input
	for i, path := range l.Videos {
		footage := address.Footage(l.Name, l.Videos, i)
		transcode := r.Name + "/transcode/" + footage
		n := b.add(transcode, video.Transcode, params, file("video", path), from("probe", "probe/"+footage, "probe.json"))
		n.Batch = "transcode " + footage
		n.Origins = origins("transcode.", t.Where, "codec", "crf", "preset", "filter", "fit")
		n.Origins["width"], n.Origins["height"], n.Origins["video"] = origin("width", r.At), origin("height", r.At), filmed(l)
		inputs = append(inputs, from(numbered("video", i), transcode, "video.mp4"), from(numbered("reading", i), transcode, "reading.json"))
	}
	b.extract(r, l, "", inputs)
	if b.study.Dataset.Contrast {
		b.extract(r, l, otherSplit(b.study), inputs)
	}
}

// extract adds a label's frames, parted as the study says, or in the other split.
func (b *builder) extract(r specs.Resolution, l specs.Label, other string, videos []engine.Input) {
	inputs := append(slices.Clone(videos), from("selection", address.Select(l.Name, other), "selection.json"))
	n := b.add(address.Extract(r.Name, l.Name, other), frames.Extract, frames.ExtractParams{Width: r.Width, Height: r.Height, Quality: b.study.Dataset.Quality}, inputs...)
	n.Origins = origins("dataset.", b.study.Dataset.Where, "quality")
}

// sets are the two outputs of extract and the two sets of a dataset.
var sets = []string{"train", "validation"}

func (b *builder) dataset(r specs.Resolution, other string) {
	d := b.study.Dataset
	var classes []string
	var inputs []engine.Input
	for i, l := range b.study.Labels {
		classes = append(classes, l.Name)
		for _, set := range sets {
			inputs = append(inputs, from(numbered(set, i), address.Extract(r.Name, l.Name, other), set+".rec"))
		}
	}
	n := b.add(address.Training{Resolution: r.Name, Split: other}.Dataset(), frames.Dataset, frames.DatasetParams{Classes: classes, Format: d.Format, Seed: b.study.Seed}, inputs...)
	n.KeepOutputs = true // the report reads its counts, and people take it elsewhere
	n.Origins = origins("dataset.", d.Where, "format")
	n.Origins["seed"] = origin("study.seed", b.study.Where["seed"])
	b.labels(n)
}

// datasetInputs are what a training reads.
func (b *builder) datasetInputs(t address.Training) []engine.Input {
	dataset := t.Dataset()
	inputs := []engine.Input{from("dataset", dataset, "dataset.json")}
	for _, set := range sets {
		if b.study.Dataset.Format == "image" {
			inputs = append(inputs, from(set, dataset, set+"/"), from(set+".lst", dataset, set+".lst"))
			continue
		}
		inputs = append(inputs, from(set, dataset, set+".rec"))
	}
	return inputs
}

// train adds a training by the study's trainer.
func (b *builder) train(r specs.Resolution, t address.Training) {
	var n *engine.Node
	switch b.study.Trainer.Name {
	case "sagemaker":
		n = b.cloudTrain(r, t)
	case "command":
		n = b.commandTrain(r, t)
	default:
		n = b.localTrain(r, t)
	}
	n.KeepOutputs = true
	for _, name := range r.Hyperparameters.Names() {
		if _, other := n.Origins[name]; !other {
			n.Origins[name] = origin("hyperparameters."+name, r.Hyperparameters.Where[name])
		}
	}
}

func (b *builder) localTrain(r specs.Resolution, training address.Training) *engine.Node {
	h, t := r.Hyperparameters, b.study.Trainer
	n := b.add(training.Address(), train.Train, train.Params{
		NumLayers: h.NumLayers, ImageShape: h.ImageShape, Resize: h.Resize, Epochs: h.Epochs, MiniBatchSize: h.MiniBatchSize,
		Optimizer: h.Optimizer, LearningRate: h.LearningRate, LRSchedulerFactor: h.LRSchedulerFactor, LRSchedulerStep: h.LRSchedulerStep,
		Momentum: h.Momentum, WeightDecay: h.WeightDecay, Beta1: h.Beta1, Beta2: h.Beta2, Eps: h.Eps,
		AugmentationType: h.AugmentationType, EarlyStopping: h.EarlyStopping, EarlyStoppingMin: h.EarlyStoppingMin,
		EarlyStoppingWait: h.EarlyStoppingWait, EarlyStoppingTol: h.EarlyStoppingTol,
		Seed: training.Seed(b.study.Seed), Threads: t.Threads, Device: t.Device,
	}, b.datasetInputs(training)...)
	n.Weight = t.Threads
	n.Origins = origins("trainer.", t.Where, "threads", "device")
	seed := origin("study.seed", b.study.Where["seed"])
	seed.Derived = training.Seed(b.study.Seed) != b.study.Seed
	n.Origins["seed"] = seed
	return n
}

// evaluate adds the judging of a camera's picture in one size with one training's model.
func (b *builder) evaluate(r specs.Resolution, t address.Training, e specs.Evaluation, size specs.Size) {
	var n *engine.Node
	switch b.study.Trainer.Name {
	case "sagemaker":
		n = b.cloudEvaluate(r, t, e, size)
	case "command":
		n = b.commandEvaluate(t, e, size)
	default:
		n = b.localEvaluate(t, e, size)
	}
	n.KeepOutputs = true
	n.Origins = origins("evaluation.", e.Where, "every", "confident", "quality", "width", "height", "at")
	n.Origins["areas"], n.Origins["video"] = origin("areas", e.At), origin("evaluation."+e.Name+".video", e.Where["video"])
	for _, a := range e.Areas {
		n.Origins["areas/"+a.Name] = origin("area", a.At)
	}
	b.labels(n)
}

func (b *builder) localEvaluate(training address.Training, e specs.Evaluation, size specs.Size) *engine.Node {
	t, trained := b.study.Trainer, training.Address()
	params := judged(e, size)
	params.Quality, params.Threads, params.Device = e.Quality, t.Threads, t.Device
	n := b.add(training.Evaluation(e.Name, size.Name), evaluate.Evaluate, params,
		from("model.safetensors", trained, "model.safetensors"), from("model.json", trained, "model.json"),
		file("video", e.Video), from("probe", address.CameraProbe(e.Name), "probe.json"))
	n.Weight = t.Threads
	return n
}

// Watched are the parameters of judging an evaluation's camera live.
func Watched(study *specs.Study, e specs.Evaluation) evaluate.Params {
	params := judged(e, specs.Size{})
	params.Quality, params.Threads, params.Device = e.Quality, study.Trainer.Threads, study.Trainer.Device
	return params
}

// judged are the parameters of judging that do not depend on who does it.
func judged(e specs.Evaluation, size specs.Size) evaluate.Params {
	return evaluate.Params{Width: e.Width, Height: e.Height, At: scaled(size), Every: e.Every, Confident: e.Confident, Areas: byPlace(e.Areas)}
}

// byPlace gives the areas in an order that no order of blocks changes.
func byPlace(declared []specs.Area) []evaluate.Area {
	declared = slices.Clone(declared)
	slices.SortFunc(declared, func(a, b specs.Area) int { return cmp.Or(a.Y-b.Y, a.X-b.X, strings.Compare(a.Name, b.Name)) })
	var areas []evaluate.Area
	for _, a := range declared {
		areas = append(areas, evaluate.Area{Name: a.Name, Rect: [4]int{a.X, a.Y, a.W, a.H}, Expect: a.Expect})
	}
	return areas
}

// filmed is where a label's videos were written.
func filmed(l specs.Label) engine.Origin { return origin("label "+l.Name+" video", l.At) }

// labels names where each class was written.
func (b *builder) labels(n *engine.Node) {
	n.Origins["classes"] = engine.Origin{Attribute: "labels"}
	for _, l := range b.study.Labels {
		n.Origins["classes/"+l.Name] = origin("label", l.At)
	}
}

// origins names where each attribute was written; its parameter has the same name.
func origins(block string, where specs.Where, names ...string) map[string]engine.Origin {
	all := make(map[string]engine.Origin, len(names))
	for _, name := range names {
		all[name] = origin(block+name, where[name])
	}
	return all
}

func origin(attribute string, at specs.Position) engine.Origin {
	return engine.Origin{Attribute: attribute, File: at.File, Line: at.Line, Default: at.Line == 0}
}
