package report

import (
	"slices"

	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
)

// The length of a block of time: blockSeconds, or the maxBlocks-th part of the judged time if that
// is longer.
const (
	blockSeconds = 1.0
	maxBlocks    = 10
)

// evidence is a trial of the resolutions that have results.
type evidence struct {
	trial     *compare.Trial // nil if there is nothing to compare
	rows      []int          // place in the document's resolutions, for each arm
	reference []compare.Area // the first arm's first run; all others have the same areas and frames
}

// fillEvidence fills the document's comparisons and decision.
func (r *Report) fillEvidence() evidence {
	e := r.newTrial()
	d := r.study.Decision
	r.doc.Decision = document.Decision{
		State: document.Unknown, Declared: d.Declared, Within: d.Within,
		Confidence: d.Confidence, Prefer: d.Prefer,
		Evaluations: append([]string{}, d.Evaluations...), Candidates: []document.Candidate{},
		Samples: r.sampleKind(),
	}
	if e.trial != nil {
		r.fillRates(e)
		r.fillComparisons(e)
		r.fillDecision(e)
	}
	if len(d.Evaluations) == 0 {
		r.doc.Decision.State = document.NoCamera
	}
	r.doc.Decision.Leaked = r.leakedCount(d.Evaluations)
	r.doc.Decision.Sentence = r.answer()
	r.doc.Answer = r.doc.Decision.Sentence
	return e
}

// sampleKind returns what the decision's samples are, as document.Decision.Samples has it.
func (r *Report) sampleKind() string {
	areas, pictures := false, false
	for _, e := range r.study.Evaluations {
		if slices.Contains(r.study.Decision.Evaluations, e.Name) {
			areas, pictures = areas || e.Samples == nil, pictures || e.Samples != nil
		}
	}
	switch {
	case areas && pictures:
		return "areas and pictures"
	case pictures:
		return "pictures"
	}
	return ""
}

// newTrial returns the results as a trial. It leaves out an arm with other areas or frames than the
// first: such results come from an earlier apply of another spec.
func (r *Report) newTrial() evidence {
	var out evidence
	var arms []compare.Arm
	for i := range r.results.resolutions {
		arm := r.arm(&r.results.resolutions[i])
		if len(arm.Runs) == 0 || len(arm.Runs[0]) == 0 {
			continue
		}
		if len(arms) > 0 && !compare.SameAreas(arm.Runs[0], out.reference) {
			continue
		}
		arms, out.rows = append(arms, arm), append(out.rows, i)
		out.reference = arms[0].Runs[0]
	}
	if len(arms) > 0 {
		out.trial = compare.New(arms, r.study.Decision.Confidence, r.study.Seed)
	}
	return out
}

// arm returns a resolution's runs that have results of all evaluations of the decision.
func (r *Report) arm(f *resolutionResults) compare.Arm {
	arm := compare.Arm{Name: f.Name}
	for i := range f.runs {
		areas, ok := r.areas(&f.runs[i])
		if ok && (len(arm.Runs) == 0 || compare.SameAreas(areas, arm.Runs[0])) {
			arm.Runs = append(arm.Runs, areas)
		}
	}
	return arm
}

// areas returns a run's areas in all evaluations of the decision. It reports false if a result is
// missing.
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

// areas returns a judgment's areas, cut into blocks of time, or its samples of whole pictures. An
// area is one block if the moments are not known.
func (j *judgment) areas() []compare.Area {
	if j.whole {
		return sampleAreas(j.summary.Areas)
	}
	var list []compare.Area
	if j.series == nil {
		// The rate is all that is known. The number of right frames follows from it.
		for _, a := range j.summary.Areas {
			n := j.summary.Frames
			list = append(list, compare.Area{{Right: int(a.Rate*float64(n) + 0.5), Judged: n}})
		}
		return list
	}
	s := j.series
	blocks, place := timeBlocks(s.Seconds)
	for _, a := range s.Areas {
		area := make(compare.Area, blocks)
		for k, found := range a.Found {
			b := &area[place[k]]
			b.Judged++
			if elementAt(s.Classes, found) == a.Expect {
				b.Right++
			}
		}
		list = append(list, area)
	}
	return list
}

