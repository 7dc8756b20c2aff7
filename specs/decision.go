package specs

import (
	"fmt"
	"slices"
)

// A DecisionRule says how the study decides which resolution is enough.
type DecisionRule struct {
	Declared    bool    // false: there is no block, and these are the defaults
	Reference   string  // a resolution's name, "largest" or "best": what others are compared with
	Within      float64 // acceptable loss of detection rate against the reference
	Confidence  float64 // of intervals and tests, between 0.5 and 1
	Prefer      string  // "smallest" or "best"
	By          string  // "loss", or "grade": the smallest that is graded AtLeast or better
	AtLeast     string  // "" unless By is "grade"
	Evaluations []string
	At          Position
}

// readDecision fills s.Decision. Without a list of evaluations, all of them count.
func (l *loader) readDecision(s *Study) {
	b := l.singleBlock(decideBlock)
	d := &s.Decision
	b.assign(map[string]any{"reference": &d.Reference, "within": &d.Within,
		"confidence": &d.Confidence, "prefer": &d.Prefer, "by": &d.By, "at_least": &d.AtLeast,
		"evaluations": &d.Evaluations}, true)
	if found := blocksOf(l.root.body, "decide"); len(found) > 0 {
		d.Declared, d.At = true, position(found[0].DefRange())
	}
	if d.Evaluations == nil {
		for _, e := range s.Evaluations {
			d.Evaluations = append(d.Evaluations, e.Name)
		}
		l.checkRule(s, b)
		return
	}
	if len(d.Evaluations) == 0 {
		l.add(b.at("evaluations"), "remove it, and all evaluations count", "evaluations is empty")
	}
	seen := map[string]bool{}
	for i, name := range d.Evaluations {
		at := b.elementAt("evaluations", i)
		if _, ok := s.evaluation(name); !ok {
			l.add(at, l.suggest(name, evaluationNames(s)),
				fmt.Sprintf("there is no evaluation %q", name))
		}
		if seen[name] {
			l.add(at, "remove one of them", fmt.Sprintf("evaluation %q is listed twice", name))
		}
		seen[name] = true
	}
	l.checkRule(s, b)
}

// checkRule checks what a decision is made by, once its evaluations are known.
func (l *loader) checkRule(s *Study, b *section) {
	d := s.Decision
	names := []string{"largest", "best"}
	for _, r := range s.Resolutions {
		names = append(names, r.Name)
	}
	if !slices.Contains(names, d.Reference) {
		l.add(b.at("reference"), l.suggest(d.Reference, names),
			fmt.Sprintf("there is no resolution %q", d.Reference))
	}
	if d.By != "grade" {
		if d.AtLeast != "" {
			l.add(b.at("at_least"), `write by = "grade" as well`, "at_least is for grades")
		}
		return
	}
	for _, e := range s.Evaluations {
		if names := e.gradeNames(); slices.Contains(d.Evaluations, e.Name) &&
			!slices.Contains(names, d.AtLeast) {
			l.add(b.at("at_least"), l.suggest(d.AtLeast, names),
				fmt.Sprintf("evaluation %q has no grade %q", e.Name, d.AtLeast))
		}
	}
}

// evaluation returns the evaluation of that name, if there is one.
func (s *Study) evaluation(name string) (Evaluation, bool) {
	for _, e := range s.Evaluations {
		if e.Name == name {
			return e, true
		}
	}
	return Evaluation{}, false
}

// evaluationNames returns the names for a suggestion.
func evaluationNames(s *Study) []string {
	var names []string
	for _, e := range s.Evaluations {
		names = append(names, e.Name)
	}
	return names
}
