package report

import (
	"path/filepath"

	"snellen/specs"
	"snellen/steps/report/document"
)

// native is the name of the camera's own size.
const native = "native"

// camera returns evaluation k as declared, and what changes from one resolution to the next.
func (r *Report) camera(k int) document.Camera {
	e := r.study.Evaluations[k]
	out := document.Camera{
		Name: e.Name, Video: filepath.Base(e.Video), Width: e.Width, Height: e.Height,
		Every: e.Every, Confident: e.Confident, Sizes: []string{native},
		Grades: []document.Grade{}, Areas: []document.DeclaredArea{},
		Flips: []document.Flip{}, FirstBroken: []document.FirstBroken{},
	}
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
		from, to := r.doc.Resolutions[i-1], r.doc.Resolutions[i]
		if flips, ok := flips(from, to, k); ok {
			out.Flips = append(out.Flips, flips)
		}
	}
	out.FirstBroken = append(out.FirstBroken, r.firstBroken(k)...)
	return out
}

// recognised returns for each area whether a resolution recognises it, or nil without results.
func recognised(row document.Resolution, k int) map[string]bool {
	if row.Evaluations[k].DetectionRate == nil {
		return nil
	}
	out := map[string]bool{}
	for _, a := range row.Evaluations[k].Areas {
		out[a.Name] = a.Recognised
	}
	return out
}

// flips compares two neighbouring resolutions. It reports false unless both have results.
func flips(from, to document.Resolution, k int) (document.Flip, bool) {
	before, after := recognised(from, k), recognised(to, k)
	out := document.Flip{
		From: from.Resolution, To: to.Resolution, Lost: []string{}, Gained: []string{},
	}
	if before == nil || after == nil {
		return out, false
	}
	for _, a := range to.Evaluations[k].Areas {
		switch was, is := before[a.Name], a.Recognised; {
		case was && !is:
			out.Lost = append(out.Lost, a.Name)
		case !was && is:
			out.Gained = append(out.Gained, a.Name)
		}
	}
	return out, true
}

// firstBroken returns for each area the largest resolution that does not recognise it.
func (r *Report) firstBroken(k int) []document.FirstBroken {
	var list []document.FirstBroken
	for _, a := range r.study.Evaluations[k].Areas {
		one := document.FirstBroken{Area: a.Name}
		for _, row := range r.doc.Resolutions {
			if known := recognised(row, k); known != nil && !known[a.Name] {
				one.Resolution = &row.Resolution
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
			cell.Interval, cell.Grade = r.wilson(rate, len(areas)), grade(e.Grades, areas)
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
