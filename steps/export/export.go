// Package export gives a study's results to other programs: event files for TensorBoard, runs for MLflow, images in folders
// by label, a model with what it takes to use it, and a bundle that can be checked without Snellen's store. Results are
// read, and nothing is run.
//
// What is written depends on the records alone, so that the same results give the same bytes.
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

// A Training is one training of a resolution, with all that is told of it elsewhere.
type Training struct {
	Study      string
	Resolution string
	Replicate  int    // from 1
	Address    string // "320x240/train/2"
	Record     store.Record
	Params     []Param // by name
	Tools      []document.Tool
	Curve      []train.Epoch
	Figures    []Figure // of its best epoch's model
	Measures   map[int]journal.Measure
}

// A Param is one that the training depends on.
type Param struct{ Name, Value string }

// A Figure is one that a training led to.
type Figure struct {
	Name  string // "accuracy", "detection_rate/shelf"
	Value float64
	Known time.Time // when the result was recorded
}

// A Made is one thing that an export made or found as it should be.
type Made struct {
	Name    string // of a run, a set or a file: "320x240/1"
	Address string // of the step whose result it is; "" where it is of several
	At      string // where it is: a path, or an address on a server
	Files   int
	Bytes   int64
}

// A Result is what an export did.
type Result struct {
	Made    []Made
	Changed int    // files, or what Of says; 0: all were there already
	Of      string // "run": what Changed counts; "" is files
}

// Files is how many files were made or found, of all.
func (r Result) Files() (n int) {
	for _, m := range r.Made {
		n += m.Files
	}
	return n
}

// Trainings are those of a report that have a result, in its order, and the addresses of the others.
func Trainings(st *store.Store, doc *document.Document, decisions []*engine.Decision) (list []Training, missing []string, err error) {
	records := recordsOf(decisions)
	var wanted []store.Record
	for _, r := range doc.Resolutions {
		for _, run := range r.Runs {
			record := records[run.Address]
			if record == nil || run.Accuracy == nil {
				missing = append(missing, run.Address)
				continue
			}
			t := Training{Study: doc.Study, Resolution: r.Resolution, Replicate: run.Replicate, Address: run.Address, Record: *record, Curve: run.Curve}
			t.Figures = figures(run, records)
			if t.Params, err = params(record.Manifest); err != nil {
				return nil, nil, fmt.Errorf("read the manifest of %s: %w", run.Address, err)
			}
			for _, s := range doc.Steps {
				if s.Address == run.Address {
					t.Tools = s.Tools
				}
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

func recordsOf(decisions []*engine.Decision) map[string]*store.Record {
	all := map[string]*store.Record{}
	for _, d := range decisions {
		all[d.Node.Address] = d.Record
	}
	return all
}

// figures are those of a run, the training's own first.
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
			list = append(list, Figure{"detection_rate/" + safeName(e.Name), *e.DetectionRate, record.Ended})
		}
	}
	return list
}

// params reads the parameters of a manifest, by name. What is neither text nor number nor truth is given as JSON.
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
