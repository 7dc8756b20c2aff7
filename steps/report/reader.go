package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/evaluate"
)

// maxSummary is the largest JSON output that is read, in bytes. A curve of a million epochs is
// smaller.
const maxSummary = 256 << 20

// A reader reads the outputs of steps. It never writes to the store.
type reader struct {
	store      *store.Store
	records    map[string]*store.Record // by address; nil for a step without a result
	knownCrops map[string]crops         // by address, filled when they are first read
}

// json reads one output of a step into v. It reports false if the step has no result, no such
// output, or one that is gone from the store.
func (in reader) json(address, output string, v any) (bool, error) {
	return in.parse(address, output, func(data []byte) error { return json.Unmarshal(data, v) })
}

// parse parses one output of a step. It reports false as json does.
func (in reader) parse(address, output string, parse func([]byte) error) (bool, error) {
	record := in.records[address]
	if record == nil {
		return false, nil
	}
	out, ok := record.Outputs[output]
	if !ok {
		return false, nil
	}
	data, err := in.store.Read(out, maxSummary)
	// gc frees objects and leaves their records.
	if errors.Is(err, store.ErrGone) {
		return false, nil
	}
	if err == nil {
		err = parse(data)
	}
	if err != nil {
		return false, fmt.Errorf("read %s of %s: %w", output, address, err)
	}
	return true, nil
}

// answers reads what a model found in the whole pictures of a summary. It returns nil if that is
// gone from the store.
func (in reader) answers(address string, areas []evaluate.AreaSummary) ([]answer, error) {
	var list []answer
	_, err := in.parse(address, "detections.jsonl", func(data []byte) error {
		detections, err := evaluate.ReadDetections(bytes.NewReader(data))
		if err != nil {
			return err
		}
		if len(detections) != len(areas) {
			return fmt.Errorf("it has %d lines for %d pictures", len(detections), len(areas))
		}
		for i, d := range detections {
			if d.Area != areas[i].Name {
				return fmt.Errorf("line %d is not about %q", i+1, areas[i].Name)
			}
			// The mean over the one frame of a picture is its probability.
			list = append(list, answer{d.Found, d.Probability, areas[i].Mean})
		}
		return nil
	})
	return list, err
}

// A Picture is a picture in the store.
type Picture struct {
	Name   string // "000012.jpg"
	Output store.Output
}

// pictures returns the files of an output folder such as "pictures/", sorted by name.
func (in reader) pictures(address, folder string) []Picture {
	var list []Picture
	if record := in.records[address]; record != nil {
		for name, out := range record.Outputs {
			if file, ok := strings.CutPrefix(name, folder); ok {
				list = append(list, Picture{file, out})
			}
		}
	}
	slices.SortFunc(list, func(a, b Picture) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// selection is the part of selection.json about leakage.
type selection struct {
	Distance float64 `json:"smallest_distance"` // seconds; negative if no video has both sets
}

// leakage returns the smallest distance over all labels.
func (in reader) leakage(labels []specs.Label) (Leakage, error) {
	out := Leakage{Labels: len(labels), Seconds: -1}
	for _, l := range labels {
		var s selection
		ok, err := in.json(address.Select(l.Name, ""), "selection.json", &s)
		if err != nil {
			return out, err
		}
		if !ok {
			continue
		}
		out.Known++
		if s.Distance >= 0 && (out.Label == "" || s.Distance < out.Seconds) {
			out.Seconds, out.Label = s.Distance, l.Name
		}
	}
	return out, nil
}
