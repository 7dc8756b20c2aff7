// Package report reads the records of a study's steps, and nothing else, and puts the resolutions side by side: as a
// document (see package document), which is shown as a table, as JSON, as Markdown, and as a folder with pictures. It runs
// nothing and needs no video.
package report

import (
	"path/filepath"
	"slices"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/report/document"
)

// A Report is what a study found, as far as its steps have results.
type Report struct {
	study   *specs.Study
	found   *findings
	leakage Leakage
	doc     *document.Document
	store   *store.Store
	files   map[string]content // of the report's folder, by slash-separated path
}

// Leakage tells how near to each other in time the train and validation frames are: a validation frame next to a train
// frame is almost the same picture, and then its accuracy says little.
type Leakage struct {
	Known   int     // labels whose selection is known
	Labels  int     // of the study
	Seconds float64 // the smallest distance over all labels; -1 where no label has frames of both sets in one video
	Label   string  // that has it
}

// Read reads what the decisions' records hold. A step without a record, or whose objects are gone, is one without a
// result; a result that cannot be understood is an error.
func Read(st *store.Store, study *specs.Study, decisions []*engine.Decision) (*Report, error) {
	in := reader{st, map[string]*store.Record{}, map[string]given{}}
	for _, d := range decisions {
		in.records[d.Node.Address] = d.Record
	}
	r := &Report{study: study, store: st, files: map[string]content{}}
	var err error
	if r.found, err = in.find(study); err != nil {
		return nil, err
	}
	if r.leakage, err = in.leakage(study.Labels); err != nil {
		return nil, err
	}
	if r.found.squeezes, err = in.squeezes(decisions); err != nil {
		return nil, err
	}
	r.doc = &document.Document{
		Version: document.Version, Study: study.Name, Spec: filepath.Base(study.File), Classes: []string{},
		Split: study.Dataset.Split, Replicates: max(study.Replicates, 1), Gates: []document.Gate{},
		Resolutions: []document.Resolution{}, Comparisons: []document.Comparison{}, Cameras: []document.Camera{}, Footage: r.found.footage,
	}
	for _, l := range study.Labels {
		r.doc.Classes = append(r.doc.Classes, l.Name)
	}
	if r.leakage.Label != "" {
		r.doc.Leakage = &r.leakage.Seconds
	}
	r.fill(decisions)
	return r, nil
}

// fill makes the document, in the order in which its parts read one another.
func (r *Report) fill(decisions []*engine.Decision) {
	for i := range r.found.resolutions {
		r.doc.Resolutions = append(r.doc.Resolutions, r.resolution(&r.found.resolutions[i]))
	}
	for i := range r.study.Evaluations {
		r.doc.Cameras = append(r.doc.Cameras, r.camera(i))
	}
	evidence := r.evidence()
	r.doc.Pixels = r.pixels()
	r.doc.Audit = r.audit()
	r.doc.Steps = provenance(decisions)
	r.doc.Methods = r.methods(evidence)
	r.doc.Gates = r.gates()
	r.doc.Remarks = r.remarks()
	for i := range r.doc.Resolutions {
		r.doc.Resolutions[i].Note = r.note(i)
	}
}

// Document gives the report as values, which are not to be changed.
func (r *Report) Document() *document.Document { return r.doc }

// Begun tells whether there is anything to report: at least one training.
func (r *Report) Begun() bool {
	return slices.ContainsFunc(r.found.resolutions, func(f found) bool { return len(f.trained()) > 0 })
}

// Complete tells whether at least one resolution has all its results: each training and, where the study has any, each
// evaluation.
func (r *Report) Complete() bool { return slices.ContainsFunc(r.found.resolutions, found.complete) }

// Failed are the gates that the results do not meet, or cannot tell of.
func (r *Report) Failed() []document.Gate {
	var list []document.Gate
	for _, g := range r.doc.Gates {
		if g.Met == nil || !*g.Met {
			list = append(list, g)
		}
	}
	return list
}
