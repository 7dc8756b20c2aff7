package report

import (
	"fmt"
	"path/filepath"
	"slices"

	"snellen/steps/audit"
	"snellen/steps/report/document"
	"snellen/steps/term"
)

// uneven is from which ratio on the classes' training images are called so.
const uneven = 1.5

// audit puts names to what the audit step found, and adds the balance of the classes.
func (r *Report) audit() document.Audit {
	out := document.Audit{
		State: "unknown", Near: audit.Near, Labels: []document.LabelAudit{}, Cameras: []document.Shared{}, Twins: []document.Shared{}, Findings: []string{},
	}
	out.Balance = r.balance()
	a := r.found.audit
	if a == nil || len(a.Labels) != len(r.study.Labels) {
		return out
	}
	out.State, out.Near = "known", a.Near
	for i, l := range a.Labels {
		out.Labels = append(out.Labels, r.labelAudit(i, l))
	}
	for _, s := range a.Cameras {
		if s.A < len(r.study.Evaluations) && s.B < len(r.study.Labels) {
			name := r.study.Evaluations[s.A].Name
			out.Cameras = append(out.Cameras, r.shared(s, name, r.place(name, r.study.Evaluations[s.A].Video, s.Nearest.A)))
		}
	}
	for _, s := range a.Twins {
		if s.A < len(r.study.Labels) && s.B < len(r.study.Labels) {
			out.Twins = append(out.Twins, r.shared(s, r.study.Labels[s.A].Name, r.labelPlace(s.A, s.Nearest.A)))
		}
	}
	out.Findings = append(out.Findings, findingsOf(out, r.study.Dataset.Split)...)
	return out
}

func (r *Report) labelAudit(i int, l audit.Label) document.LabelAudit {
	out := document.LabelAudit{
		Label: r.study.Labels[i].Name, Footage: l.Footage, Train: l.Train, Validation: l.Validation, Gap: l.Gap, Surplus: l.Surplus,
	}
	if l.Seconds >= 0 {
		out.Seconds = &l.Seconds
	}
	if l.Nearest != nil {
		out.Near = &l.Near
		out.Nearest = &document.Pair{Bits: l.Nearest.Bits, A: r.labelPlace(i, l.Nearest.A), B: r.labelPlace(i, l.Nearest.B)}
	}
	return out
}

func (r *Report) shared(s audit.Shared, a string, place document.FramePlace) document.Shared {
	return document.Shared{
		A: a, B: r.study.Labels[s.B].Name, Frames: s.Near, Of: s.Frames,
		Nearest: document.Pair{Bits: s.Nearest.Bits, A: place, B: r.labelPlace(s.B, s.Nearest.B)},
	}
}

func (r *Report) labelPlace(i int, f audit.Frame) document.FramePlace {
	l, path := r.study.Labels[i], ""
	if f.Video < len(l.Videos) {
		path = l.Videos[f.Video]
	}
	return r.place(l.Name, path, f)
}

func (r *Report) place(of, path string, f audit.Frame) document.FramePlace {
	return document.FramePlace{Of: of, Video: filepath.Base(path), Seconds: f.Seconds, Set: f.Set}
}

// balance compares the classes' training images, of the first resolution that has any; all have the same.
func (r *Report) balance() document.Balance {
	for _, row := range r.doc.Resolutions {
		if row.Images == nil || len(row.Images.Train) != len(r.doc.Classes) || len(r.doc.Classes) == 0 {
			continue
		}
		t := row.Images.Train
		few, most := slices.Min(t), slices.Max(t)
		return document.Balance{
			Fewest: few, FewestName: r.doc.Classes[slices.Index(t, few)], Most: most, MostName: r.doc.Classes[slices.Index(t, most)],
			Even: float64(most) <= uneven*float64(few),
		}
	}
	return document.Balance{Even: true}
}

// findingsOf says in sentences what a reader should not miss.
func findingsOf(a document.Audit, split string) []string {
	var list []string
	near, validation := 0, 0
	for _, l := range a.Labels {
		if validation += l.Validation; l.Near != nil {
			near += *l.Near
		}
	}
	if near > 0 {
		list = append(list, fmt.Sprintf("%s of the validation frames (%d of %d) have a near-duplicate among the train frames of their label (%s).",
			percent(float64(near)/float64(validation)), near, validation, splitWords(split)))
	}
	list = append(list, sharedFinding(a.Cameras, "The camera's video of evaluation %s shows frames that label %s was filmed in: %d of %d are near-duplicates.")...)
	list = append(list, sharedFinding(a.Twins, "Labels %s and %s share pictures: %d of %d frames are near-duplicates.")...)
	if !a.Balance.Even {
		list = append(list, fmt.Sprintf("The classes are uneven: %s has %d training images and %s has %d.", a.Balance.MostName, a.Balance.Most, a.Balance.FewestName, a.Balance.Fewest))
	}
	return list
}

// sharedFinding tells of the two that share most, and of how many others.
func sharedFinding(list []document.Shared, format string) []string {
	var worst document.Shared
	sharing := 0
	for _, s := range list {
		if s.Frames == 0 {
			continue
		}
		if sharing++; worst.Of == 0 || s.Frames*worst.Of > worst.Frames*s.Of {
			worst = s
		}
	}
	if sharing == 0 {
		return nil
	}
	text := fmt.Sprintf(format, worst.A, worst.B, worst.Frames, worst.Of)
	if sharing > 1 {
		text += fmt.Sprintf(" So do %d others.", sharing-1)
	}
	return []string{text}
}

func splitWords(split string) string {
	if split == "random" {
		return "random split"
	}
	return "split in blocks of time"
}

// leakageText tells how far apart the sets are.
func (r *Report) leakageText() string {
	l, split := r.leakage, splitWords(r.study.Dataset.Split)
	switch {
	case l.Known == 0:
		return "Leakage: not known before the frames are selected."
	case l.Label == "":
		return "Leakage: none; no video has both train and validation frames (" + split + ")."
	}
	text := fmt.Sprintf("Leakage: the nearest train and validation frames are %.3f s apart (%s, %s).", l.Seconds, term.Clean(l.Label), split)
	if l.Known < l.Labels {
		text += fmt.Sprintf(" %d of %d labels are known.", l.Known, l.Labels)
	}
	return text
}

// splitTexts say what the split does to validation: a warning for a random one, and what both give where both were tried.
func (r *Report) splitTexts() []string {
	var list []string
	if r.study.Dataset.Split == "random" {
		list = append(list, "* The split is random: neighbouring frames are in both sets, so the accuracy is too good.")
	}
	own, other, n := 0.0, 0.0, 0.0
	for _, row := range r.doc.Resolutions {
		if row.Accuracy != nil && row.Other != nil {
			own, other, n = own+*row.Runs[0].Accuracy, other+row.Other.Accuracy, n+1
		}
	}
	if n == 0 {
		return list
	}
	blocks, random := own/n, other/n
	if r.study.Dataset.Split == "random" {
		blocks, random = random, blocks
	}
	if blocks >= random {
		return append(list, fmt.Sprintf("Validation by blocks of time gives %.3f and a random split of the same footage %.3f, as means of %.0f resolutions: a random split does not flatter here.", blocks, random, n))
	}
	return append(list, fmt.Sprintf("Validation by blocks of time gives %.3f, which is %s below the %.3f of a random split of the same footage (means of %.0f resolutions): a random split flatters.",
		blocks, amount(tenth(100*(random-blocks))/100), random, n))
}
