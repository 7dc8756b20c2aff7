package report

import (
	"path/filepath"

	"snellen/specs"
	"snellen/steps/evaluate"
	"snellen/steps/report/document"
)

// native is the name of the camera's own size.
const native = "native"

// camera returns evaluation k as declared, and what changes from one resolution to the next.
func (r *Report) camera(k int) document.Camera {
	e := r.study.Evaluations[k]
	out := document.Camera{
		Name: e.Name, Width: e.Width, Height: e.Height,
		Every: e.Every, Confident: e.Confident, Sizes: []string{native},
		Grades: []document.Grade{}, Areas: []document.DeclaredArea{},
		Flips: []document.Flip{}, FirstBroken: []document.FirstBroken{},
	}
	if e.Video != "" {
		out.Video = filepath.Base(e.Video)
	}
	out.Stills, out.Pictures = shortNames(e.Stills), r.judgedWhole(k)
	for _, s := range e.Sizes {
		out.Sizes = append(out.Sizes, s.Name)
	}
	for _, g := range e.Grades {
		out.Grades = append(out.Grades, document.Grade{Name: g.Name, EveryArea: g.EveryArea})
	}
	for _, a := range e.Areas {
		out.Areas = append(out.Areas, document.DeclaredArea{
			Name: a.Name, Expect: a.Expect, Rect: [4]int{a.X, a.Y, a.W, a.H},
		})
	}
	for i := 1; i < len(r.doc.Resolutions); i++ {
		if flips, ok := r.flips(i-1, i, k, out.Pictures); ok {
			out.Flips = append(out.Flips, flips)
		}
	}
	out.FirstBroken = append(out.FirstBroken, r.firstBroken(k)...)
	return out
}

// found returns the areas of resolution i's results of evaluation k as means over its runs, or nil
// without results.
func (r *Report) found(i, k int) []evaluate.AreaSummary {
	if list := r.results.resolutions[i].judgments(k, 0); len(list) > 0 {
		return means(list)
	}
	return nil
}

// recognised returns for each area whether resolution i recognises it, or nil without results.
func (r *Report) recognised(i, k int) map[string]bool {
	var out map[string]bool
	for _, a := range r.found(i, k) {
		if out == nil {
			out = map[string]bool{}
		}
		out[a.Name] = isRecognised(a.Rate)
	}
	return out
}

// flips compares two neighbouring resolutions. It reports false unless both have results. pictures
// are those of an evaluation of whole pictures, whose names are shorter.
func (r *Report) flips(from, to, k int, pictures []document.JudgedPicture) (document.Flip, bool) {
	before, after := r.recognised(from, k), r.recognised(to, k)
	out := document.Flip{
		From: r.doc.Resolutions[from].Resolution, To: r.doc.Resolutions[to].Resolution,
		Lost: []string{}, Gained: []string{},
	}
	if before == nil || after == nil {
		return out, false
	}
	for i, a := range r.found(to, k) {
		name := a.Name
		if pictures != nil {
			name = pictures[i].Name
		}
		switch was, is := before[a.Name], after[a.Name]; {
		case was && !is:
			out.Lost = append(out.Lost, name)
		case !was && is:
			out.Gained = append(out.Gained, name)
		}
	}
	return out, true
}

// firstBroken returns for each area the largest resolution that does not recognise it.
func (r *Report) firstBroken(k int) []document.FirstBroken {
	var results []map[string]bool
	for i := range r.doc.Resolutions {
		results = append(results, r.recognised(i, k))
	}
	var list []document.FirstBroken
	for _, a := range r.study.Evaluations[k].Areas {
		one := document.FirstBroken{Area: a.Name}
		for i := range r.doc.Resolutions {
			if known := results[i]; known != nil && !known[a.Name] {
				one.Resolution = &r.doc.Resolutions[i].Resolution
				break
			}
		}
		list = append(list, one)
	}
	return list
}

// cameraCells returns the results of a resolution's models with the camera's picture in each size.
func (r *Report) cameraCells(f *resolutionResults, k int) []document.CameraCell {
	e := r.study.Evaluations[k]
	var list []document.CameraCell
	own := specs.Size{Name: native, Width: e.Width, Height: e.Height}
	for i, s := range append([]specs.Size{own}, e.Sizes...) {
		cell := document.CameraCell{
			Size: s.Name, Width: s.Width, Height: s.Height, Areas: []document.CellArea{},
		}
		if judged := f.judgments(k, i); len(judged) > 0 {
			areas, rate := means(judged), meanRate(judged)
			cell.DetectionRate, cell.Runs = &rate, len(judged)
			cell.Interval = r.wilson(rate, judged[0].samples())
			cell.Grade = grade(e.Grades, r.graded(e, areas))
			if judged[0].whole {
				areas = nil
			}
			for n, a := range areas {
				cell.Areas = append(cell.Areas, document.CellArea{
					Name: a.Name, Rate: a.Rate, Inputs: r.networkInputs(judged[0], n),
				})
			}
		}
		list = append(list, cell)
	}
	return list
}
