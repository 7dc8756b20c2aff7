package report

import (
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/picture"
	"snellen/steps/report/document"
	"snellen/steps/video"
)

// footage returns the probed videos of a study, in the order of labels and evaluations.
func (in reader) footage(study *specs.Study) ([]document.Footage, error) {
	list := []document.Footage{}
	add := func(source, path, at string) error {
		var p video.ProbeResult
		ok, err := in.json(at, "probe.json", &p)
		if err != nil || !ok {
			return err
		}
		f := document.Footage{
			Source: source, Video: filepath.Base(path), Address: at, Width: p.Width,
			Height: p.Height, Frames: p.Frames, Codec: p.Codec, Notes: []string{},
		}
		if n := len(p.Seconds); n > 0 {
			f.Seconds = p.Seconds[n-1]
		}
		if p.Reading.Width > 0 {
			f.Reading, f.Text = &p.Reading, strings.Join(p.Reading.Describe(), "; ")
		}
		_, err = in.json(at, video.NotesFile, &f.Notes)
		list = append(list, f)
		return err
	}
	for _, l := range study.Labels {
		for i, path := range l.Videos {
			probe := "probe/" + address.Footage(l.Name, l.Videos, i)
			if err := add("label "+l.Name, path, probe); err != nil {
				return nil, err
			}
		}
	}
	for _, e := range study.Evaluations {
		if e.Video == "" {
			continue
		}
		err := add("evaluation "+e.Name, e.Video, address.CameraProbe(e.Name))
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// withFrames returns the study with the size of each camera's frame filled in from its probe where
// the spec leaves it out. The size stays 0 until the video is probed, or the stills are read.
func withFrames(study *specs.Study, found *results) *specs.Study {
	filled := *study
	filled.Evaluations = slices.Clone(study.Evaluations)
	for i := range filled.Evaluations {
		e := &filled.Evaluations[i]
		if e.Width > 0 || e.Samples != nil {
			continue
		}
		at := address.CameraProbe(e.Name)
		for _, f := range found.footage {
			if f.Address == at {
				e.Width, e.Height = f.Width, f.Height
			}
		}
		for _, a := range found.albums {
			if a.Address == at {
				e.Width, e.Height = a.Smallest[0], a.Smallest[1] // all have one size
			}
		}
	}
	return &filled
}

// stretchNotes returns the notes of transcode steps, each once, in the order of the decisions. The
// notes of steps on photographs follow, summed.
func (in reader) stretchNotes(decisions []*engine.Decision) ([]string, error) {
	var list, photographs []string
	for _, d := range decisions {
		if d.Node.Kind != video.Transcode && d.Node.Kind != picture.Pictures {
			continue
		}
		var notes []string
		if _, err := in.json(d.Node.Address, video.NotesFile, &notes); err != nil {
			return nil, err
		}
		if d.Node.Kind == picture.Pictures {
			photographs = append(photographs, notes...)
			continue
		}
		for _, text := range notes {
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return append(list, picture.SumNotes(photographs)...), nil
}

// footageTexts returns what a reader should know about the footage: a sentence for each note, with
// the files to which it applies.
func (r *Report) footageTexts() []string {
	var texts []string
	files := map[string][]string{}
	for _, f := range r.doc.Footage {
		for _, text := range f.Notes {
			if files[text] == nil {
				texts = append(texts, text)
			}
			files[text] = append(files[text], f.Video)
		}
	}
	var list []string
	for _, text := range texts {
		names := document.FirstNames(files[text], len(files[text]))
		list = append(list, "Footage, "+names+": "+text+".")
	}
	for _, text := range r.results.stretchNotes {
		list = append(list, "Footage: "+text+".")
	}
	return list
}
