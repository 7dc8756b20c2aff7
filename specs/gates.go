package specs

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// A Gate is a condition that the results must meet.
type Gate struct {
	Name         string
	Message      string // printed when it fails; may be ""
	Requirements []Requirement
	Condition    *Condition // nil: none
	At           Position
}

// A Requirement is what one resolution must reach. An empty or nil field requires nothing.
type Requirement struct {
	Resolution    string
	Evaluation    string // "": all evaluations
	Grade         string // this grade or a better one
	DetectionRate *float64
	Accuracy      *float64
	At            Position
}

// readGates fills s.Gates. It is called last, since gates refer to everything else.
func (l *loader) readGates(s *Study) {
	found := l.declarations(l.root.body, gateBlock, noPlural)
	if len(found) > maxGates {
		l.add(l.root.header, "",
			fmt.Sprintf("a study may have at most %d gates, and this has %d", maxGates, len(found)))
		return
	}
	for _, c := range found {
		g := Gate{Name: c.name, At: position(c.header)}
		c.assign(map[string]any{"message": &g.Message}, true)
		for _, b := range blocksOf(c.body, "require") {
			if len(b.Labels) == 1 {
				one := l.decode(requireBlock, b.Body, b.DefRange(), nil)
				g.Requirements = append(g.Requirements,
					l.readRequirement(s, one, l.blockLabel(b), labelRange(b)))
			}
		}
		if given := c.body.Attributes["condition"]; given != nil {
			g.Condition = l.readCondition(s, given.Expr)
		}
		if len(blocksOf(c.body, "require")) == 0 && c.body.Attributes["condition"] == nil {
			l.add(c.header, `write require "320x240" { grade = "○" }, or condition = ...`,
				fmt.Sprintf("gate %q requires nothing", g.Name))
		}
		s.Gates = append(s.Gates, g)
	}
}

// readRequirement reads a require block. at is the range of the resolution's name.
func (l *loader) readRequirement(
	s *Study, c *section, resolution string, at hcl.Range,
) Requirement {
	r := Requirement{Resolution: resolution, At: position(c.header)}
	c.assign(map[string]any{"grade": &r.Grade, "evaluation": &r.Evaluation}, false)
	r.DetectionRate, r.Accuracy = c.optionalNumber("detection_rate"), c.optionalNumber("accuracy")
	var names []string
	for _, one := range s.Resolutions {
		names = append(names, one.Name)
	}
	if !slices.Contains(names, resolution) && !l.incomplete[resolutionsBlock] {
		l.add(at, l.suggest(resolution, names),
			fmt.Sprintf("there is no resolution %q", resolution))
	}
	if r.Grade == "" && r.DetectionRate == nil && r.Accuracy == nil &&
		c.valid("grade", "detection_rate", "accuracy") {
		l.add(c.header, `write grade = "○", detection_rate = 0.8, or accuracy = 0.9`,
			"this require block requires nothing")
	}
	l.checkGrade(s, r, c)
	return r
}

// checkGrade records an evaluation or a grade that is not declared.
func (l *loader) checkGrade(s *Study, r Requirement, c *section) {
	evaluations := s.Evaluations
	if r.Evaluation != "" {
		e, ok := s.evaluation(r.Evaluation)
		if !ok {
			l.add(c.at("evaluation"), l.suggest(r.Evaluation, evaluationNames(s)),
				fmt.Sprintf("there is no evaluation %q", r.Evaluation))
			return
		}
		evaluations = []Evaluation{e}
	}
	if len(evaluations) == 0 && (r.Grade != "" || r.DetectionRate != nil) {
		l.add(c.header, `declare an evaluation "shelf" { ... }`,
			"the study has no evaluation to measure this on")
	}
	for _, e := range evaluations {
		names := e.gradeNames()
		if r.Grade != "" && len(names) > 0 && !slices.Contains(names, r.Grade) {
			l.add(c.at("grade"), l.suggest(r.Grade, names),
				fmt.Sprintf("evaluation %q has no grade %q", e.Name, r.Grade))
		}
	}
}

// optionalNumber returns a number, or nil when it was not given.
func (s *section) optionalNumber(name string) *float64 {
	if v, ok := s.values[name].(float64); ok {
		return &v
	}
	return nil
}
