package report

import (
	"slices"

	"snellen/specs"
	"snellen/steps/compare"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
)

// evidence is a trial of the resolutions that have results.
type evidence struct {
	trial     *compare.Trial // nil if there is nothing to compare
	rows      []int          // place in the document's resolutions, for each arm
	reference []compare.Area // the first arm's first run; all others have the same areas and frames
}

// fillEvidence fills the document's comparisons and decision.
func (r *Report) fillEvidence() {
	e := r.newTrial()
	d := r.study.Decision
	r.doc.Decision = document.Decision{
		State: document.Unknown, Declared: d.Declared, Within: d.Within,
		Confidence: d.Confidence, Prefer: d.Prefer, By: d.By, AtLeast: d.AtLeast,
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
	r.doc.Decision.Sentence, r.doc.Decision.Meaning = r.answer(), r.meaning()
	r.doc.Answer = r.doc.Decision.Sentence
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
		out.trial = compare.New(arms, r.study.Decision.Confidence)
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

// areas returns a judgment's areas, or its samples of whole pictures.
func (j *judgment) areas() []compare.Area {
	if j.whole {
		return sampleAreas(j.summary.Areas)
	}
	var list []compare.Area
	if j.series == nil {
		// The rate is all that is known. The number of right frames follows from it.
		for _, a := range j.summary.Areas {
			n := j.summary.Frames
			list = append(list, compare.Area{Right: int(a.Rate*float64(n) + 0.5), Judged: n})
		}
		return list
	}
	for _, a := range j.series.Areas {
		area := compare.Area{Judged: len(a.Found)}
		for _, found := range a.Found {
			if elementAt(j.series.Classes, found) == a.Expect {
				area.Right++
			}
		}
		list = append(list, area)
	}
	return list
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
			one := document.Comparison{
				A: r.name(e, a), B: r.name(e, b), Neighbours: b == a+1,
				Difference: rounded(c.Difference),
				Interval:   *r.interval(c.Interval, e.trial.Areas(), "limits"),
				Sign: document.Sign{
					Higher: c.Sign.Higher, Lower: c.Sign.Lower, Equal: c.Sign.Equal,
					P: rounded(c.Sign.P),
				},
				Verdict: document.VerdictInconclusive,
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

// fillDecision compares all candidates with the reference, and answers if it can.
func (r *Report) fillDecision(e evidence) {
	d := &r.doc.Decision
	best := e.trial.Best()
	reference, ok := r.reference(e, best)
	d.Best = pointer(r.name(e, best))
	d.State = document.Unknown
	// A resolution without results might be the smallest that is enough.
	known := ok && len(e.rows) == len(r.doc.Resolutions)
	if !ok {
		reference = best
	}
	d.Reference = pointer(r.name(e, reference))
	made := e.trial.Decide(reference, d.Within)
	for _, c := range made.Candidates {
		d.Candidates = append(d.Candidates, r.candidate(e, c, d.Within))
	}
	switch {
	case !known:
		return
	case d.By == "grade":
		d.State = document.Observed
		r.answerWith(r.smallestGraded(e))
	case d.Prefer == "best":
		d.State = document.Observed
		r.answerWith(best)
	case !made.Decided:
		d.State, d.Needed = document.Open, d.Candidates[reference+1].Needed
	case made.Chosen == reference:
		d.State = document.Largest
		r.answerWith(reference)
	default:
		d.State = document.Enough
		r.answerWith(made.Chosen)
	}
}

// reference returns the arm that the others are compared with. It reports false where that has no
// results yet.
func (r *Report) reference(e evidence, best int) (int, bool) {
	name := r.study.Decision.Reference
	switch name {
	case "best":
		return best, true
	case "largest":
		return 0, e.rows[0] == 0
	}
	for arm := range e.rows {
		if r.name(e, arm) == name {
			return arm, true
		}
	}
	return 0, false
}

// candidate returns an arm's comparison with the reference as the document has it.
func (r *Report) candidate(e evidence, c compare.Candidate, within float64) document.Candidate {
	one := document.Candidate{
		Resolution: r.name(e, c.A), Rate: rounded(e.trial.Rate(c.A)),
		Difference: rounded(c.Difference), Verdict: document.CandidateOpen, Untested: c.Untested,
	}
	switch {
	case c.Verdict == compare.Enough:
		one.Verdict = document.CandidateEnough
	case c.Verdict == compare.Worse:
		one.Verdict = document.CandidateWorse
	case !c.Untested:
		one.Needed = r.neededText(e.trial.Needed(c.A, c.B, within), e)
	}
	if c.A != c.B {
		one.Interval = r.interval(c.Interval, e.trial.Areas(), "limits")
		// Each end holds at the confidence, so both together hold at less.
		one.Interval.Confidence = rounded(2*r.study.Decision.Confidence - 1)
	}
	return one
}

// smallestGraded returns the smallest arm whose grade is good enough in all evaluations of the
// decision, or -1.
func (r *Report) smallestGraded(e evidence) int {
	chosen := -1
	for arm, i := range e.rows {
		enough := true
		for k, one := range r.doc.Resolutions[i].Evaluations {
			grades := r.study.Evaluations[k].Grades
			if slices.Contains(r.doc.Decision.Evaluations, one.Name) {
				enough = enough && one.Grade != nil &&
					rank(grades, *one.Grade) <= rank(grades, r.doc.Decision.AtLeast)
			}
		}
		if enough {
			chosen = arm
		}
	}
	return chosen
}

// answerWith makes a candidate the answer; -1 stands for none.
func (r *Report) answerWith(arm int) {
	d := &r.doc.Decision
	if arm < 0 {
		return
	}
	c := d.Candidates[arm]
	d.Resolution = &c.Resolution
	if c.Interval != nil {
		d.Difference, d.Interval = &c.Difference, c.Interval
	}
}

func pointer[T any](v T) *T { return &v }

// gateResults returns the results to which a gate's condition can refer.
func (r *Report) gateResults() specs.Results {
	out := specs.Results{Resolutions: map[string]specs.ResolutionResult{}, Leakage: r.doc.Leakage}
	if a := r.doc.Audit.Areas; a != nil {
		n := len(a)
		out.LeakedAreas = number(&n)
	}
	for i, row := range r.doc.Resolutions {
		one := specs.ResolutionResult{
			Accuracy: row.Accuracy, TrainSeconds: row.TrainSeconds,
			BestEpoch: number(row.BestEpoch), Epochs: number(row.Epochs),
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
	if d := r.doc.Decision; d.State != document.Unknown && d.State != document.NoCamera {
		decided := d.Decided()
		out.Decision = specs.DecisionResult{
			State: &d.State, Resolution: d.Resolution, Best: d.Best, Difference: d.Difference,
			Decided: &decided,
		}
		if decided && d.Difference == nil { // the reference itself
			out.Decision.Difference = pointer(0.0)
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
