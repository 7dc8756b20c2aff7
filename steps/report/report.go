// Package report compares the resolutions of a study. It reads the records and outputs of the
// study's steps, computes a document from them (see package document), and writes that as a table,
// JSON, Markdown, CSV, a page, or a folder with all of these. It runs no step and needs no video.
package report

import (
	"path/filepath"
	"slices"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/report/document"
)

// A Report holds the results of a study, as far as its steps have any. One goroutine may use it at
// a time.
type Report struct {
	study   *specs.Study
	results *results
	leakage Leakage
	doc     *document.Document
	store   *store.Store
	files   map[string]content // pictures of the report's folder, by slash-separated path
}

// Leakage says how near in time the train and validation frames are. A validation frame next to a
// train frame is almost the same picture, and its score says little about the model.
type Leakage struct {
	Known   int     // labels whose selection is known
	Labels  int     // of the study
	Seconds float64 // the smallest distance over all labels; -1 if no video has frames of both sets
	Label   string  // with the smallest distance, or ""
}

// Read reads the results of the decisions' records. A step without a record, or whose objects are
// gone, has no result. A result that cannot be parsed is an error.
func Read(st *store.Store, study *specs.Study, decisions []*engine.Decision) (*Report, error) {
	in := reader{st, map[string]*store.Record{}, map[string]crops{}}
	for _, d := range decisions {
		in.records[d.Node.Address] = d.Record
	}
	r := &Report{store: st, files: map[string]content{}}
	var err error
	if r.results, err = in.results(study); err != nil {
		return nil, err
	}
	r.study = withFrames(study, r.results)
	if r.leakage, err = in.leakage(study.Labels); err != nil {
		return nil, err
	}
	if r.results.stretchNotes, err = in.stretchNotes(decisions); err != nil {
		return nil, err
	}
	r.doc = &document.Document{
		Version: document.Version, Study: study.Name, Spec: filepath.Base(study.File),
		Classes: []string{},
		Split:   study.Dataset.Split, Replicates: max(study.Replicates, 1),
		Gates:       []document.Gate{},
		Resolutions: []document.Resolution{}, Comparisons: []document.Comparison{},
		Cameras: []document.Camera{}, Footage: r.results.footage, Albums: r.results.albums,
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

// fill fills the document. The order matters: the audit reads the resolutions, the evidence reads
// both, the gates read the evidence, and the remarks and notes read all the rest.
func (r *Report) fill(decisions []*engine.Decision) {
	for i := range r.results.resolutions {
		r.doc.Resolutions = append(r.doc.Resolutions, r.resolution(&r.results.resolutions[i]))
	}
	for i := range r.study.Evaluations {
		r.doc.Cameras = append(r.doc.Cameras, r.camera(i))
	}
	r.doc.Audit = r.audit()
	r.fillEvidence()
	r.doc.Pixels = r.pixels()
	r.doc.Steps = provenance(decisions)
	r.doc.Methods = r.methods()
	r.doc.Gates = r.gates()
	r.doc.Remarks = r.remarks()
	for i := range r.doc.Resolutions {
		r.doc.Resolutions[i].Note = r.note(i)
	}
}

// Document returns the report's values. The caller must not change them.
func (r *Report) Document() *document.Document { return r.doc }

// Started reports whether there is anything to report: at least one training.
func (r *Report) Started() bool {
	return slices.ContainsFunc(r.results.resolutions, func(f resolutionResults) bool {
		return len(f.trained()) > 0
	})
}

// Complete reports whether at least one resolution has all its results: each training and each
// evaluation.
func (r *Report) Complete() bool {
	return slices.ContainsFunc(r.results.resolutions, resolutionResults.complete)
}

// UnmetGates returns the gates that the results do not meet, or for which results are missing.
func (r *Report) UnmetGates() []document.Gate {
	var list []document.Gate
	for _, g := range r.doc.Gates {
		if g.Met == nil || !*g.Met {
			list = append(list, g)
		}
	}
	return list
}
