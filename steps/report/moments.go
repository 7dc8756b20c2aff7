package report

import (
	"path/filepath"
	"slices"

	"snellen/engine/store"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/frames"
	"snellen/steps/video"
)

// A moment is a training frame of a label, or a photograph: the same one at every resolution.
type moment struct {
	video   string // file name; "" for a photograph
	seconds float64
	picture string       // file name of a photograph
	class   int          // of the label, in the dataset
	samples store.Output // the packed frames of all classes
}

// moments returns the train frame in the middle of the footage of each label that an area expects, of
// a resolution with this dataset.
func (in reader) moments(
	study *specs.Study, dataset string, data *frames.Summary,
) (map[string]moment, error) {
	samples := in.records[dataset].Outputs["samples.rec"]
	if !in.store.Has(samples) {
		return nil, nil
	}
	list := map[string]moment{}
	for _, l := range study.Labels {
		class := slices.Index(data.Classes, l.Name)
		if !expected(study, l.Name) || class < 0 {
			continue
		}
		var s video.Selection
		ok, err := in.json(address.Select(l.Name, ""), "selection.json", &s)
		if err != nil {
			return nil, err
		}
		if m, any := middle(s, l); ok && any {
			m.class, m.samples = class, samples
			list[l.Name] = m
		}
	}
	return list, nil
}

// expected reports whether an area expects a label.
func expected(study *specs.Study, label string) bool {
	for _, e := range study.Evaluations {
		for _, a := range e.Areas {
			if a.Expect == label {
				return true
			}
		}
	}
	return false
}

// middle returns the train frame in the middle of all train frames of a selection, which is the
// dataset's sample: see frames.Dataset.
func middle(s video.Selection, l specs.Label) (moment, bool) {
	var list []moment
	for v, selected := range s.Videos {
		for _, c := range selected.Chosen {
			if c.Set == video.Train && v < len(l.Videos) {
				list = append(list, moment{
					video: filepath.Base(l.Videos[v]), seconds: c.Seconds,
				})
			}
		}
	}
	if s.Pictures != nil && s.Pictures.Pictures == len(l.Pictures) {
		names := shortNames(l.Pictures)
		for _, c := range s.Pictures.Chosen { // packed behind the frames of videos
			if c.Set == video.Train && c.Index < len(names) {
				list = append(list, moment{picture: names[c.Index]})
			}
		}
	}
	if len(list) == 0 {
		return moment{}, false
	}
	return list[len(list)/2], true
}

// frame returns the moment's picture, a JPEG.
func (m moment) frame(st *store.Store) ([]byte, error) {
	records, err := frames.OpenRecords(st.Path(m.samples.Digest))
	if err != nil {
		return nil, err
	}
	_, data, err := records.Read(m.class)
	if problem := records.Close(); err == nil {
		err = problem
	}
	return data, err
}
