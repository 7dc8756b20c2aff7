// Package sides compares two sides: two studies, two runs of one, or what a study was at a git
// revision and what it is now. It says what was changed, and what that did.
//
// The flow: Read completes a Side from the store, or from a report of the very same results.
// Compare looks at both: changes.go says what was changed, by the specs and by the manifests of
// steps; effect.go says what that did to each resolution, with the statistics of package compare,
// in pairs of the same areas. What comes out is a Document, the form of compare -json, which the
// table and the page show.
package sides

import (
	"encoding/json"
	"path"
	"strings"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/report"
	"snellen/steps/report/document"
)

// A Source is what is known of a side without its results.
type Source struct {
	Title string        // "demo.hcl as applied last", "demo.hcl at HEAD~1 (3f2c1ab, 2026-11-30)"
	Study *specs.Study  // nil: the spec cannot be read
	Graph *engine.Graph // nil likewise

	// Placed says that the spec is a file as the study has it, so that a line of it can be named.
	Placed bool

	Keys   map[string]store.Key // of the steps that had a result, by address
	Tools  map[string]string    // identities by name; nil: not recorded
	Inputs map[string]string    // digests of people's files by path; nil: not recorded

	// Outputs are the digests of what each step made, by address and name.
	Outputs map[string]map[string]string

	// Reports returns texts of report.json that may be about these results. It is called where the
	// store lacks some; nil returns none.
	Reports func() [][]byte

	// Guessed says that the study is not the one of these results, but one that is like it.
	Guessed bool

	Again string   // what to type to have the results again; "": nothing does
	Notes []string // what a reader should know about the side
}

// A Side is one side with its results, as far as they are known.
type Side struct {
	Source
	records map[string]*store.Record // by address
	doc     *document.Document       // nil: no result is known
	files   map[string][]string      // paths of Inputs, by their last parts
}

// Read completes a side from the store. Where the store lacks results, it takes them from a report
// of the same steps.
func Read(st *store.Store, source Source) (*Side, error) {
	s := &Side{
		Source: source, records: map[string]*store.Record{}, files: map[string][]string{},
	}
	for at, key := range source.Keys {
		if record, err := st.Lookup(key); err == nil {
			s.records[at] = &record
		}
	}
	for file := range source.Inputs {
		s.files[path.Base(file)] = append(s.files[path.Base(file)], file)
	}
	if s.Study != nil {
		r, err := report.Read(st, s.Study, s.decisions())
		if err != nil {
			return nil, err
		}
		if s.doc = r.Document(); figures(s.doc) == 0 {
			s.doc = nil
		}
	}
	var reports [][]byte
	if s.lacks() && source.Reports != nil {
		reports = source.Reports()
	}
	for _, text := range reports {
		var d document.Document
		if json.Unmarshal(text, &d) == nil && s.madeBy(&d) && figures(&d) > figures(s.doc) {
			s.doc = &d
		}
	}
	s.complete()
	return s, nil
}

// decisions returns the steps of the study with the side's records. An evaluation of other areas
// than a guessed study has is left out.
func (s *Side) decisions() []*engine.Decision {
	var list []*engine.Decision
	for _, n := range s.Graph.Nodes {
		d := &engine.Decision{Node: n, Record: s.records[n.Address]}
		if s.Guessed && d.Record != nil && evaluationOf(n.Address) != "" &&
			!isOf(n, d.Record.Manifest) {
			d.Record = nil
		}
		list = append(list, d)
	}
	return list
}

// complete adds what a source without a lock file leaves to the records. Records of all other
// sources say the same.
func (s *Side) complete() {
	if s.Outputs == nil {
		s.Outputs = map[string]map[string]string{}
	}
	for at, record := range s.records {
		n := s.node(at)
		if s.Outputs[at] != nil || n.Kind == nil {
			continue
		}
		s.Outputs[at] = map[string]string{}
		for name, digest := range n.Pin(*record).Outputs {
			s.Outputs[at][name] = digest.String()
		}
	}
	if s.Tools != nil || s.doc == nil {
		return
	}
	s.Tools = map[string]string{}
	for _, one := range s.doc.Steps {
		for _, t := range one.Tools {
			s.Tools[t.Name] = t.Identity
		}
	}
}

// node returns the step of the side's spec at an address, or one without a kind.
func (s *Side) node(at string) *engine.Node {
	if s.Graph != nil {
		if n := s.Graph.Node(at); n != nil {
			return n
		}
	}
	return &engine.Node{Address: at}
}

// told returns what a step was told: its record's manifest. Where a record is gone, it is what the
// spec says.
func (p pair) told(at string) (before, now string, ok bool) {
	a, b := p.before.records[at], p.now.records[at]
	if a != nil && b != nil {
		return a.Manifest, b.Manifest, true
	}
	m, n := p.before.node(at), p.now.node(at)
	if m.Kind == nil || n.Kind == nil || p.before.Guessed || p.now.Guessed {
		return "", "", false
	}
	return m.Told(), n.Told(), true
}

// madeBy reports whether a report is about the side's results: each of its steps has the key that
// the side has at that address. A report may have been edited.
func (s *Side) madeBy(d *document.Document) bool {
	if c := d.Decision.Confidence; d.Version != document.Version || len(d.Steps) == 0 ||
		!(c > 0.5 && c < 1) {
		return false
	}
	for _, one := range d.Steps {
		if one.Key != nil && *one.Key != s.Keys[one.Address].String() {
			return false
		}
	}
	return true
}

// figures counts the results of a document, which may be nil.
func figures(d *document.Document) int {
	n := 0
	if d == nil {
		return n
	}
	for _, r := range d.Resolutions {
		for _, known := range []bool{
			r.Accuracy != nil, r.DatasetBytes != nil, r.Detection != nil,
		} {
			if known {
				n++
			}
		}
		for _, run := range r.Runs {
			if run.Detection != nil {
				n++
			}
		}
	}
	return n
}

// resolution returns a resolution's results, or nil.
func (s *Side) resolution(name string) *document.Resolution {
	if s.doc == nil {
		return nil
	}
	for i := range s.doc.Resolutions {
		if s.doc.Resolutions[i].Resolution == name {
			return &s.doc.Resolutions[i]
		}
	}
	return nil
}

// lacks reports whether results that the side once had are not known any more.
func (s *Side) lacks() bool {
	if s.doc == nil {
		return len(s.Keys) > 0
	}
	for _, r := range s.doc.Resolutions {
		_, trained := s.Keys[r.Resolution+"/train"]
		if trained && (r.Accuracy == nil || len(s.doc.Decision.Evaluations) > 0 &&
			r.Detection == nil) {
			return true
		}
	}
	return false
}

// pictureDigest returns the digest of the only file whose path ends in a picture's name, or "".
func (s *Side) pictureDigest(name string) string {
	found := ""
	for _, file := range s.files[path.Base(name)] {
		if file == name || strings.HasSuffix(file, "/"+name) {
			if found != "" {
				return ""
			}
			found = s.Inputs[file]
		}
	}
	return found
}
