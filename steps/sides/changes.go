package sides

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"snellen/specs"
)

// A pair is the two sides.
type pair struct {
	before, now *Side
	names       []string // resolutions of either, from the most pixels to the fewest
	common      []string // addresses that both have, by rank
}

func newPair(before, now *Side) pair {
	p := pair{before: before, now: now}
	p.names = p.resolutionNames()
	p.common = p.commonSteps()
	return p
}

// changes returns all that was changed, in the order of the kinds.
func (p pair) changes() []Change {
	list := []Change{}
	for _, part := range [][]Change{
		p.named(LabelChange, labels), p.named(ResolutionChange, resolutions),
		p.named(EvaluationChange, evaluations),
	} {
		list = append(list, part...)
	}
	for _, part := range [][]Change{
		p.footage(), p.study(), p.settings(list), p.decision(), p.gates(), p.tools(),
	} {
		list = append(list, part...)
	}
	return list
}

// named compares the names of labels, resolutions or evaluations.
func (p pair) named(kind string, of func(*Side) map[string]specs.Position) []Change {
	before, now := of(p.before), of(p.now)
	var list []Change
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, was := before[name]; !was {
			list = append(list, plain(kind, kind+" "+name+" added"+p.place(now[name])))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, is := now[name]; !is {
			list = append(list, plain(kind, kind+" "+name+" removed"))
		}
	}
	return list
}

// plain returns a change that is about the whole study.
func plain(kind, text string) Change { return Change{Kind: kind, Text: text, Steps: []string{}} }

// place returns " (demo.hcl:22)", or "" where nobody wrote it there.
func (p pair) place(at specs.Position) string {
	if !p.now.Placed || at.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", at.File, at.Line)
}

func labels(s *Side) map[string]specs.Position {
	if s.Study == nil {
		return s.named(func(parts []string) bool { return len(parts) == 2 && parts[0] == "select" })
	}
	all := map[string]specs.Position{}
	for _, l := range s.Study.Labels {
		all[l.Name] = l.At
	}
	return all
}

func resolutions(s *Side) map[string]specs.Position {
	all := map[string]specs.Position{}
	if s.Study == nil {
		for at := range s.Keys {
			if name, ok := strings.CutSuffix(at, "/dataset"); ok {
				all[name] = specs.Position{}
			}
		}
		return all
	}
	for _, r := range s.Study.Resolutions {
		all[r.Name] = r.At
	}
	return all
}

func evaluations(s *Side) map[string]specs.Position {
	if s.Study == nil {
		return s.named(func(parts []string) bool {
			return len(parts) == 3 && parts[0] == "probe" && parts[1] == "camera"
		})
	}
	all := map[string]specs.Position{}
	for _, e := range s.Study.Evaluations {
		all[e.Name] = e.At
	}
	return all
}

// named returns the last parts of the addresses for which is holds.
func (s *Side) named(is func(parts []string) bool) map[string]specs.Position {
	all := map[string]specs.Position{}
	for at := range s.Keys {
		if parts := strings.Split(at, "/"); is(parts) {
			all[parts[len(parts)-1]] = specs.Position{}
		}
	}
	return all
}

