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

// results are the outputs of a study's steps. A nil pointer means that there is no result yet.
type results struct {
	resolutions  []resolutionResults // in the study's order
	audit        *audit.Result
	areas        *audit.Areas // judged areas that show training pictures
	footage      []document.Footage
	albums       []document.Album
	sizes        [][2]int // of the labels' photographs, width and height in pixels, each once
	stretchNotes []string // notes of transcode steps about videos that they stretched
}

// resolutionResults are the results of one resolution.
type resolutionResults struct {
	specs.Resolution
	dataset *frames.Summary
	runs    []run             // one for each declared training
	other   *training         // with the other split, if the study asks for it
	moments map[string]moment // a training frame to show, by the name of its label
}

// A run is one training and the evaluations of its model.
type run struct {
	address.Training
	*training
	judged [][]*judgment // by evaluation and by size; the first size is the camera's own
}

// A training is the result of one training.
type training struct {
	train.Summary
	took  time.Duration // of the run that made the record, or what the cloud reports
	curve []train.Epoch
	cloud *document.Cloud // nil for a local training
	model *train.Model    // nil for a training by another than the local trainer
}

// A judgment is the result of one model in one size of a camera's picture, or of whole pictures.
type judgment struct {
	whole    bool // the areas of the summary are whole pictures
	summary  evaluate.Summary
	series   *evaluate.Series // nil if the results over time are not known
	answers  []answer         // about whole pictures, in the summary's order; nil: not known
	pictures []Picture        // judged frames, by name
	inputs   []Picture        // areas as the network saw them
	crops    crops            // areas as they were sent to the trainer, if inputs is empty
}

// An answer is what a model found in a whole picture.
type answer struct {
	found                 string
	probability, expected float64 // of the label found, and of the expected one
}

// trained returns the runs that have a training.
func (f resolutionResults) trained() []run {
	return slices.DeleteFunc(slices.Clone(f.runs), func(r run) bool { return r.training == nil })
}

// complete reports whether every training and every evaluation has a result.
func (f resolutionResults) complete() bool {
	return !slices.ContainsFunc(f.runs, func(r run) bool { return !r.complete() })
}

// complete reports whether the training and all its evaluations have results.
func (r run) complete() bool {
	missing := func(sizes []*judgment) bool { return slices.Contains(sizes, nil) }
	return r.training != nil && !slices.ContainsFunc(r.judged, missing)
}

// results reads the results of all steps.
func (in reader) results(study *specs.Study) (*results, error) {
	out := &results{}
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
	if out.areas, err = in.leakedAreas(study); err != nil {
		return nil, err
	}
	if out.footage, err = in.footage(study); err != nil {
		return nil, err
	}
	out.albums, out.sizes, err = in.albums(study)
	return out, err
}

// resolution reads the results of one resolution.
func (in reader) resolution(study *specs.Study,
	declared specs.Resolution) (resolutionResults, error) {
	f := resolutionResults{Resolution: declared}
	first := address.Training{Resolution: declared.Name, Replicate: 1}
	var data frames.Summary
	// All trainings of a resolution share its dataset.
	ok, err := in.json(first.Dataset(), "dataset.json", &data)
	if err != nil {
		return f, err
	}
	if ok {
		f.dataset = &data
		if f.moments, err = in.moments(study, first.Dataset(), &data); err != nil {
			return f, err
		}
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
	return f, nil
}

// otherSplit returns the split that is not the given one.
func otherSplit(split string) string {
	if split == "random" {
		return "blocks"
	}
	return "random"
}

// run reads one training and all evaluations of its model.
func (in reader) run(study *specs.Study, t address.Training) (run, error) {
	r := run{Training: t}
	var err error
	if r.training, err = in.training(t.Address()); err != nil {
		return r, err
	}
	for _, e := range study.Evaluations {
		var sizes []*judgment
		for _, s := range append([]specs.Size{{}}, e.Sizes...) {
			j, err := in.judgment(t, e, s.Name)
			if err != nil {
				return r, err
			}
			sizes = append(sizes, j)
		}
		r.judged = append(r.judged, sizes)
	}
	return r, nil
}

// training reads the result of the training at address, or returns nil.
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
	if t.model, err = in.model(address); err != nil {
		return nil, err
	}
	return &t, in.cloud(address, &t)
}

// judgment reads the result of one evaluation in one size, where "" is the camera's own, or returns
// nil. Results of earlier versions have no series.
func (in reader) judgment(t address.Training, e specs.Evaluation, size string) (*judgment, error) {
	j := judgment{whole: e.Samples != nil}
	address := t.Evaluation(e.Name, size)
	ok, err := in.json(address, "summary.json", &j.summary)
	if err != nil || !ok {
		return nil, err
	}
	if j.whole {
		// All results of whole pictures have the declared order.
		if !slices.EqualFunc(j.summary.Areas, e.Samples, isOf) {
			return nil, nil
		}
		j.pictures = in.pictures(address, "pictures/")
		if size == "" {
			j.answers, err = in.answers(address, j.summary.Areas)
		}
		return &j, err
	}
	var s evaluate.Series
	if ok, err = in.json(address, "series.json", &s); err != nil {
		return nil, err
	}
	if ok && hasAllFrames(s) {
		j.series = &s
	}
	j.pictures, j.inputs = in.pictures(address, "pictures/"), in.pictures(address, "seen/")
	if len(j.inputs) == 0 && j.series != nil {
		j.crops, err = in.crops(e.Name, size, j.series)
	}
	return &j, err
}

// isOf reports whether a result is that of a declared picture.
func isOf(a evaluate.AreaSummary, s specs.Sample) bool {
	return a.Name == s.Name && a.Expect == s.Expect
}

// hasAllFrames reports whether each list of a series has an entry for each frame.
func hasAllFrames(s evaluate.Series) bool {
	n := len(s.Frames)
	return len(s.Seconds) == n && !slices.ContainsFunc(s.Areas, func(a evaluate.AreaSeries) bool {
		return len(a.Found) != n || len(a.Probability) != n || len(a.Expected) != n
	})
}
