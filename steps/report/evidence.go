package report

import (
	"slices"

	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/report/document"
)

// stretch is how long a block of time is, in seconds: a second, or a tenth of the judged time where that is more.
const (
	stretch  = 1.0
	stretchs = 10
)

// evidence is a trial of the resolutions that have results.
type evidence struct {
	trial *compare.Trial // nil where there is nothing to compare
	rows  []int          // of the document's resolutions, for each arm
	like  []compare.Area // the first arm's first run: the others have the same areas and frames
}

// evidence compares the resolutions and decides, and fills the document with both.
func (r *Report) evidence() evidence {
	e := r.try()
	d := r.study.Decision
	r.doc.Decision = document.Decision{
		State: document.Unknown, Declared: d.Declared, Within: d.Within, Confidence: d.Confidence, Prefer: d.Prefer,
		Evaluations: append([]string{}, d.Evaluations...), Candidates: []document.Candidate{},
	}
	if e.trial != nil {
		r.rates(e)
		r.compare(e)
		r.decide(e)
	}
	if len(d.Evaluations) == 0 {
		r.doc.Decision.State = document.NoCamera
	}
	r.doc.Decision.Sentence = r.sentence()
	r.doc.Answer = r.doc.Decision.Sentence
	return e
}

// try lays the results out as a trial. An arm whose areas or frames are others than the first's is left out: such results
// were applied last, by another spec.
func (r *Report) try() evidence {
	var out evidence
	var arms []compare.Arm
	for i := range r.found.resolutions {
		arm := r.arm(&r.found.resolutions[i])
		if len(arm.Runs) == 0 || len(arm.Runs[0]) == 0 || len(arms) > 0 && !compare.SameAreas(arm.Runs[0], out.like) {
			continue
		}
		arms, out.rows = append(arms, arm), append(out.rows, i)
		out.like = arms[0].Runs[0]
	}
	if len(arms) > 0 {
		out.trial = compare.New(arms, r.study.Decision.Confidence, r.study.Seed)
	}
	return out
}

// arm are a resolution's runs that were judged by all evaluations that the decision goes by.
func (r *Report) arm(f *found) compare.Arm {
	arm := compare.Arm{Name: f.Name}
	for i := range f.runs {
		areas, ok := r.areas(&f.runs[i])
		if ok && (len(arm.Runs) == 0 || compare.SameAreas(areas, arm.Runs[0])) {
			arm.Runs = append(arm.Runs, areas)
		}
	}
	return arm
}

func (r *Report) areas(run *run) ([]compare.Area, bool) {
	var list []compare.Area
	for k, e := range r.study.Evaluations {
		if !slices.Contains(r.study.Decision.Evaluations, e.Name) {
			continue
		}
		j := run.judged[k][0]
		if j == nil {
			return nil, false
		}
		list = append(list, j.areas()...)
	}
	return list, true
}

// areas are a judgment's, cut into blocks of time; one block each where the moments are not known.
func (j *judgment) areas() []compare.Area {
	var list []compare.Area
	if j.series == nil {
		for _, a := range j.summary.Areas {
			n := j.summary.Frames
			list = append(list, compare.Area{{Right: int(a.Rate*float64(n) + 0.5), Judged: n}})
		}
		return list
	}
	s := j.series
	blocks, place := stretches(s.Seconds)
	for _, a := range s.Areas {
		area := make(compare.Area, blocks)
		for k, found := range a.Found {
			b := &area[place[k]]
			b.Judged++
			if at(s.Classes, found) == a.Expect {
				b.Right++
			}
		}
		list = append(list, area)
	}
	return list
}

// stretches cuts moments into blocks of time: how many there are, and each moment's. Blocks without a moment are left out.
func stretches(seconds []float64) (blocks int, place []int) {
	if len(seconds) == 0 {
		return 0, nil
	}
	length := max(stretch, (seconds[len(seconds)-1]-seconds[0])/stretchs)
	last := -1
	for _, s := range seconds {
		if b := int((s - seconds[0]) / length); b != last {
			last = b
			blocks++
		}
		place = append(place, blocks-1)
	}
	return blocks, place
}

// rates fills each resolution's rate over all areas, and that of its runs.
func (r *Report) rates(e evidence) {
	for arm, i := range e.rows {
		row := &r.doc.Resolutions[i]
		rate := rounded(e.trial.Rate(arm))
		row.Detection = &document.Rate{
			Rate: rate, Interval: *r.interval(e.trial.Interval(arm), e.trial.Areas(), "wilson"),
			Areas: e.trial.Areas(),
		}
		for _, rate := range e.trial.Rates(arm) {
			if recognisedAt(rate) {
				row.Detection.Recognised++
			}
		}
		for k := range row.Runs {
			if areas, ok := r.areas(&r.found.resolutions[i].runs[k]); ok && compare.SameAreas(areas, e.like) {
				detected := rounded(compare.Rate(areas))
				row.Runs[k].Detection = &detected
			}
		}
		row.Spread = spread(row.Runs)
	}
}

