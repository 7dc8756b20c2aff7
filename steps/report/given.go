package report

import (
	"cmp"
	"fmt"
	"slices"

	"snellen/steps/address"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
)

// given are areas' pictures at some moments, JPEGs, as they went to a program that does not show what its network sees.
type given map[glimpse][]byte

// A glimpse is an area, by its place in the series, in one frame of the video.
type glimpse struct{ area, frame int }

// maxGiven bounds how many are read: a grid may have thousands of areas.
const maxGiven = 600

// of are those of one area, by frame.
func (g given) of(area int) []glimpse {
	var list []glimpse
	for at := range g {
		if at.area == area {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b glimpse) int { return cmp.Compare(a.frame, b.frame) })
	return list
}

// given reads them from the crops that all models of an evaluation were asked about.
func (in reader) given(evaluation, size string, s *evaluate.Series) (given, error) {
	step := address.Crops(evaluation, size)
	if known, ok := in.crops[step]; ok {
		return known, nil
	}
	record := in.records[step]
	if record == nil || !in.store.Has(record.Outputs["crops.rec"]) || len(s.Areas)*evaluate.PreviewCount > maxGiven {
		return nil, nil
	}
	records, err := frames.OpenRecords(in.store.Path(record.Outputs["crops.rec"].Digest))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", step, err)
	}
	defer records.Close()
	out := given{}
	for k, frame := range s.Frames {
		if !evaluate.HasPreview(k, len(s.Frames)) || records.Len() != len(s.Frames)*len(s.Areas) {
			continue
		}
		for area := range s.Areas {
			if _, out[glimpse{area, frame}], err = records.Read(k*len(s.Areas) + area); err != nil {
				return nil, fmt.Errorf("read %s: %w", step, err)
			}
		}
	}
	in.crops[step] = out
	return out, nil
}
