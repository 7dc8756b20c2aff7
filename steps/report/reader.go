package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/address"
)

// maxSummary bounds each JSON file that is read; a curve of a million epochs stays under it.
const maxSummary = 256 << 20

// A reader reads steps' outputs.
type reader struct {
	store   *store.Store
	records map[string]*store.Record // by address; nil where the step has none
	crops   map[string]given         // by address, once they were read
}

// json reads one output of a step into v and tells whether it was there.
func (in reader) json(address, output string, v any) (bool, error) {
	record := in.records[address]
	if record == nil {
		return false, nil
	}
	out, ok := record.Outputs[output]
	if !ok {
		return false, nil
	}
	data, err := in.store.Read(out, maxSummary)
	if errors.Is(err, store.ErrGone) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return false, fmt.Errorf("read %s of %s: %w", output, address, err)
	}
	return true, nil
}

// A Picture is a picture in the store.
type Picture struct {
	Name   string // "000012.jpg"
	Output store.Output
}

// pictures are the files of an output folder, such as "pictures/", by name.
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

// selection is the part of selection.json that tells of leakage.
type selection struct {
	Distance float64 `json:"smallest_distance"`
}

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
