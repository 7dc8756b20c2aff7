package report

import (
	"cmp"
	"fmt"
	"slices"

	"snellen/steps/address"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
)

// crops are JPEGs of areas at some moments, as they were sent to a trainer that does not show what
// its network sees.
type crops map[cropKey][]byte

// A cropKey is an area, by its place in the series, in one frame of the video.
type cropKey struct{ area, frame int }

// maxCrops is the largest number of crops that are read: a grid may have thousands of areas.
const maxCrops = 600

// ofArea returns the keys of one area, sorted by frame.
func (g crops) ofArea(area int) []cropKey {
	var list []cropKey
	for at := range g {
		if at.area == area {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b cropKey) int { return cmp.Compare(a.frame, b.frame) })
	return list
}

// crops reads the crops of an evaluation in one size. All models were asked about the same ones, so
// they are read once. It returns nil if there are none, or too many.
func (in reader) crops(evaluation, size string, s *evaluate.Series) (crops, error) {
	step := address.Crops(evaluation, size)
	if known, ok := in.knownCrops[step]; ok {
		return known, nil
	}
	record := in.records[step]
	if record == nil || len(s.Areas)*evaluate.PreviewCount > maxCrops {
		return nil, nil
	}
	packed := record.Outputs["crops.rec"]
	if !in.store.Has(packed) {
		return nil, nil
	}
	records, err := frames.OpenRecords(in.store.Path(packed.Digest))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", step, err)
	}
	defer records.Close()
	out := crops{}
	for k, frame := range s.Frames {
		// The records are ordered by frame, then by area. Another number of them belongs to another
		// spec.
		if !evaluate.HasPreview(k, len(s.Frames)) || records.Len() != len(s.Frames)*len(s.Areas) {
			continue
		}
		for area := range s.Areas {
			if _, out[cropKey{area, frame}], err = records.Read(k*len(s.Areas) + area); err != nil {
				return nil, fmt.Errorf("read %s: %w", step, err)
			}
		}
	}
	in.knownCrops[step] = out
	return out, nil
}
