package report

import (
	"fmt"
	"path/filepath"
	"slices"

	"snellen/steps/audit"
	"snellen/steps/report/document"
	"snellen/steps/term"
)

// maxBalance is the largest ratio of two classes' training images that is not reported as uneven.
const maxBalance = 1.5

// audit returns the audit step's result with names in place of numbers, and the balance of the
// classes.
func (r *Report) audit() document.Audit {
	out := document.Audit{
		State: "unknown", MaxBits: audit.Near, Labels: []document.LabelAudit{},
		CameraOverlaps: []document.Overlap{}, LabelOverlaps: []document.Overlap{},
		Findings: []string{},
	}
	out.Balance = r.balance()
	a := r.results.audit
	// The audit of an earlier spec may have other labels and evaluations.
	if a == nil || len(a.Labels) != len(r.study.Labels) {
		return out
	}
	out.State, out.MaxBits = "known", a.Near
	for i, l := range a.Labels {
		out.Labels = append(out.Labels, r.labelAudit(i, l))
	}
	for _, s := range a.Cameras {
		if s.A < len(r.study.Evaluations) && s.B < len(r.study.Labels) {
			e := r.study.Evaluations[s.A]
			frame := r.frameRef(e.Name, e.Video, s.Nearest.A)
			out.CameraOverlaps = append(out.CameraOverlaps, r.overlap(s, e.Name, frame))
		}
	}
	for _, s := range a.Twins {
		if s.A < len(r.study.Labels) && s.B < len(r.study.Labels) {
			frame := r.labelFrame(s.A, s.Nearest.A)
			overlap := r.overlap(s, r.study.Labels[s.A].Name, frame)
			out.LabelOverlaps = append(out.LabelOverlaps, overlap)
		}
	}
	out.Findings = append(out.Findings, auditFindings(out, r.study.Dataset.Split)...)
	return out
}

// labelAudit returns the audit of label i.
func (r *Report) labelAudit(i int, l audit.Label) document.LabelAudit {
	out := document.LabelAudit{
		Label: r.study.Labels[i].Name, Footage: l.Footage, Train: l.Train,
		Validation: l.Validation, Gap: l.Gap, Surplus: l.Surplus,
	}
	if l.Seconds >= 0 {
		out.Seconds = &l.Seconds
	}
	if l.Nearest != nil {
		out.NearDuplicates = &l.Near
		out.Nearest = &document.Pair{
			Bits: l.Nearest.Bits, A: r.labelFrame(i, l.Nearest.A), B: r.labelFrame(i, l.Nearest.B),
		}
	}
	return out
}

// overlap returns what the source a shares with label s.B. frame is a's of their nearest pair.
func (r *Report) overlap(s audit.Shared, a string, frame document.FrameRef) document.Overlap {
	return document.Overlap{
		A: a, B: r.study.Labels[s.B].Name, Frames: s.Near, Total: s.Frames,
		Nearest: document.Pair{Bits: s.Nearest.Bits, A: frame, B: r.labelFrame(s.B, s.Nearest.B)},
	}
}

// labelFrame returns a frame of label i.
func (r *Report) labelFrame(i int, f audit.Frame) document.FrameRef {
	l, path := r.study.Labels[i], ""
	if f.Video < len(l.Videos) {
		path = l.Videos[f.Video]
	}
	return r.frameRef(l.Name, path, f)
}

// frameRef returns a frame of the video at path, which belongs to source. It drops the folders.
func (r *Report) frameRef(source, path string, f audit.Frame) document.FrameRef {
	return document.FrameRef{
		Source: source, Video: filepath.Base(path), Seconds: f.Seconds, Set: f.Set,
	}
}