// timeBlocks cuts sorted moments into blocks of time. It returns the number of blocks and the block
// of each moment. Blocks without a moment are not counted.
func timeBlocks(seconds []float64) (blocks int, place []int) {
	if len(seconds) == 0 {
		return 0, nil
	}
	length := max(blockSeconds, (seconds[len(seconds)-1]-seconds[0])/maxBlocks)
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

// fillRates sets each resolution's rate over all areas, and the rates of its runs.
func (r *Report) fillRates(e evidence) {
	for arm, i := range e.rows {
		row := &r.doc.Resolutions[i]
		rate := rounded(e.trial.Rate(arm))
		row.Detection = &document.Rate{
			Rate: rate, Areas: e.trial.Areas(),
			Interval: *r.interval(e.trial.Interval(arm), e.trial.Areas(), "wilson"),
		}
		for _, rate := range e.trial.Rates(arm) {
			if isRecognised(rate) {
				row.Detection.Recognised++
			}
		}
		for k := range row.Runs {
			areas, ok := r.areas(&r.results.resolutions[i].runs[k])
			if ok && compare.SameAreas(areas, e.reference) {
				detected := rounded(compare.Rate(areas))
				row.Runs[k].Detection = &detected
			}
		}
		// Computed again, now that the runs have their detection rates.
		row.Spread = spread(row.Runs)
	}
}

// fillComparisons compares each resolution with each smaller one.
func (r *Report) fillComparisons(e evidence) {
	for a := range e.rows {
		for b := a + 1; b < len(e.rows); b++ {
			c := e.trial.Compare(a, b)
			areas := e.trial.Areas()
			one := document.Comparison{
				A: r.name(e, a), B: r.name(e, b), Neighbours: b == a+1,
				Difference: rounded(c.Difference), Interval: *r.difference(e, c),
				Bootstrap: *r.interval(c.Bootstrap, areas, "bootstrap"),
				Adjusted:  *r.interval(c.Adjusted, areas, "adjusted"),
				Sign: document.Sign{
					Higher: c.Sign.Higher, Lower: c.Sign.Lower, Equal: c.Sign.Equal,
					P: rounded(c.Sign.P),
				},
				Verdict: document.VerdictInconclusive, Needed: r.neededText(c.Needed, e, c.Verdict),
			}
			switch c.Verdict {
			case compare.Better:
				one.Verdict = document.VerdictBetter
			case compare.Worse:
				one.Verdict = document.VerdictWorse
			}
			r.doc.Comparisons = append(r.doc.Comparisons, one)
		}
	}
}

// name returns the resolution of an arm.
func (r *Report) name(e evidence, arm int) string {
	return r.doc.Resolutions[e.rows[arm]].Resolution
}

// difference returns the interval on which a comparison's verdict is based: the bootstrap's if that
// shows a difference, else on each side the wider of bootstrap and adjusted interval.
func (r *Report) difference(e evidence, c compare.Comparison) *document.Interval {
	if c.Verdict == compare.Better || c.Verdict == compare.Worse {
		return r.interval(c.Bootstrap, e.trial.Areas(), "bootstrap")
	}
	wider := compare.Interval{
		Low:  min(c.Bootstrap.Low, c.Adjusted.Low),
		High: max(c.Bootstrap.High, c.Adjusted.High),
	}
	return r.interval(wider, e.trial.Areas(), "wider")
}

// fillDecision chooses a resolution. The decision stays Unknown while one has no results.
func (r *Report) fillDecision(e evidence) {
	d := &r.doc.Decision
	made := e.trial.Decide(d.Within, d.Prefer == "smallest")
	for arm, c := range made.Candidates {
		one := document.Candidate{
			Resolution: r.name(e, arm), Rate: rounded(e.trial.Rate(arm)),
			Difference: rounded(c.Difference), Standing: document.Undecided,
			Needed: r.neededText(c.Needed, e, c.Verdict),
		}
		switch c.Verdict {
		case compare.NonInferior:
			one.Standing = document.GoodEnough
		case compare.Worse:
			one.Standing = document.TooWeak
		}
		// The best needs no interval: its difference from itself is zero.
		if arm != made.Best {
			one.Interval = r.difference(e, c)
		}
		d.Candidates = append(d.Candidates, one)
	}
	chosen, best := d.Candidates[made.Chosen], r.name(e, made.Best)
	d.Resolution, d.Best = &chosen.Resolution, &best
	d.Difference, d.Interval, d.Needed = &chosen.Difference, chosen.Interval, chosen.Needed
	d.State = document.Open
	if made.Decided {
		d.State = document.Decided
	}
	// A resolution without results might be the smallest that is enough.
	if len(e.rows) < len(r.doc.Resolutions) {
		d.State = document.Unknown
	}
}

// gateResults returns the results to which a gate's condition can refer.
func (r *Report) gateResults() specs.Results {
	out := specs.Results{Resolutions: map[string]specs.ResolutionResult{}, Leakage: r.doc.Leakage}
	if a := r.doc.Audit.Areas; a != nil {
		n := len(a)
		out.LeakedAreas = number(&n)
	}
	for i, row := range r.doc.Resolutions {
		one := specs.ResolutionResult{
			Accuracy: row.Accuracy, TrainSeconds: row.TrainSeconds, Epoch: number(row.Epoch),
			DatasetBytes:    number(row.DatasetBytes),
			DetectionResult: specs.DetectionResult{Grade: row.Grade},
			Evaluations:     map[string]specs.EvaluationResult{},
		}
		if d := row.Detection; d != nil {
			one.Rate, one.Low, one.High = &d.Rate, &d.Interval.Low, &d.Interval.High
		}
		for k, e := range row.Evaluations {
			one.Evaluations[e.Name] = evaluationResult(e, r.found(i, k))
		}
		out.Resolutions[row.Resolution] = one
	}
	if d := r.doc.Decision; d.State == document.Decided || d.State == document.Open {
		decided := d.State == document.Decided
		out.Decision = specs.DecisionResult{
			Resolution: d.Resolution, Best: d.Best, Difference: d.Difference, Decided: &decided,
		}
	}
	return out
}

// evaluationResult returns the part of the gates' results about one evaluation.
func evaluationResult(e document.Evaluation,
	areas []evaluate.AreaSummary) specs.EvaluationResult {
	out := specs.EvaluationResult{
		DetectionResult: specs.DetectionResult{Rate: e.DetectionRate, Grade: e.Grade},
		Areas:           map[string]float64{},
	}
	if e.Interval != nil {
		out.Low, out.High = &e.Interval.Low, &e.Interval.High
	}
	for _, a := range areas {
		out.Areas[a.Name] = a.Rate
	}
	return out
}

// number converts a count that may be missing.
func number[T int | int64](v *T) *float64 {
	if v == nil {
		return nil
	}
	f := float64(*v)
	return &f
}
