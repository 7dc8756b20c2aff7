package report

import (
	"errors"
	"fmt"

	"snellen/specs"
	"snellen/steps/report/document"
)

const noResult = "no result yet: type snellen apply"

// gates hold the results against what the study requires.
func (r *Report) gates() []document.Gate {
	list := []document.Gate{}
	for _, g := range r.study.Gates {
		out := document.Gate{Name: g.Name, Message: g.Message, Requirements: []document.Requirement{}}
		for _, want := range g.Requirements {
			out.Requirements = append(out.Requirements, r.requirements(want)...)
		}
		if g.Condition != nil {
			out.Requirements = append(out.Requirements, condition(g.Condition, r.results()))
		}
		out.Met = all(out.Requirements)
		list = append(list, out)
	}
	return list
}

// all is false where one is not met, else nil where one is not known.
func all(list []document.Requirement) *bool {
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

func condition(c *specs.Condition, results specs.Results) document.Requirement {
	out := document.Requirement{Text: c.Text}
	holds, err := c.Holds(results)
	switch {
	case errors.Is(err, specs.ErrNoResult):
		out.Why = noResult
		return out
	case err != nil:
		out.Why = err.Error()
	case !holds:
		out.Why = "it is false"
	}
	out.Met = &holds
	return out
}

// requirements are a require block's, one by one.
func (r *Report) requirements(want specs.Requirement) []document.Requirement {
	var row document.Resolution
	for _, one := range r.doc.Resolutions {
		if one.Resolution == want.Resolution {
			row = one
		}
	}
	var list []document.Requirement
	if want.Accuracy != nil {
		list = append(list, least(row.Resolution+": accuracy", row.Accuracy, *want.Accuracy))
	}
	for i, e := range row.Evaluations {
		if want.Evaluation != "" && want.Evaluation != e.Name {
			continue
		}
		if want.DetectionRate != nil {
			list = append(list, least(row.Resolution+", "+e.Name+": detection rate", e.DetectionRate, *want.DetectionRate))
		}
		if want.Grade != "" {
			list = append(list, graded(row.Resolution, r.study.Evaluations[i], e, want.Grade))
		}
	}
	return list
}

func least(what string, is *float64, want float64) document.Requirement {
	out := document.Requirement{Text: fmt.Sprintf("%s at least %g", what, want)}
	if is == nil {
		out.Why = noResult
		return out
	}
	met := *is >= want
	if out.Met = &met; !met {
		out.Why = fmt.Sprintf("it is %.3f", *is)
	}
	return out
}

func graded(resolution string, declared specs.Evaluation, e document.Evaluation, want string) document.Requirement {
	out := document.Requirement{Text: fmt.Sprintf("%s, %s: grade %s or better", resolution, e.Name, want)}
	if e.DetectionRate == nil {
		out.Why = noResult
		return out
	}
	met := e.Grade != nil && rank(declared.Grades, *e.Grade) <= rank(declared.Grades, want)
	if out.Met = &met; met {
		return out
	}
	out.Why = "it has none"
	if e.Grade != nil {
		out.Why = "it has " + *e.Grade
	}
	if weakest := weakest(e); weakest != nil {
		out.Why += fmt.Sprintf("; area %s is right in %s", weakest.Name, percent(weakest.Rate))
	}
	return out
}

func weakest(e document.Evaluation) *document.Area {
	var out *document.Area
	for i := range e.Areas {
		if out == nil || e.Areas[i].Rate < out.Rate {
			out = &e.Areas[i]
		}
	}
	return out
}
