package specs

import "fmt"

// A DecisionRule says how the study decides which resolution is enough.
type DecisionRule struct {
	Declared    bool    // false: there is no block, and these are the defaults
	Within      float64 // acceptable loss of detection rate against the best
	Confidence  float64 // of intervals and tests, between 0.5 and 1
	Prefer      string  // "smallest" or "best"
	Evaluations []string
	At          Position
}

// readDecision fills s.Decision. Without a list of evaluations, all of them count.
func (l *loader) readDecision(s *Study) {
	b := l.singleBlock(decideBlock)
	d := &s.Decision
	b.assign(map[string]any{"within": &d.Within, "confidence": &d.Confidence, "prefer": &d.Prefer,
		"evaluations": &d.Evaluations}, true)
	if found := blocksOf(l.root.body, "decide"); len(found) > 0 {
		d.Declared, d.At = true, position(found[0].DefRange())
	}
	if d.Evaluations == nil {
		for _, e := range s.Evaluations {
			d.Evaluations = append(d.Evaluations, e.Name)
		}
		return
	}
	if len(d.Evaluations) == 0 {
		l.add(b.at("evaluations"), "remove it, and all evaluations count", "evaluations is empty")
	}
	seen := map[string]bool{}
	for i, name := range d.Evaluations {
		at := b.elementAt("evaluations", i)
		if _, ok := s.evaluation(name); !ok {
			l.add(at, suggest(name, evaluationNames(s)),
				fmt.Sprintf("there is no evaluation %q", name))
		}
		if seen[name] {
			l.add(at, "remove one of them", fmt.Sprintf("evaluation %q is listed twice", name))
		}
		seen[name] = true
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