// footage compares the people's files by their bytes.
func (p pair) footage() []Change {
	if p.before.Inputs == nil || p.now.Inputs == nil {
		return nil
	}
	var list []Change
	gone := map[string][]string{} // digest -> paths that are not read any more
	for _, path := range slices.Sorted(maps.Keys(p.before.Inputs)) {
		if _, is := p.now.Inputs[path]; !is {
			digest := p.before.Inputs[path]
			gone[digest] = append(gone[digest], path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.now.Inputs)) {
		digest := p.now.Inputs[path]
		was, there := p.before.Inputs[path]
		switch {
		case there && was != digest:
			list = append(list, plain(FootageChange, path+" changed"))
		case there:
		case len(gone[digest]) > 0:
			list = append(list, plain(FootageChange,
				gone[digest][0]+" -> "+path+", with the same bytes"))
			gone[digest] = gone[digest][1:]
		default:
			list = append(list, plain(FootageChange, path+" added"))
		}
	}
	var removed []string
	for _, paths := range gone {
		removed = append(removed, paths...)
	}
	slices.Sort(removed)
	for _, path := range removed {
		list = append(list, plain(FootageChange, path+" removed"))
	}
	return list
}

// study compares what the study block says.
func (p pair) study() []Change {
	a, b := p.before.Study, p.now.Study
	if a == nil || b == nil {
		return nil
	}
	var list []Change
	for _, one := range []struct {
		name    string
		was, is int64
	}{
		{"seed", a.Seed, b.Seed}, {"replicates", int64(a.Replicates), int64(b.Replicates)},
	} {
		if one.was != one.is {
			text := fmt.Sprintf("study.%s %d -> %d", one.name, one.was, one.is)
			list = append(list, plain(SettingChange, text+p.place(b.Where[one.name])))
		}
	}
	return list
}

// decision compares the rules by which the studies decide. They are no part of any step.
func (p pair) decision() []Change {
	if p.before.Study == nil || p.now.Study == nil {
		return nil
	}
	a, b := p.before.Study.Decision, p.now.Study.Decision
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	var list []Change
	for _, one := range []struct{ name, was, is string }{
		{"within", number(a.Within), number(b.Within)},
		{"reference", a.Reference, b.Reference},
		{"confidence", number(a.Confidence), number(b.Confidence)},
		{"prefer", a.Prefer, b.Prefer},
		{"by", a.By, b.By},
		{"at_least", a.AtLeast, b.AtLeast},
		{"evaluations", strings.Join(a.Evaluations, ", "), strings.Join(b.Evaluations, ", ")},
	} {
		if one.was != one.is {
			list = append(list, plain(DecisionChange, fmt.Sprintf("decide.%s %s -> %s", one.name,
				cmp.Or(one.was, "nothing"), cmp.Or(one.is, "nothing"))+p.place(b.At)))
		}
	}
	return list
}

// gates compares the gates, and the grades of evaluations that both have. No step depends on them.
func (p pair) gates() []Change {
	if p.before.Study == nil || p.now.Study == nil {
		return nil
	}
	texts := func(s *specs.Study) map[string]string {
		all := map[string]string{}
		for _, g := range s.Gates {
			g.At = specs.Position{}
			g.Requirements = slices.Clone(g.Requirements)
			for i := range g.Requirements {
				g.Requirements[i].At = specs.Position{}
			}
			all["gate "+g.Name] = asJSON(g)
		}
		for _, e := range s.Evaluations {
			all["grades of evaluation "+e.Name] = asJSON(e.Grades)
		}
		return all
	}
	before, now := texts(p.before.Study), texts(p.now.Study)
	var list []Change
	for _, name := range slices.Sorted(maps.Keys(now)) {
		was, there := before[name]
		isGate := strings.HasPrefix(name, "gate ")
		switch {
		case there && was != now[name]:
			list = append(list, plain(GateChange, name+" changed"))
		case !there && isGate:
			list = append(list, plain(GateChange, name+" added"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, is := now[name]; !is && strings.HasPrefix(name, "gate ") {
			list = append(list, plain(GateChange, name+" removed"))
		}
	}
	return list
}

func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic("BUG: marshal a part of a study: " + err.Error())
	}
	return string(data)
}

// tools compares the identities of the tools.
func (p pair) tools() []Change {
	var list []Change
	for _, name := range slices.Sorted(maps.Keys(p.now.Tools)) {
		was, there := p.before.Tools[name]
		if is := p.now.Tools[name]; there && was != is {
			list = append(list, plain(ToolChange, fmt.Sprintf("%s %s -> %s", name, was, is)))
		}
	}
	return list
}
