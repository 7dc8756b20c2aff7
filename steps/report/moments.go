package report

import (
	"path/filepath"

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
	place   int          // among the label's train frames
	rec     store.Output // the packed train frames
}

// moments returns the train frame in the middle of the footage of each label that an area expects.
func (in reader) moments(study *specs.Study, resolution string) (map[string]moment, error) {
	list := map[string]moment{}
	for _, l := range study.Labels {
		record := in.records[address.Extract(resolution, l.Name, "")]
		if !expected(study, l.Name) || record == nil || !in.store.Has(record.Outputs["train.rec"]) {
			continue
		}
		var s video.Selection
		ok, err := in.json(address.Select(l.Name, ""), "selection.json", &s)
		if err != nil {
			return nil, err
		}
		// The selection decides the place, so that every resolution shows the same moment.
		if m, any := middle(s, l); ok && any {
			m.rec = record.Outputs["train.rec"]
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

// middle returns the train frame in the middle of all train frames of a selection.
func middle(s video.Selection, l specs.Label) (moment, bool) {
	var list []moment
	for v, selected := range s.Videos {
		for _, c := range selected.Chosen {
			if c.Set == video.Train && v < len(l.Videos) {
				list = append(list, moment{
					video: filepath.Base(l.Videos[v]), seconds: c.Seconds, place: len(list),
				})
			}
		}
	}
	if s.Pictures != nil && s.Pictures.Pictures == len(l.Pictures) {
		names := shortNames(l.Pictures)
		for _, c := range s.Pictures.Chosen { // packed behind the frames of videos
			if c.Set == video.Train && c.Index < len(names) {
				list = append(list, moment{picture: names[c.Index], place: len(list)})
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
	records, err := frames.OpenRecords(st.Path(m.rec.Digest))
	if err != nil {
		return nil, err
	}
	_, data, err := records.Read(m.place)
	if problem := records.Close(); err == nil {
		err = problem
	}
	return data, err
}