// compare fills the comparisons of each resolution with each smaller one.
func (r *Report) compare(e evidence) {
	for a := range e.rows {
		for b := a + 1; b < len(e.rows); b++ {
			c := e.trial.Compare(a, b)
			one := document.Comparison{
				A: r.name(e, a), B: r.name(e, b), Difference: rounded(c.Difference), Interval: *r.difference(e, c),
				Bootstrap: *r.interval(c.Bootstrap, e.trial.Areas(), "bootstrap"), Adjusted: *r.interval(c.Adjusted, e.trial.Areas(), "adjusted"),
				Sign:    document.Sign{Higher: c.Sign.Higher, Lower: c.Sign.Lower, Equal: c.Sign.Equal, P: rounded(c.Sign.P)},
				Verdict: document.NotEnough, Neighbours: b == a+1, Needed: needed(c.Needed, e, c.Verdict),
			}
			switch c.Verdict {
			case compare.Better:
				one.Verdict = document.ShownBetter
			case compare.Worse:
				one.Verdict = document.ShownWorse
			}
			r.doc.Comparisons = append(r.doc.Comparisons, one)
		}
	}
}

func (r *Report) name(e evidence, arm int) string { return r.doc.Resolutions[e.rows[arm]].Resolution }

// difference is the interval that a comparison's verdict goes by: the bootstrap's where that shows a difference, else the
// wider of the two on each side.
func (r *Report) difference(e evidence, c compare.Comparison) *document.Interval {
	if c.Verdict == compare.Better || c.Verdict == compare.Worse {
		return r.interval(c.Bootstrap, e.trial.Areas(), "bootstrap")
	}
	wider := compare.Interval{Low: min(c.Bootstrap.Low, c.Adjusted.Low), High: max(c.Bootstrap.High, c.Adjusted.High)}
	return r.interval(wider, e.trial.Areas(), "wider")
}

// decide fills the decision.
func (r *Report) decide(e evidence) {
	d := &r.doc.Decision
	made := e.trial.Decide(d.Within, d.Prefer == "smallest")
	for arm, c := range made.Candidates {
		one := document.Candidate{
			Resolution: r.name(e, arm), Rate: rounded(e.trial.Rate(arm)), Difference: rounded(c.Difference), Standing: document.Undecided,
			Needed: needed(c.Needed, e, c.Verdict),
		}
		switch c.Verdict {
		case compare.NonInferior:
			one.Standing = document.GoodEnough
		case compare.Worse:
			one.Standing = document.TooWeak
		}
		if arm != made.Best {
			one.Interval = r.difference(e, c)
		}
		d.Candidates = append(d.Candidates, one)
	}
	chosen, best := d.Candidates[made.Chosen], r.name(e, made.Best)
	d.Resolution, d.Best, d.Difference, d.Interval, d.Needed = &chosen.Resolution, &best, &chosen.Difference, chosen.Interval, chosen.Needed
	d.State = document.Open
	if made.Decided {
		d.State = document.Decided
	}
	if len(e.rows) < len(r.doc.Resolutions) {
		d.State = document.Unknown
	}
}

// results are what a gate's condition is about.
func (r *Report) results() specs.Results {
	out := specs.Results{Resolutions: map[string]specs.ResolutionResult{}, Leakage: r.doc.Leakage}
	for _, row := range r.doc.Resolutions {
		one := specs.ResolutionResult{
			Accuracy: row.Accuracy, TrainSeconds: row.TrainSeconds, Epoch: number(row.Epoch), DatasetBytes: number(row.DatasetBytes),
			DetectionResult: specs.DetectionResult{Grade: row.Grade}, Evaluations: map[string]specs.EvaluationResult{},
		}
		if d := row.Detection; d != nil {
			one.Rate, one.Low, one.High = &d.Rate, &d.Interval.Low, &d.Interval.High
		}
		for _, e := range row.Evaluations {
			one.Evaluations[e.Name] = evaluationResult(e)
		}
		out.Resolutions[row.Resolution] = one
	}
	if d := r.doc.Decision; d.State == document.Decided || d.State == document.Open {
		decided := d.State == document.Decided
		out.Decision = specs.DecisionResult{Resolution: d.Resolution, Best: d.Best, Difference: d.Difference, Decided: &decided}
	}
	return out
}

func evaluationResult(e document.Evaluation) specs.EvaluationResult {
	out := specs.EvaluationResult{DetectionResult: specs.DetectionResult{Rate: e.DetectionRate, Grade: e.Grade}, Areas: map[string]float64{}}
	if e.Interval != nil {
		out.Low, out.High = &e.Interval.Low, &e.Interval.High
	}
	for _, a := range e.Areas {
		out.Areas[a.Name] = a.Rate
	}
	return out
}

func number[T int | int64](v *T) *float64 {
	if v == nil {
		return nil
	}
	f := float64(*v)
	return &f
}
