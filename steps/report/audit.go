package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"snellen/specs"
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
	out.Areas, out.Compared = r.leakedAreas()
	out.Findings = append(out.Findings, areaFindings(out.Areas, r.areasOf)...)
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
			out.CameraOverlaps = append(out.CameraOverlaps,
				r.overlap(s, r.study.Evaluations[s.A].Name, r.cameraFrame))
		}
	}
	for _, s := range a.Twins {
		if s.A < len(r.study.Labels) && s.B < len(r.study.Labels) {
			out.LabelOverlaps = append(out.LabelOverlaps,
				r.overlap(s, r.study.Labels[s.A].Name, r.labelFrame))
		}
	}
	out.Findings = append(out.Findings, r.auditFindings(out)...)
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

// overlap returns what the source a shares with label s.B. frame returns a frame of a.
func (r *Report) overlap(s audit.Shared, a string,
	frame func(int, audit.Frame) document.FrameRef) document.Overlap {
	pair := func(p audit.Pair) document.Pair {
		return document.Pair{Bits: p.Bits, A: frame(s.A, p.A), B: r.labelFrame(s.B, p.B)}
	}
	out := document.Overlap{
		A: a, B: r.study.Labels[s.B].Name, Frames: s.Near, Total: s.Frames,
		Nearest: pair(s.Nearest),
	}
	for _, p := range s.Pairs {
		out.Pairs = append(out.Pairs, pair(p))
	}
	return out
}

// labelFrame returns a frame of label i.
func (r *Report) labelFrame(i int, f audit.Frame) document.FrameRef {
	l := r.study.Labels[i]
	return frameRef(l.Name, l.Videos, l.Pictures, f)
}

// cameraFrame returns a frame of evaluation i.
func (r *Report) cameraFrame(i int, f audit.Frame) document.FrameRef {
	e := r.study.Evaluations[i]
	return frameRef(e.Name, []string{e.Video}, picturesOf(e), f)
}

// frameRef returns a frame of one of the videos or pictures of a source. It drops the folders that
// all of them share.
func frameRef(source string, videos, pictures []string, f audit.Frame) document.FrameRef {
	out := document.FrameRef{Source: source, Seconds: f.Seconds, Set: f.Set}
	switch {
	case f.Picture != nil && *f.Picture < len(pictures):
		out.Picture = shortNames(pictures)[*f.Picture]
	case f.Picture == nil && f.Video < len(videos):
		out.Video = filepath.Base(videos[f.Video])
	}
	return out
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
func (r *Report) auditFindings(a document.Audit) []string {
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
			percent(float64(near)/float64(validation)), near, validation, r.splitText()))
	}
	var videos, pictures []document.Overlap
	for _, s := range a.CameraOverlaps {
		if s.Nearest.A.Picture == "" {
			videos = append(videos, s)
		} else if s.Frames > 0 {
			pictures = append(pictures, s)
		}
	}
	list = append(list, overlapFinding(videos, "The camera's video of evaluation %s "+
		"shares frames with the footage of label %s: %d of %d are near-duplicates.")...)
	list = append(list, leakFindings(pictures)...)
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

// leakFindings returns for each evaluation of pictures which labels' footage has some of them. A
// picture from which a model learned says nothing about others. Each overlap has near-duplicates.
func leakFindings(list []document.Overlap) []string {
	var texts []string
	for len(list) > 0 {
		name := list[0].A
		of := func(s document.Overlap) bool { return s.A == name }
		all := document.Overlap{}
		var labels []string
		for _, s := range list {
			if of(s) {
				labels = append(labels, fmt.Sprintf("%d of label %s", s.Frames, s.B))
				all.Pairs = append(all.Pairs, s.Pairs...)
			}
		}
		slices.SortStableFunc(all.Pairs, func(a, b document.Pair) int { return a.Bits - b.Bits })
		pairs := all.PairNames()
		total := list[0].Total
		list = slices.DeleteFunc(list, of)
		text := fmt.Sprintf("Leak: of the %d pictures of evaluation %s, some are near-duplicates "+
			"of the labels' footage: %s", total, name, document.FirstNames(labels, len(labels)))
		if len(pairs) > 0 {
			text += ": " + strings.Join(pairs[:min(len(pairs), document.MaxFiles)], "; ")
		}
		texts = append(texts, text+". Leave them out of the evaluation, or of the labels.")
	}
	return texts
}