// balance compares the numbers of the classes' training images. They are the same at every
// resolution, so the first one with a dataset is enough.
func (r *Report) balance() document.Balance {
	for _, row := range r.doc.Resolutions {
		if row.Images == nil || len(row.Images.Train) != len(r.doc.Classes) ||
			len(r.doc.Classes) == 0 {
			continue
		}
		t := row.Images.Train
		few, most := slices.Min(t), slices.Max(t)
		return document.Balance{
			Fewest: few, FewestName: r.doc.Classes[slices.Index(t, few)],
			Most: most, MostName: r.doc.Classes[slices.Index(t, most)],
			Even: float64(most) <= maxBalance*float64(few),
		}
	}
	return document.Balance{Even: true}
}

// auditFindings returns what a reader of the audit should not miss, one sentence each.
func auditFindings(a document.Audit, split string) []string {
	var list []string
	near, validation := 0, 0
	for _, l := range a.Labels {
		if validation += l.Validation; l.NearDuplicates != nil {
			near += *l.NearDuplicates
		}
	}
	if near > 0 {
		list = append(list, fmt.Sprintf("%s of the validation frames (%d of %d) have a "+
			"near-duplicate among the train frames of their label (%s).",
			percent(float64(near)/float64(validation)), near, validation, splitText(split)))
	}
	list = append(list, overlapFinding(a.CameraOverlaps, "The camera's video of evaluation %s "+
		"shares frames with the footage of label %s: %d of %d are near-duplicates.")...)
	list = append(list, overlapFinding(a.LabelOverlaps,
		"Labels %s and %s share pictures: %d of %d frames are near-duplicates.")...)
	if b := a.Balance; !b.Even {
		list = append(list, fmt.Sprintf(
			"The classes are uneven: %s has %d training images and %s has %d.",
			b.MostName, b.Most, b.FewestName, b.Fewest))
	}
	return list
}

// overlapFinding returns a sentence about the two sources that share the largest part, and how many
// others share pictures. format takes the names of the two and the counts of frames.
func overlapFinding(list []document.Overlap, format string) []string {
	var worst document.Overlap
	sharing := 0
	for _, s := range list {
		if s.Frames == 0 {
			continue
		}
		if sharing++; worst.Total == 0 || s.Frames*worst.Total > worst.Frames*s.Total {
			worst = s
		}
	}
	if sharing == 0 {
		return nil
	}
	text := fmt.Sprintf(format, worst.A, worst.B, worst.Frames, worst.Total)
	if sharing > 1 {
		text += fmt.Sprintf(" So do %d others.", sharing-1)
	}
	return []string{text}
}

// splitText returns how the validation frames were chosen, for a sentence.
func splitText(split string) string {
	if split == "random" {
		return "random split"
	}
	return "split in blocks of time"
}

// leakageText returns a sentence about how far apart in time the train and validation frames are.
func (r *Report) leakageText() string {
	l, split := r.leakage, splitText(r.study.Dataset.Split)
	switch {
	case l.Known == 0:
		return "Leakage: not known until the frames are selected."
	case l.Label == "":
		return "Leakage: none; no video has both train and validation frames (" + split + ")."
	}
	text := fmt.Sprintf(
		"Leakage: the nearest train and validation frames are %.3f s apart (%s, %s).",
		l.Seconds, term.Clean(l.Label), split)
	if l.Known < l.Labels {
		text += fmt.Sprintf(" %d of %d labels are known.", l.Known, l.Labels)
	}
	return text
}

// splitTexts returns what the split does to the accuracy: a warning about a random one, and a
// comparison of both splits where both were tried.
func (r *Report) splitTexts() []string {
	var list []string
	if r.study.Dataset.Split == "random" {
		list = append(list, "* The split is random: neighbouring frames are in both sets, "+
			"so the accuracy is too high.")
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
		return append(list, fmt.Sprintf("The accuracy is %.3f with validation by blocks of time "+
			"and %.3f with a random split of the same footage (means of %.0f resolutions): "+
			"the random split does not overstate it here.", blocks, random, n))
	}
	return append(list, fmt.Sprintf("The accuracy is %.3f with validation by blocks of time, "+
		"%s below the %.3f with a random split of the same footage (means of %.0f resolutions): "+
		"the random split overstates it.",
		blocks, pointsText(roundTenth(100*(random-blocks))/100), random, n))
}
