package sides

import (
	"fmt"
	"slices"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// remarks says what a reader should know.
func (p pair) remarks(d *Document) []string {
	list := append(append([]string{}, p.before.Notes...), p.now.Notes...)
	for _, one := range []Point{d.Before, d.Now} {
		if one.Missing {
			list = append(list, "Results of "+one.Title+" are not in the store any more. What "+
				"keys and digests say of them is said all the same.")
		}
	}
	if unknown := p.unknown(); unknown > 0 {
		list = append(list, fmt.Sprintf("Why %s is not known, since the store has no record of it "+
			"any more.", term.Count(unknown, "step differs", "steps differ")))
	}
	list = append(list, p.pairing(d)...)
	if once(d.Resolutions) {
		list = append(list, "An interval holds for the trainings that there were: with one on "+
			"each side, the variation between trainings is not known.")
	}
	if n := len(d.Steps.Irreproducible); n > 0 {
		list = append(list, fmt.Sprintf("%s other bytes though nothing that they depend on was "+
			"changed, such as %s: see snellen verify.", term.Count(n, "step has", "steps have"),
			d.Steps.Irreproducible[0]))
	}
	return list
}

// unknown counts the steps with other keys for which it cannot be said why.
func (p pair) unknown() int {
	n := 0
	for _, at := range p.common {
		if _, _, known := p.told(at); !known && p.before.Keys[at] != p.now.Keys[at] {
			n++
		}
	}
	return n
}

// pairing says which resolutions are not compared in pairs, or not over all areas, and why.
func (p pair) pairing(d *Document) []string {
	var texts []string
	names := map[string][]string{}
	compared := 0
	for _, r := range d.Resolutions {
		text := ""
		switch {
		case r.Compared == NotPaired:
			text = fmt.Sprintf("not compared in pairs of %s, and without an interval: %s.",
				p.units(), r.Why)
		case r.Change != nil && r.Change.LeftOut > 0:
			text = fmt.Sprintf("compared over the %s that both have. %d left out, most because "+
				"%s: the rates before and now count them too.",
				term.Count(r.Change.Interval.Samples, p.unit(), p.units()), r.Change.LeftOut, r.Why)
		}
		if r.Compared != Unknown {
			compared++
		}
		if text == "" {
			continue
		}
		if names[text] == nil {
			texts = append(texts, text)
		}
		names[text] = append(names[text], r.Resolution)
	}
	for i, text := range texts {
		who := strings.Join(names[text], ", ")
		if len(names[text]) == compared && compared > 1 {
			who = "All resolutions"
		}
		verb := " is "
		if len(names[text]) > 1 {
			verb = " are "
		}
		texts[i] = who + verb + text
	}
	return texts
}

// units returns what the samples are called, in words.
func (p pair) units() string {
	if p.now.doc == nil {
		return "areas"
	}
	return p.now.doc.Decision.Units()
}

// unit returns what one sample is called.
func (p pair) unit() string {
	if p.now.doc == nil {
		return "area"
	}
	return p.now.doc.Decision.Unit()
}

// once reports whether a comparison is of one training with another.
func once(list []Resolution) bool {
	return slices.ContainsFunc(list, func(r Resolution) bool {
		return r.Compared == Paired && r.Before.Trainings == 1 && r.Now.Trainings == 1
	})
}

// names names areas with their labels, by evaluation where there are several, or counts them and
// names the first.
func names(areas []Area, most int) string {
	var parts []string
	last := ""
	several := slices.ContainsFunc(areas, func(a Area) bool {
		return a.Evaluation != areas[0].Evaluation
	})
	for i, a := range areas {
		if i == most && len(areas) > most {
			parts = append(parts, fmt.Sprintf("and %d more", len(areas)-most))
			break
		}
		text := document.AreaName(a.Area, a.Expect)
		if a.Picture {
			text = a.Area + ", " + a.Expect
		}
		if several && a.Evaluation != last {
			text = a.Evaluation + ": " + text
		}
		last = a.Evaluation
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}
