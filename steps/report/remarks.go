package report

import (
	"fmt"
	"slices"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

// note returns what is missing for resolution i, or else its most important flag, or "".
func (r *Report) note(i int) string {
	f := &r.results.resolutions[i]
	// What is missing matters more than any flag.
	trained := len(f.trained())
	switch {
	case trained == 0:
		return "not run: type snellen apply"
	case trained < len(f.runs):
		return fmt.Sprintf("%d of %d trainings are done: type snellen apply", trained, len(f.runs))
	}
	var missing []string
	for k, e := range r.study.Evaluations {
		for _, run := range f.runs {
			if slices.Contains(run.judged[k], nil) {
				missing = append(missing, term.Clean(e.Name))
				break
			}
		}
	}
	if len(missing) > 0 {
		return strings.Join(missing, ", ") + " not run: type snellen apply"
	}
	// All results are there.
	if r.doc.Distrust() != "" {
		return "judged by training pictures"
	}
	if r.doc.Pixels.Frames[i].Upscaled {
		return "larger than its source"
	}
	return ""
}

// remarks returns what a reader must know about the table, one sentence each.
func (r *Report) remarks() []string {
	var list []string
	if text := r.rankText(); text != "" {
		list = append(list, text)
	}
	list = append(append(list, r.leakageText()), r.pictureTexts()...)
	list = append(list, r.doc.Audit.Findings...)
	if text := r.networkText(); text != "" {
		list = append(list, text)
	}
	if text := r.cloudText(); text != "" {
		list = append(list, text)
	}
	list = append(list, r.footageTexts()...)
	list = append(list, r.splitTexts()...)
	if rule := r.doc.Pixels.Rule; rule != nil {
		list = append(list, "Pixels on target: "+rule.Text+".")
	}
	if text := r.detailText(); text != "" {
		list = append(list, text)
	}
	for _, c := range r.doc.Cameras {
		for _, f := range c.Flips {
			if text := flipText(c, f); text != "" {
				list = append(list, c.Name+", "+text)
			}
		}
	}
	return list
}

// flipText names the areas that flip between two neighbours, or counts the whole pictures. It
// returns "" for none.
func flipText(c document.Camera, f document.Flip) string {
	var parts []string
	if len(f.Lost) > 0 {
		parts = append(parts, "lost "+c.FlipNames(f.Lost))
	}
	if len(f.Gained) > 0 {
		parts = append(parts, "gained "+c.FlipNames(f.Gained))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("from %s to %s: %s.", f.From, f.To, strings.Join(parts, ", and "))
}

// percent returns a share in percent: "97.5 %".
func percent(share float64) string { return document.Percent(share) }