// splitText returns how the validation frames were chosen, for a sentence.
func (r *Report) splitText() string {
	videos, ways := false, map[string]bool{}
	for _, l := range r.study.Labels {
		videos = videos || len(l.Videos) > 0 && l.Validation == nil
		if len(l.Pictures) > 0 {
			ways[pictureSplit(r.study, l)] = true
		}
	}
	var parts []string
	switch random := r.study.Dataset.Split == "random"; {
	case random && (videos || ways[document.SplitRandom] || len(ways) == 0):
		parts = append(parts, "random split")
	case videos || len(ways) == 0:
		parts = append(parts, "split in blocks of time")
	}
	if ways[document.SplitGroups] {
		parts = append(parts, "split in groups of near-duplicates")
	}
	if ways[document.SplitDeclared] {
		parts = append(parts, "validation as the spec names it")
	}
	return strings.Join(parts, "; ")
}

// leakageText returns a sentence about how far apart in time the train and validation frames are.
func (r *Report) leakageText() string {
	l, split := r.leakage, r.splitText()
	switch {
	case l.Known == 0:
		return "Leakage: not known until the frames are selected."
	case !r.hasVideos():
		return "Leakage: " + r.togetherText() + "."
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

// hasVideos reports whether a label has videos.
func (r *Report) hasVideos() bool {
	return slices.ContainsFunc(r.study.Labels,
		func(l specs.Label) bool { return len(l.Videos) > 0 })
}

// togetherText returns how the labels' photographs were divided, or "" if none were.
func (r *Report) togetherText() string {
	ways := map[string]bool{}
	pictures, grouped, groups := 0, 0, 0
	var largest document.PicturesAlike
	label := ""
	for _, a := range r.doc.Albums {
		if !a.OfLabel() {
			continue
		}
		ways[a.Split] = true
		if a.Split != document.SplitGroups {
			continue
		}
		pictures, grouped, groups = pictures+a.Pictures, grouped+a.Grouped(), groups+len(a.Groups)
		if len(a.Groups) > 0 && a.Groups[0].Count > largest.Count {
			largest, label = a.Groups[0], a.Source
		}
	}
	var parts []string
	switch {
	case groups > 0:
		parts = append(parts, fmt.Sprintf("photographs that are near-duplicates are in one set "+
			"together: %d of %d, in %s, the largest of %s: %s", grouped, pictures,
			term.Count(groups, "group"), label, largest.Names()))
	case ways[document.SplitGroups]:
		parts = append(parts, fmt.Sprintf("none of the labels' %d photographs are near-duplicates",
			pictures))
	}
	if ways[document.SplitRandom] {
		parts = append(parts, "photographs are divided at random, near-duplicates too")
	}
	if ways[document.SplitDeclared] {
		parts = append(parts, "the photographs for validation are those that the spec names")
	}
	return strings.Join(parts, "; ")
}

// pictureTexts returns what a reader must know about photographs, besides how near the sets are in
// time: a sentence each.
func (r *Report) pictureTexts() []string {
	var list []string
	if text := r.togetherText(); text != "" && r.hasVideos() {
		list = append(list, strings.ToUpper(text[:1])+text[1:]+".")
	}
	for _, a := range r.doc.Albums {
		if a.OfLabel() || len(a.Groups) == 0 {
			continue
		}
		list = append(list, fmt.Sprintf("%s%s: %d of %d pictures are near-duplicates of each other "+
			"and count as %s; the largest group: %s.", strings.ToUpper(a.Source[:1]), a.Source[1:],
			a.Grouped(), a.Pictures, term.Count(len(a.Groups), "sample"), a.Groups[0].Names()))
	}
	return list
}

// splitTexts returns what the split does to the accuracy: a warning about a random one, and a
// comparison of both splits where both were tried.
func (r *Report) splitTexts() []string {
	var list []string
	if r.study.Dataset.Split == "random" {
		near := "neighbouring frames"
		if !r.hasVideos() {
			near = "near-duplicates"
		}
		list = append(list, "* The split is random: "+near+" are in both sets, "+
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
	by := "validation by blocks of time"
	if !r.hasVideos() {
		by = "near-duplicates kept in one set"
	}
	if blocks >= random {
		return append(list, fmt.Sprintf("The accuracy is %.3f with %s "+
			"and %.3f with a random split of the same footage (means of %.0f resolutions): "+
			"the random split does not overstate it here.", blocks, by, random, n))
	}
	return append(list, fmt.Sprintf("The accuracy is %.3f with %s, "+
		"%s below the %.3f with a random split of the same footage (means of %.0f resolutions): "+
		"the random split overstates it.",
		blocks, by, pointsText(roundTenth(100*(random-blocks))/100), random, n))
}
