package report

import (
	"slices"
	"time"

	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/report/document"
	"snellen/steps/train"
)

// findings are a study's results as its steps left them.
type findings struct {
	resolutions []found       // in the study's order
	audit       *audit.Result // nil: no result yet
	footage     []document.Footage
	squeezes    []string // what transcodings say of videos that they stretched
}

// found is one resolution's results. What is nil has none yet.
type found struct {
	specs.Resolution
	dataset *frames.Summary
	runs    []run // one for each declared training
	other   *training
	moments map[string]moment // a frame of each label to show, by its name
}

// A run is one training and all that was judged with its model.
type run struct {
	address.Training
	*training               // nil: no result yet
	judged    [][]*judgment // by evaluation, and by size: the first is the camera's own; nil: no result yet
}

// A training is what one training led to.
type training struct {
	train.Summary
	took  time.Duration // of the run that made the record, or what the cloud says
	curve []train.Epoch
	cloud *document.Cloud // nil: it was trained here
}

// A judgment is what a camera's picture in one size gave with one model.
type judgment struct {
	summary  evaluate.Summary
	series   *evaluate.Series // nil: not known
	pictures []Picture        // judged frames, by name
	seen     []Picture        // of areas as the network saw them
	given    given            // the areas' pictures, where seen is empty
}

// trained are the runs that have a training.
func (f found) trained() []run {
	return slices.DeleteFunc(slices.Clone(f.runs), func(r run) bool { return r.training == nil })
}

// complete tells whether every training and every evaluation has a result.
func (f found) complete() bool {
	return !slices.ContainsFunc(f.runs, func(r run) bool { return !r.complete() })
}

func (r run) complete() bool {
	return r.training != nil && !slices.ContainsFunc(r.judged, func(sizes []*judgment) bool { return slices.Contains(sizes, nil) })
}

// find reads all results.
func (in reader) find(study *specs.Study) (*findings, error) {
	out := &findings{}
	for _, declared := range study.Resolutions {
		f, err := in.resolution(study, declared)
		if err != nil {
			return nil, err
		}
		out.resolutions = append(out.resolutions, f)
	}
	var a audit.Result
	ok, err := in.json(address.Audit, "audit.json", &a)
	if ok {
		out.audit = &a
	}
	if err != nil {
		return nil, err
	}
	out.footage, err = in.footage(study)
	return out, err
}

func (in reader) resolution(study *specs.Study, declared specs.Resolution) (found, error) {
	f := found{Resolution: declared}
	first := address.Training{Resolution: declared.Name, Replicate: 1}
	var data frames.Summary
	ok, err := in.json(first.Dataset(), "dataset.json", &data)
	if err != nil {
		return f, err
	}
	if ok {
		f.dataset = &data
	}
	for i := range max(study.Replicates, 1) {
		r, err := in.run(study, address.Training{Resolution: declared.Name, Replicate: i + 1})
		if err != nil {
			return f, err
		}
		f.runs = append(f.runs, r)
	}
	if study.Dataset.Contrast {
		first.Split = otherSplit(study.Dataset.Split)
		if f.other, err = in.training(first.Address()); err != nil {
			return f, err
		}
	}
	f.moments, err = in.moments(study, declared.Name)
	return f, err
}

// otherSplit is the split that a study does not have.
func otherSplit(split string) string {
	if split == "random" {
		return "blocks"
	}
	return "random"
}

func (in reader) run(study *specs.Study, t address.Training) (run, error) {
	r := run{Training: t}
	var err error
	if r.training, err = in.training(t.Address()); err != nil {
		return r, err
	}
	for _, e := range study.Evaluations {
		var sizes []*judgment
		for _, s := range append([]specs.Size{{}}, e.Sizes...) {
			j, err := in.judgment(t, e.Name, s.Name)
			if err != nil {
				return r, err
			}
			sizes = append(sizes, j)
		}
		r.judged = append(r.judged, sizes)
	}
	return r, nil
}

func (in reader) training(address string) (*training, error) {
	var t training
	ok, err := in.json(address, "summary.json", &t.Summary)
	if err != nil || !ok {
		return nil, err
	}
	if ok, err = in.json(address, "curve.json", &t.curve); err != nil || !ok {
		return nil, err
	}
	t.took = in.records[address].Took
	return &t, in.cloud(address, &t)
}

func (in reader) judgment(t address.Training, evaluation, size string) (*judgment, error) {
	var j judgment
	address := t.Evaluation(evaluation, size)
	ok, err := in.json(address, "summary.json", &j.summary)
	if err != nil || !ok {
		return nil, err
	}
	var s evaluate.Series
	if ok, err = in.json(address, "series.json", &s); err != nil {
		return nil, err
	}
	if ok && even(s) {
		j.series = &s
	}
	j.pictures, j.seen = in.pictures(address, "pictures/"), in.pictures(address, "seen/")
	if len(j.seen) == 0 && j.series != nil {
		j.given, err = in.given(evaluation, size, j.series)
	}
	return &j, err
}

// even tells whether each area of a series has an entry for each frame.
func even(s evaluate.Series) bool {
	return len(s.Seconds) == len(s.Frames) && !slices.ContainsFunc(s.Areas, func(a evaluate.AreaSeries) bool {
		return len(a.Found) != len(s.Frames) || len(a.Probability) != len(s.Frames) || len(a.Expected) != len(s.Frames)
	})
}
