package sides

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/steps/address"
)

// settings compares what steps were told, by their kinds and parameters, as far as that is
// known. Steps that were told the same are one change. A step that prepares an evaluation,
// or audits, has nothing to add to what was said of the evaluation itself.
func (p pair) settings(named []Change) []Change {
	var list []Change
	place := map[string]int{} // of a text in the list
	said := map[string]bool{} // evaluations
	bothKnown := p.before.Study != nil && p.now.Study != nil
	for _, at := range p.common {
		before, now, known := p.told(at)
		about, rank := evaluationOf(at), p.rank(at)
		if !known || rank > 0 && said[about] || rank > 1 && len(list) > 0 {
			continue
		}
		n := p.now.node(at)
		placed := p.now.Placed && isOf(n, now)
		for _, text := range engine.Told(n, before, now, placed) {
			if follows(text, named) || bothKnown && strings.HasPrefix(text, "study.seed") {
				continue // trainings have seeds of their own, which follow from the study's
			}
			i, known := place[text]
			if !known {
				i, place[text] = len(list), len(list)
				list = append(list, plain(SettingChange, text))
			}
			list[i].Steps = append(list[i].Steps, at)
			said[about] = about != ""
		}
	}
	for i := range list {
		list[i].Where = p.where(list[i].Steps)
	}
	return withoutVague(list)
}

// isOf reports whether a manifest has the node's parameters as they are now.
func isOf(n *engine.Node, manifest string) bool {
	return strings.Contains(manifest, "\nparam "+string(n.Params)+"\n")
}

// follows reports whether a step was told so only because a label or an evaluation was added or
// removed, or because areas were changed, which others say better.
func follows(text string, named []Change) bool {
	has := func(kind string) bool {
		return slices.ContainsFunc(named, func(c Change) bool { return c.Kind == kind })
	}
	switch {
	case strings.HasPrefix(text, "labels") || strings.HasPrefix(text, "number of labels"):
		return has(LabelChange)
	case strings.HasPrefix(text, "evaluations"):
		return has(EvaluationChange)
	}
	return strings.HasPrefix(text, "outermost areas")
}

// withoutVague leaves out "study.seed changed" beside "study.seed 1 -> 2": some steps compute a
// value of their own.
func withoutVague(list []Change) []Change {
	exact := map[string]bool{}
	attribute := func(c Change) string {
		name, _, _ := strings.Cut(c.Text, " ")
		return name
	}
	for _, c := range list {
		exact[attribute(c)] = exact[attribute(c)] || strings.Contains(c.Text, " -> ")
	}
	return slices.DeleteFunc(list, func(c Change) bool {
		return exact[attribute(c)] && strings.HasPrefix(c.Text, attribute(c)+" changed")
	})
}

// commonSteps returns the addresses that both sides have, by rank.
func (p pair) commonSteps() []string {
	var list []string
	ranks := map[string]int{}
	for at := range p.before.Keys {
		if _, both := p.now.Keys[at]; both {
			list, ranks[at] = append(list, at), p.rank(at)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(ranks[a], ranks[b]), strings.Compare(a, b))
	})
	return list
}

// rank orders the steps of a resolution before those that all share, and the audit last.
func (p pair) rank(at string) int {
	if _, own := address.Resolution(at, p.names); own {
		return 0
	}
	if at == address.Audit || at == address.AuditAreas {
		return 2
	}
	return 1
}

// evaluationOf returns the evaluation that a step is about, or "".
func evaluationOf(at string) string {
	parts := strings.Split(at, "/")
	for i, part := range parts[:len(parts)-1] {
		before := ""
		if i > 0 {
			before = parts[i-1]
		}
		switch {
		case (part == "evaluate" || part == "judge") && i == 1 && !ofLabel(before),
			part == "crops" && i == 0, part == "features" && i == 0,
			part == "camera" && (before == "probe" || before == "hash"):
			return parts[i+1]
		}
	}
	return ""
}

// ofLabel reports whether addresses that begin so go on with a label.
func ofLabel(first string) bool {
	return slices.Contains([]string{"probe", "hash", "select", "pictures"}, first)
}

// maxPlaces is how many resolutions a change names.
const maxPlaces = 3

// where says which part of the studies some steps belong to: "evaluation shop, 40x30". It returns
// "" for all of it.
func (p pair) where(steps []string) string {
	var parts []string
	if about := evaluationOf(steps[0]); about != "" && len(evaluations(p.now)) > 1 &&
		!slices.ContainsFunc(steps, func(at string) bool { return evaluationOf(at) != about }) {
		parts = append(parts, "evaluation "+about)
	}
	all := p.names
	var own []string
	for _, name := range all {
		if slices.ContainsFunc(steps, func(at string) bool {
			return strings.HasPrefix(at, name+"/")
		}) {
			own = append(own, name)
		}
	}
	shared := len(own) == 0 || slices.ContainsFunc(steps, func(at string) bool {
		_, is := address.Resolution(at, all)
		return !is
	})
	switch {
	case shared || len(own) == len(p.inBoth()):
	case len(own) > maxPlaces:
		parts = append(parts, fmt.Sprintf("%d resolutions", len(own)))
	default:
		parts = append(parts, own...)
	}
	return strings.Join(parts, ", ")
}

// resolutionNames returns the resolutions of both sides, from the most pixels to the fewest as far
// as that is known.
func (p pair) resolutionNames() []string {
	var list []string
	pixels := map[string]int{}
	for _, s := range []*Side{p.now, p.before} {
		for name := range resolutions(s) {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		if s.Study == nil {
			continue
		}
		for _, r := range s.Study.Resolutions {
			pixels[r.Name] = max(pixels[r.Name], r.Width*r.Height)
		}
	}
	for _, name := range list {
		var w, h int
		if _, err := fmt.Sscanf(name, "%dx%d", &w, &h); err == nil && pixels[name] == 0 {
			pixels[name] = w * h
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(pixels[b], pixels[a]), strings.Compare(a, b))
	})
	return list
}

// inBoth returns the resolutions that both sides have.
func (p pair) inBoth() []string {
	before, now := resolutions(p.before), resolutions(p.now)
	return slices.DeleteFunc(slices.Clone(p.names), func(name string) bool {
		_, was := before[name]
		_, is := now[name]
		return !was || !is
	})
}
