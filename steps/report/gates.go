package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/specs"
	"snellen/steps/report/document"
)

const noResult = "no result yet: type snellen apply"

// gates compares the results with the study's gates.
func (r *Report) gates() []document.Gate {
	list := []document.Gate{}
	for _, g := range r.study.Gates {
		out := document.Gate{
			Name: g.Name, Message: g.Message, Requirements: []document.Requirement{},
		}
		for _, want := range g.Requirements {
			out.Requirements = append(out.Requirements, r.requirements(want)...)
		}
		if g.Condition != nil {
			out.Requirements = append(out.Requirements, condition(g.Condition, r.gateResults()))
		}
		out.Met = allMet(out.Requirements)
		list = append(list, out)
	}
	return list
}

// allMet returns false if a requirement is not met, else nil if one is not known, else true.
func allMet(list []document.Requirement) *bool {
	met := true
	var unknown bool
	for _, one := range list {
		unknown = unknown || one.Met == nil
		met = met && (one.Met == nil || *one.Met)
	}
	if met && unknown {
		return nil
	}
	return &met
}

// condition evaluates a gate's condition.
func condition(c *specs.Condition, results specs.Results) document.Requirement {
	out := document.Requirement{Text: c.Text}
	holds, err := c.Holds(results)
	switch {
	case errors.Is(err, specs.ErrNoResult):
		out.Reason = noResult
		return out
	// A condition that fails to evaluate is not met: a gate must not pass by mistake.
	case err != nil:
		out.Reason = err.Error()
	case !holds:
		out.Reason = strings.TrimSuffix("it is false: "+strings.Join(c.Found(results), ", "), ": ")
	}
	out.Met = &holds
	return out
}

// requirements evaluates each requirement of a require block.
func (r *Report) requirements(want specs.Requirement) []document.Requirement {
	var row document.Resolution
	for _, one := range r.doc.Resolutions {
		if one.Resolution == want.Resolution {
			row = one
		}
	}
	var list []document.Requirement
	if want.Accuracy != nil {
		list = append(list, atLeast(row.Resolution+": accuracy", row.Accuracy, *want.Accuracy))
	}
	for i, e := range row.Evaluations {
		// A require block that names no evaluation applies to all.
		if want.Evaluation != "" && want.Evaluation != e.Name {
			continue
		}
		if want.DetectionRate != nil {
			what := row.Resolution + ", " + e.Name + ": detection rate"
			list = append(list, atLeast(what, e.DetectionRate, *want.DetectionRate))
		}
		if want.Grade != "" {
			grades := r.study.Evaluations[i].Grades
			list = append(list, gradeAtLeast(row.Resolution, grades, e, want.Grade))
		}
	}
	return list
}

// atLeast requires a figure of at least want. value is nil if there is no result.
func atLeast(what string, value *float64, want float64) document.Requirement {
	out := document.Requirement{Text: fmt.Sprintf("%s at least %g", what, want)}
	if value == nil {
		out.Reason = noResult
		return out
	}
	met := *value >= want
	if out.Met = &met; !met {
		out.Reason = "it is " + below(*value, want)
	}
	return out
}

// below returns a figure with three decimals, or with all that it takes to show that it is less
// than what is required.
func below(value, want float64) string {
	text := strconv.FormatFloat(value, 'f', 3, 64)
	if shown, err := strconv.ParseFloat(text, 64); err != nil || shown >= want {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return text
}

// gradeAtLeast requires a grade of at least want. grades are the evaluation's, the best
// first.
func gradeAtLeast(resolution string, grades []specs.Grade, e document.Evaluation,
	want string) document.Requirement {
	out := document.Requirement{
		Text: fmt.Sprintf("%s, %s: grade %s or better", resolution, e.Name, want),
	}
	if e.DetectionRate == nil {
		out.Reason = noResult
		return out
	}
	met := e.Grade != nil && rank(grades, *e.Grade) <= rank(grades, want)
	if out.Met = &met; met {
		return out
	}
	out.Reason = "there is no grade"
	if e.Grade != nil {
		out.Reason = "the grade is " + *e.Grade
	}
	if a := weakest(e); a != nil {
		out.Reason += fmt.Sprintf("; the weakest is %s, right in %s of the frames",
			document.AreaName(a.Name, a.Expect), percent(a.Rate))
	}
	if len(e.Labels) > 0 {
		l := slices.MinFunc(e.Labels,
			func(a, b document.LabelRate) int { return cmp.Compare(a.Rate, b.Rate) })
		out.Reason += fmt.Sprintf("; %s of the pictures of %s are right", percent(l.Rate), l.Label)
	}
	return out
}

// weakest returns the area with the lowest rate, or nil if there are none.
func weakest(e document.Evaluation) *document.Area {
	var out *document.Area
	for i := range e.Areas {
		if out == nil || e.Areas[i].Rate < out.Rate {
			out = &e.Areas[i]
		}
	}
	return out
}
