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

// resolution returns one resolution of the document, without the parts that compare it with others.
func (r *Report) resolution(f *resolutionResults) document.Resolution {
	out := document.Resolution{
		Resolution: f.Name, Width: f.Width, Height: f.Height, Flags: []string{},
		Moments: []document.Moment{}, Curve: []train.Epoch{}, Runs: []document.Run{},
		Evaluations: []document.Evaluation{},
	}
	if f.dataset != nil {
		out.DatasetBytes = &f.dataset.Bytes
		out.Images = &document.Images{Train: f.dataset.Train, Validation: f.dataset.Validation}
	}
	if f.other != nil {
		split := otherSplit(r.study.Dataset.Split)
		out.Other = &document.OtherSplit{
			Split: split, Address: f.Name + "/train/" + split, Accuracy: f.other.Accuracy,
		}
	}
	for i := range f.runs {
		out.Runs = append(out.Runs, r.run(f, i))
	}
	// The mean of several curves would be the curve of no training, so the first one stands for
	// all.
	if trained := f.trained(); len(trained) > 0 {
		out.BestEpoch, out.Epoch, out.Epochs = trained[0].epochs()
		out.Cloud = trained[0].cloud
		out.Curve = append(out.Curve, trained[0].curve...)
		out.Network = networkOf(trained[0].training)
	}
	out.Spread = spread(out.Runs)
	if s := out.Spread; s.Accuracy != nil {
		out.Accuracy, out.TrainSeconds = &s.Accuracy.Mean, &s.TrainSeconds.Mean
	}
	for i := range r.study.Evaluations {
		out.Evaluations = append(out.Evaluations, r.evaluation(f, i))
	}
	out.Grade = worstGrade(r.study.Evaluations, out.Evaluations)
	out.Moments = append(out.Moments, r.moments(f)...)
	return out
}

// run returns run i of a resolution.
func (r *Report) run(f *resolutionResults, i int) document.Run {
	run := &f.runs[i]
	out := document.Run{
		Replicate: run.Replicate, Address: run.Address(), Seed: run.Seed(r.study.Seed),
		Curve: []train.Epoch{}, Evaluations: []document.RunEvaluation{},
	}
	if t := run.training; t != nil {
		seconds := t.took.Seconds()
		out.Accuracy = &t.Accuracy
		out.BestEpoch, out.Epoch, out.Epochs = t.epochs()
		out.EarlyStopped, out.TrainSeconds = &t.EarlyStopped, &seconds
		out.Cloud, out.Curve = t.cloud, append(out.Curve, t.curve...)
	}
	// worstGrade reads nothing but the grades.
	var grades []document.Evaluation
	for k, e := range r.study.Evaluations {
		one := document.RunEvaluation{
			Name: e.Name, Address: run.Evaluation(e.Name, ""), Areas: []evaluate.AreaSummary{},
		}
		if j := run.judged[k][0]; j != nil {
			rate := j.rate()
			one.DetectionRate = &rate
			one.Grade = grade(e.Grades, r.graded(e, j.summary.Areas))
			one.Series, one.Answers = r.series(j), r.answers(j)
			if !j.whole {
				one.Areas = append(one.Areas, j.summary.Areas...)
			}
		}
		out.Evaluations = append(out.Evaluations, one)
		grades = append(grades, document.Evaluation{Grade: one.Grade})
	}
	out.Grade = worstGrade(r.study.Evaluations, grades)
	return out
}

// epochs returns a training's best and last epoch, from 0, and how many it had.
func (t *training) epochs() (best, last, number *int) {
	n := t.LastEpoch + 1
	return &t.BestEpoch, &t.LastEpoch, &n
}

// spread returns how much the runs differ, as far as they have figures.
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
	return document.Spread{
		Accuracy: sample(accuracy), TrainSeconds: sample(seconds), Detection: sample(detection),
	}
}

// sample sums up the values of several runs, or returns nil for none.
func sample(values []float64) *document.Sample {
	if len(values) == 0 {
		return nil
	}
	mean, deviation := compare.Spread(values)
	out := &document.Sample{
		Runs: len(values), Mean: rounded(mean), Low: slices.Min(values), High: slices.Max(values),
	}
	if len(values) > 1 {
		deviation = rounded(deviation)
		out.Deviation = &deviation
	}
	return out
}

// rounded removes the noise of floating point from a figure that is shown or stored.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// evaluation returns evaluation k in the camera's own size, over all runs of a resolution.
func (r *Report) evaluation(f *resolutionResults, k int) document.Evaluation {
	declared := r.study.Evaluations[k]
	out := document.Evaluation{
		Name: declared.Name, Areas: []document.Area{}, Pictures: []document.Picture{},
		Cells: []document.CameraCell{},
	}
	list := f.judgments(k, 0)
	if len(list) > 0 {
		areas := means(list)
		rate := meanRate(list)
		frames, recognised := list[0].summary.Frames, 0
		for _, a := range areas {
			if isRecognised(a.Rate) {
				recognised++
			}
		}
		out.DetectionRate, out.Frames, out.Recognised = &rate, &frames, &recognised
		out.Interval = r.wilson(rate, list[0].samples())
		out.Grade = grade(declared.Grades, r.graded(declared, areas))
		out.Confusion = r.confusion(list)
		// The pictures of all trainings would be many, and look much the same.
		if list[0].whole {
			out.Labels = r.labelRates(declared, areas)
			out.Pictures = append(out.Pictures, r.worstPictures(f.Name, declared.Name, list[0])...)
		} else {
			out.Areas = append(out.Areas, r.judgedAreas(f.Resolution, declared, areas)...)
			out.Pictures = append(out.Pictures, r.judgedPictures(f.Name, declared.Name, list[0])...)
		}
	}
	out.Cells = append(out.Cells, r.cameraCells(f, k)...)
	return out
}

