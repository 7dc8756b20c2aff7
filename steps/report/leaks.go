package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/report/document"
)

// leakedAreas reads which judged areas show training pictures, or returns nil if that is not known.
// A result that names places that the study does not have is that of another spec.
func (in reader) leakedAreas(study *specs.Study) (*audit.Areas, error) {
	var out audit.Areas
	ok, err := in.parse(address.AuditAreas, "areas.json", func(data []byte) (err error) {
		out, err = audit.ParseAreas(data)
		return err
	})
	strange := func(l audit.LeakedArea) bool {
		return l.Evaluation >= len(study.Evaluations) || l.Label >= len(study.Labels) ||
			l.Area >= len(areaNames(study.Evaluations[l.Evaluation]))
	}
	if err != nil || !ok || slices.ContainsFunc(out.Leaked, strange) {
		return nil, err
	}
	return &out, nil
}

// areaNames returns the names of an evaluation's areas in the order in which steps have them: from
// top to bottom. Whole pictures keep the order of the spec.
func areaNames(e specs.Evaluation) []string {
	var paths []string
	for _, s := range e.Samples {
		paths = append(paths, s.Path)
	}
	names := shortNames(paths)
	areas := slices.Clone(e.Areas)
	slices.SortFunc(areas, func(a, b specs.Area) int {
		return cmp.Or(a.Y-b.Y, a.X-b.X, strings.Compare(a.Name, b.Name))
	})
	for _, a := range areas {
		names = append(names, a.Name)
	}
	return names
}

// leakedAreas returns the judged areas that show training pictures, by name, and how many were
// compared. It returns nil if that is not known.
func (r *Report) leakedAreas() ([]document.LeakedArea, *int) {
	a := r.results.areas
	if a == nil {
		return nil, nil
	}
	leaked := slices.Clone(a.Leaked)
	slices.SortStableFunc(leaked, func(a, b audit.LeakedArea) int {
		return cmp.Or(a.Evaluation-b.Evaluation, a.Area-b.Area)
	})
	list := []document.LeakedArea{}
	for _, l := range leaked {
		list = append(list, r.leakedArea(l))
	}
	return list, &a.Compared
}

// leakedArea returns one leaked area with names in place of numbers.
func (r *Report) leakedArea(l audit.LeakedArea) document.LeakedArea {
	e := r.study.Evaluations[l.Evaluation]
	frame := r.labelFrame(l.Label, audit.Frame{
		Video: l.Video, Picture: l.Picture, Seconds: l.LabelSeconds,
	})
	out := document.LeakedArea{
		Evaluation: e.Name, Area: areaNames(e)[l.Area], Label: frame.Source, Video: frame.Video,
		Picture: frame.Picture, Similarity: rounded(l.Similarity), Frames: l.Frames,
	}
	if l.Picture == nil {
		out.LabelSeconds = l.LabelSeconds
	}
	switch still := int(l.Seconds); {
	case e.Samples != nil:
		out.Still = out.Area
	case e.Stills == nil:
		out.Seconds = l.Seconds
	case still >= 0 && still < len(e.Stills):
		out.Still = filepath.Base(e.Stills[still])
	}
	return out
}

// leakedCount returns how many areas of some evaluations show training pictures, or nil if that is
// not known.
func (r *Report) leakedCount(evaluations []string) *int {
	if r.doc.Audit.Areas == nil {
		return nil
	}
	n := 0
	for _, l := range r.doc.Audit.Areas {
		if slices.Contains(evaluations, l.Evaluation) {
			n++
		}
	}
	return &n
}

// areasOf returns how many areas or whole pictures an evaluation judges, in words.
func (r *Report) areasOf(evaluation string) string {
	for _, c := range r.doc.Cameras {
		switch {
		case c.Name != evaluation:
		case c.Pictures != nil:
			return fmt.Sprintf("%d pictures", len(c.Pictures))
		default:
			return fmt.Sprintf("%d areas", len(c.Areas))
		}
	}
	panic("BUG: no evaluation " + evaluation)
}

// areaFindings returns a sentence for each evaluation with areas that show training pictures. all
// counts an evaluation's areas, in words. The list is in the order of evaluations.
func areaFindings(list []document.LeakedArea, all func(evaluation string) string) []string {
	var texts []string
	for len(list) > 0 {
		name, n := list[0].Evaluation, 0
		var pairs []string
		for ; n < len(list) && list[n].Evaluation == name; n++ {
			l := list[n]
			pairs = append(pairs, l.Judged()+" is "+l.Trained()+" of "+l.Label)
		}
		list = list[n:]
		more := ""
		if n > document.MaxFiles {
			more = fmt.Sprintf("; and %d more", n-document.MaxFiles)
		}
		texts = append(texts, fmt.Sprintf("Leak: of the %s of evaluation %s, %d %s: "+
			"%s%s. Judge other footage: a network may know these pictures by heart.",
			all(name), name, n, document.ShowTraining(n),
			strings.Join(pairs[:min(n, document.MaxFiles)], "; "), more))
	}
	return texts
}
