package report

import (
	"fmt"
	"math"
	"slices"

	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
	"snellen/steps/train"
)

// resolution is one row of the document, but for what compares it with others.
func (r *Report) resolution(f *found) document.Resolution {
	out := document.Resolution{
		Resolution: f.Name, Width: f.Width, Height: f.Height, Flags: []string{}, Moments: []document.Moment{}, Curve: []train.Epoch{},
		Runs: []document.Run{}, Evaluations: []document.Evaluation{},
	}
	if f.dataset != nil {
		out.DatasetBytes = &f.dataset.Bytes
		out.Images = &document.Images{Train: f.dataset.Train, Validation: f.dataset.Validation}
	}
	if f.other != nil {
		split := otherSplit(r.study.Dataset.Split)
		out.Other = &document.OtherSplit{Split: split, Address: f.Name + "/train/" + split, Accuracy: f.other.Accuracy}
	}
	for i := range f.runs {
		out.Runs = append(out.Runs, r.run(f, i))
	}
	if trained := f.trained(); len(trained) > 0 {
		out.Epoch, out.Cloud = &trained[0].LastEpoch, trained[0].cloud
		out.Curve = append(out.Curve, trained[0].curve...)
	}
	out.Spread = spread(out.Runs)
	if s := out.Spread; s.Accuracy != nil {
		out.Accuracy, out.TrainSeconds = &s.Accuracy.Mean, &s.TrainSeconds.Mean
	}
	for i := range r.study.Evaluations {
		out.Evaluations = append(out.Evaluations, r.evaluation(f, i))
	}
	out.Grade = worst(r.study.Evaluations, out.Evaluations)
	out.Moments = append(out.Moments, r.moments(f)...)
	return out
}

func (r *Report) run(f *found, i int) document.Run {
	run := &f.runs[i]
	out := document.Run{
		Replicate: run.Replicate, Address: run.Address(), Seed: run.Seed(r.study.Seed), Curve: []train.Epoch{}, Evaluations: []document.RunEvaluation{},
	}
	if t := run.training; t != nil {
		seconds := t.took.Seconds()
		out.Accuracy, out.BestEpoch, out.Epoch, out.EarlyStopped = &t.Accuracy, &t.BestEpoch, &t.LastEpoch, &t.EarlyStopped
		out.TrainSeconds, out.Cloud, out.Curve = &seconds, t.cloud, append(out.Curve, t.curve...)
	}
	var grades []document.Evaluation
	for k, e := range r.study.Evaluations {
		one := document.RunEvaluation{Name: e.Name, Address: run.Evaluation(e.Name, ""), Areas: []evaluate.AreaSummary{}}
		if j := run.judged[k][0]; j != nil {
			one.DetectionRate, one.Areas = &j.summary.DetectionRate, append(one.Areas, j.summary.Areas...)
			one.Grade, one.Series = grade(e.Grades, j.summary.Areas), r.series(j)
		}
		out.Evaluations = append(out.Evaluations, one)
		grades = append(grades, document.Evaluation{Grade: one.Grade})
	}
	out.Grade = worst(r.study.Evaluations, grades)
	return out
}

// spread sums up the runs, so far as they have figures.
func spread(runs []document.Run) document.Spread {
	var accuracy, seconds, detection []float64
	for _, r := range runs {
		if r.Accuracy != nil {
			accuracy, seconds = append(accuracy, *r.Accuracy), append(seconds, *r.TrainSeconds)
		}
		if r.Detection != nil {
			detection = append(detection, *r.Detection)
		}
	}
	return document.Spread{Accuracy: sample(accuracy), TrainSeconds: sample(seconds), Detection: sample(detection)}
}

func sample(values []float64) *document.Sample {
	if len(values) == 0 {
		return nil
	}
	mean, deviation := compare.Spread(values)
	out := &document.Sample{Runs: len(values), Mean: rounded(mean), Low: slices.Min(values), High: slices.Max(values)}
	if len(values) > 1 {
		deviation = rounded(deviation)
		out.Deviation = &deviation
	}
	return out
}

// rounded keeps the noise of floating point out of what people and machines read.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// evaluation is a camera's picture in its own size, over all runs.
func (r *Report) evaluation(f *found, k int) document.Evaluation {
	declared := r.study.Evaluations[k]
	out := document.Evaluation{Name: declared.Name, Areas: []document.Area{}, Pictures: []document.Picture{}, Cells: []document.CameraCell{}}
	list := f.judgments(k, 0)
	if len(list) > 0 {
		areas := means(list)
		rate := meanRate(list)
		frames, recognised := list[0].summary.Frames, 0
		for i, a := range areas {
			one := document.Area{AreaSummary: a, Recognised: recognisedAt(a.Rate), Pixels: r.target(f.Resolution, declared, a.Name)}
			one.Grade, one.Next = r.lacking(declared, a.Rate)
			out.Areas = append(out.Areas, one)
			if out.Areas[i].Recognised {
				recognised++
			}
		}
		out.DetectionRate, out.Frames, out.Recognised = &rate, &frames, &recognised
		out.Interval = r.wilson(rate, len(areas))
		out.Grade = grade(declared.Grades, areas)
		out.Confusion = r.confusion(list)
		out.Pictures = append(out.Pictures, r.shownPictures(f.Name, declared.Name, list[0])...)
	}
	out.Cells = append(out.Cells, r.cells(f, k)...)
	return out
}