// judgedAreas returns the areas of an evaluation at one resolution.
func (r *Report) judgedAreas(res specs.Resolution, e specs.Evaluation,
	areas []evaluate.AreaSummary) []document.Area {
	var list []document.Area
	for _, a := range areas {
		one := document.Area{
			AreaSummary: a, Recognised: isRecognised(a.Rate), Pixels: r.target(res, e, a.Name),
		}
		one.Grade, one.Next = r.areaGrade(e, a.Rate)
		list = append(list, one)
	}
	return list
}

// judgments returns the judgments of one evaluation in one size, in the order of the runs. All have
// the areas of the first.
func (f *resolutionResults) judgments(evaluation, size int) []*judgment {
	var list []*judgment
	for i := range f.runs {
		j := f.runs[i].judged[evaluation][size]
		if j != nil && (len(list) == 0 || sameAreas(j, list[0])) {
			list = append(list, j)
		}
	}
	return list
}

// sameAreas reports whether two judgments have the same areas. Results of an earlier spec may have
// others.
func sameAreas(a, b *judgment) bool {
	same := func(x, y evaluate.AreaSummary) bool { return x.Name == y.Name && x.Expect == y.Expect }
	return slices.EqualFunc(a.summary.Areas, b.summary.Areas, same)
}

// means returns the areas' figures as means over judgments.
func means(list []*judgment) []evaluate.AreaSummary {
	out := slices.Clone(list[0].summary.Areas)
	n := float64(len(list))
	for i := range out {
		rate, confident, mean := 0.0, 0.0, 0.0
		for _, j := range list {
			a := j.summary.Areas[i]
			rate, confident, mean = rate+a.Rate, confident+a.Confident, mean+a.Mean
		}
		out[i].Rate, out[i].Confident, out[i].Mean = rounded(rate/n), rounded(confident/n),
			rounded(mean/n)
	}
	return out
}

// meanRate returns the mean detection rate of judgments. There is at least one.
func meanRate(list []*judgment) float64 {
	sum := 0.0
	for _, j := range list {
		sum += j.rate()
	}
	return rounded(sum / float64(len(list)))
}

// isRecognised reports whether an area with this rate counts as recognised: it is right in more
// than half of its judged frames.
func isRecognised(rate float64) bool { return rate > 0.5 }

// wilson returns Wilson's interval of a rate, with each area as one sample.
func (r *Report) wilson(rate float64, areas int) *document.Interval {
	i := compare.Wilson(rate, areas, r.study.Decision.Confidence)
	return r.interval(i, areas, "wilson")
}

// interval returns an interval of the document. method is the name of one of the methods.
func (r *Report) interval(i compare.Interval, samples int, method string) *document.Interval {
	return &document.Interval{
		Low: rounded(i.Low), High: rounded(i.High), Confidence: r.study.Decision.Confidence,
		Samples: samples, Method: method,
	}
}

// grade returns the best grade that every area reaches, or nil. grades go from the best to the
// worst.
func grade(grades []specs.Grade, areas []evaluate.AreaSummary) *string {
	for _, g := range grades {
		misses := func(a evaluate.AreaSummary) bool { return a.Rate < g.EveryArea }
		if !slices.ContainsFunc(areas, misses) {
			return &g.Name
		}
	}
	return nil
}

// areaGrade returns the grade of one area's rate alone, and what it lacks for the next better one.
func (r *Report) areaGrade(e specs.Evaluation, rate float64) (string, *document.NextGrade) {
	for i, g := range e.Grades {
		if rate < g.EveryArea {
			continue
		}
		if i == 0 {
			return g.Name, nil
		}
		next := e.Grades[i-1]
		return g.Name, &document.NextGrade{Grade: next.Name, Lacks: rounded(next.EveryArea - rate)}
	}
	return "", nil
}

// worstGrade returns the worst grade of the evaluations, or nil while one is not known.
func worstGrade(declared []specs.Evaluation, list []document.Evaluation) *string {
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

// rank returns a grade's place, where 0 is the best.
func rank(grades []specs.Grade, name string) int {
	return slices.IndexFunc(grades, func(g specs.Grade) bool { return g.Name == name })
}

// moments returns the training frames that the folder shows, and adds them to its files.
func (r *Report) moments(f *resolutionResults) []document.Moment {
	var list []document.Moment
	for _, l := range r.study.Labels {
		m, ok := f.moments[l.Name]
		if !ok {
			continue
		}
		file := fmt.Sprintf("%s/frames/%s.jpg", fileName(f.Name), fileName(l.Name))
		r.files[file] = m.frame
		list = append(list, document.Moment{
			Label: l.Name, Video: m.video, Seconds: m.seconds, File: file, Picture: m.picture,
		})
	}
	return list
}
