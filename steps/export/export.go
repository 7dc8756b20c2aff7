// Package export writes a study's results for other programs: event files for TensorBoard, runs for
// MLflow, images in a folder for each label, a model with an example that uses it, and a bundle
// that can be checked without Snellen's store.
//
// An export reads records and objects, and runs no step. Its output depends on the records alone:
// the same results give the same bytes.
package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/store"
	"snellen/steps/report/document"
	"snellen/steps/train"
)

// A Training is one training of a resolution and what the study knows about it.
type Training struct {
	Study      string
	Resolution string
	Replicate  int    // from 1
	Address    string // "320x240/train/2"
	Record     store.Record
	Params     []Param         // parameters of the manifest, sorted by name
	Tools      []document.Tool // that made it
	Curve      []train.Epoch
	Figures    []Figure                // of its best epoch's model
	Measures   map[int]journal.Measure // by epoch, from the run's journal; empty once that is gone
}

// A Param is a parameter of a training.
type Param struct{ Name, Value string }

// A Figure is a result of a training.
type Figure struct {
	Name  string // "accuracy", "detection_rate/shelf"
	Value float64
	Known time.Time // when the result was recorded
}

// An Item is one thing that an export wrote, or found up to date.
type Item struct {
	Name    string // of a run, a set or a file: "320x240/1"
	Address string // of the step whose result it is; "" for results of several steps
	At      string // a path, or an address on a server
	Files   int
	Bytes   int64
}

// A Result says what an export did.
type Result struct {
	Items   []Item
	Changed int    // how many files, or units of Unit, were written; 0: all were up to date
	Unit    string // "run"; "" for files
}

// Files returns the number of files of all items.
func (r Result) Files() (n int) {
	for _, m := range r.Items {
		n += m.Files
	}
	return n
}

// Trainings returns the trainings of a report that have a result, in the report's order, and the
// addresses of those that have none.
func Trainings(st *store.Store, doc *document.Document,
	decisions []*engine.Decision) (list []Training, missing []string, err error) {
	records := recordsOf(decisions)
	var wanted []store.Record
	for _, r := range doc.Resolutions {
		for _, run := range r.Runs {
			record := records[run.Address]
			// A record without an accuracy has lost its summary to gc.
			if record == nil || run.Accuracy == nil {
				missing = append(missing, run.Address)
				continue
			}
			t := Training{
				Study: doc.Study, Resolution: r.Resolution, Replicate: run.Replicate,
				Address: run.Address,
				Record:  *record, Curve: run.Curve, Tools: toolsOf(doc, run.Address),
				Figures: append(figures(run, records), sizes(r, record)...),
			}
			t.Figures = append(t.Figures, rates(r, runEnd(run, records))...)
			if t.Params, err = params(record.Manifest); err != nil {
				return nil, nil, fmt.Errorf("read the manifest of %s: %w", run.Address, err)
			}
			list, wanted = append(list, t), append(wanted, *record)
		}
	}
	measures, err := journal.Measures(st, wanted)
	for i := range list {
		list[i].Measures = measures[wanted[i].Key()]
	}
	return list, missing, err
}

// toolsOf returns the tools that made the result of the step at address.
func toolsOf(doc *document.Document, address string) []document.Tool {
	i := slices.IndexFunc(doc.Steps, func(s document.Step) bool { return s.Address == address })
	if i < 0 {
		return nil
	}
	return doc.Steps[i].Tools
}

// recordsOf returns the steps' records by address; nil for a step without a result.
func recordsOf(decisions []*engine.Decision) map[string]*store.Record {
	all := map[string]*store.Record{}
	for _, d := range decisions {
		all[d.Node.Address] = d.Record
	}
	return all
}

// figures returns the figures of a run that has an accuracy: first the training's own, then those
// of its evaluations.
func figures(run document.Run, records map[string]*store.Record) []Figure {
	known := records[run.Address].Ended
	list := []Figure{{"accuracy", *run.Accuracy, known}}
	if run.BestEpoch != nil {
		list = append(list, Figure{"best_epoch", float64(*run.BestEpoch), known})
	}
	if run.TrainSeconds != nil {
		list = append(list, Figure{"train_seconds", *run.TrainSeconds, known})
	}
	for _, e := range run.Evaluations {
		if record := records[e.Address]; e.DetectionRate != nil && record != nil {
			name := "detection_rate/" + safeName(e.Name)
			list = append(list, Figure{name, *e.DetectionRate, record.Ended})
		}
	}
	return list
}

// runEnd returns when the last result of a run was recorded.
func runEnd(run document.Run, records map[string]*store.Record) time.Time {
	end := records[run.Address].Ended
	for _, e := range run.Evaluations {
		if record := records[e.Address]; record != nil && record.Ended.After(end) {
			end = record.Ended
		}
	}
	return end
}

// sizes returns how large a resolution is, its dataset, its network, and the model of a record.
func sizes(r document.Resolution, record *store.Record) []Figure {
	known := record.Ended
	list := []Figure{{"width", float64(r.Width), known}, {"height", float64(r.Height), known}}
	if r.DatasetBytes != nil {
		list = append(list, Figure{"dataset_bytes", float64(*r.DatasetBytes), known})
	}
	if r.Network != nil {
		list = append(list, Figure{"parameters", float64(r.Network.Parameters), known})
	}
	var model int64
	for name, out := range record.Outputs {
		if strings.HasPrefix(name, "model.") || strings.HasPrefix(name, "model/") {
			model += out.Size
		}
	}
	return append(list, Figure{"model_bytes", float64(model), known})
}

// rates returns what all trainings of a resolution detect, with intervals: over the areas of the
// decision, in each evaluation, and at each size of the camera's picture.
func rates(r document.Resolution, known time.Time) (list []Figure) {
	add := func(name string, value float64) { list = append(list, Figure{name, value, known}) }
	between := func(name string, i document.Interval) {
		add("interval_low/"+name, i.Low)
		add("interval_high/"+name, i.High)
		add("interval_samples/"+name, float64(i.Samples))
	}
	if r.Detection != nil {
		add("detected", r.Detection.Rate)
		between("detected", r.Detection.Interval)
	}
	for _, e := range r.Evaluations {
		name := "detection_rate/" + safeName(e.Name)
		if e.Interval != nil {
			between(name, *e.Interval)
		}
		for _, cell := range e.Cells {
			if cell.DetectionRate == nil || len(e.Cells) == 1 {
				continue
			}
			at := "detection_rate_at_" + safeName(cell.Size) + "/" + safeName(e.Name)
			add(at, *cell.DetectionRate)
			if cell.Interval != nil {
				between(at, *cell.Interval)
			}
		}
	}
	return list
}

// params returns the parameters of a manifest, sorted by name. A value that is not a string is
// given as its JSON.
func params(manifest string) ([]Param, error) {
	all := map[string]json.RawMessage{}
	for line := range strings.Lines(manifest) {
		if text, ok := strings.CutPrefix(line, "param "); ok {
			if err := json.Unmarshal([]byte(text), &all); err != nil {
				return nil, err
			}
		}
	}
	var list []Param
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := string(all[name])
		var text string
		if json.Unmarshal(all[name], &text) == nil {
			value = text
		}
		list = append(list, Param{name, value})
	}
	return list, nil
}