// judgments are those of one evaluation in one size that there are, in the order of the runs.
func (f *found) judgments(evaluation, size int) []*judgment {
	var list []*judgment
	for i := range f.runs {
		if j := f.runs[i].judged[evaluation][size]; j != nil && (len(list) == 0 || sameAreas(j, list[0])) {
			list = append(list, j)
		}
	}
	return list
}

// sameAreas tells whether two judgments are of the same areas: results that were applied last may be of another spec.
func sameAreas(a, b *judgment) bool {
	return slices.EqualFunc(a.summary.Areas, b.summary.Areas, func(x, y evaluate.AreaSummary) bool { return x.Name == y.Name && x.Expect == y.Expect })
}

// means are the areas' figures, as means over judgments.
func means(list []*judgment) []evaluate.AreaSummary {
	out := slices.Clone(list[0].summary.Areas)
	n := float64(len(list))
	for i := range out {
		rate, confident, mean := 0.0, 0.0, 0.0
		for _, j := range list {
			a := j.summary.Areas[i]
			rate, confident, mean = rate+a.Rate, confident+a.Confident, mean+a.Mean
		}
		out[i].Rate, out[i].Confident, out[i].Mean = rounded(rate/n), rounded(confident/n), rounded(mean/n)
	}
	return out
}

func meanRate(list []*judgment) float64 {
	sum := 0.0
	for _, j := range list {
		sum += j.summary.DetectionRate
	}
	return rounded(sum / float64(len(list)))
}

// recognisedAt tells whether an area counts as recognised: right in more than half of its judged frames.
func recognisedAt(rate float64) bool { return rate > 0.5 }

func (r *Report) wilson(rate float64, areas int) *document.Interval {
	i := compare.Wilson(rate, areas, r.study.Decision.Confidence)
	return r.interval(i, areas, "wilson")
}

func (r *Report) interval(i compare.Interval, samples int, method string) *document.Interval {
	return &document.Interval{Low: rounded(i.Low), High: rounded(i.High), Confidence: r.study.Decision.Confidence, Samples: samples, Method: method}
}

// grade is the first of the grades, from the best to the worst, that every area reaches; nil where none is.
func grade(grades []specs.Grade, areas []evaluate.AreaSummary) *string {
	for _, g := range grades {
		if !slices.ContainsFunc(areas, func(a evaluate.AreaSummary) bool { return a.Rate < g.EveryArea }) {
			return &g.Name
		}
	}
	return nil
}

// lacking is the grade of one area's rate alone, and what it lacks for the next better one.
func (r *Report) lacking(e specs.Evaluation, rate float64) (string, *document.Next) {
	for i, g := range e.Grades {
		if rate < g.EveryArea {
			continue
		}
		if i == 0 {
			return g.Name, nil
		}
		return g.Name, &document.Next{Grade: e.Grades[i-1].Name, Lacks: rounded(e.Grades[i-1].EveryArea - rate)}
	}
	return "", nil
}

// worst is the worst of the evaluations' grades; nil while one is not known.
func worst(declared []specs.Evaluation, list []document.Evaluation) *string {
	var name *string
	lowest := -1
	for i, e := range list {
		if e.Grade == nil {
			return nil
		}
		if at := rank(declared[i].Grades, *e.Grade); at > lowest {
			name, lowest = e.Grade, at
		}
	}
	return name
}

// rank is a grade's place, 0 the best.
func rank(grades []specs.Grade, name string) int {
	return slices.IndexFunc(grades, func(g specs.Grade) bool { return g.Name == name })
}

// moments are the training frames that the folder shows.
func (r *Report) moments(f *found) []document.Moment {
	var list []document.Moment
	for _, l := range r.study.Labels {
		m, ok := f.moments[l.Name]
		if !ok {
			continue
		}
		file := fmt.Sprintf("%s/frames/%s.jpg", fileName(f.Name), fileName(l.Name))
		r.files[file] = m.frame
		list = append(list, document.Moment{Label: l.Name, Video: m.video, Seconds: m.seconds, File: file})
	}
	return list
}
