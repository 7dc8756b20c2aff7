package report

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/report/document"
	"snellen/steps/video"
)

// footage is what was probed of the study's videos, in the order of labels and evaluations.
func (in reader) footage(study *specs.Study) ([]document.Footage, error) {
	list := []document.Footage{}
	add := func(of, path, at string) error {
		var p video.Probed
		ok, err := in.json(at, "probe.json", &p)
		if err != nil || !ok {
			return err
		}
		f := document.Footage{Of: of, Video: filepath.Base(path), Address: at, Width: p.Width, Height: p.Height, Frames: p.Frames, Codec: p.Codec, Notes: []string{}}
		if n := len(p.Seconds); n > 0 {
			f.Seconds = p.Seconds[n-1]
		}
		if p.Reading.Width > 0 {
			f.Reading, f.Text = &p.Reading, strings.Join(p.Reading.Describe(), "; ")
		}
		_, err = in.json(at, video.Notes, &f.Notes)
		list = append(list, f)
		return err
	}
	for _, l := range study.Labels {
		for i, path := range l.Videos {
			if err := add("label "+l.Name, path, "probe/"+address.Footage(l.Name, l.Videos, i)); err != nil {
				return nil, err
			}
		}
	}
	for _, e := range study.Evaluations {
		if err := add("evaluation "+e.Name, e.Video, address.CameraProbe(e.Name)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// squeezes are the notes of transcodings, each once, in the order of the decisions.
func (in reader) squeezes(decisions []*engine.Decision) ([]string, error) {
	var list []string
	for _, d := range decisions {
		if d.Node.Kind != video.Transcode {
			continue
		}
		var notes []string
		if _, err := in.json(d.Node.Address, video.Notes, &notes); err != nil {
			return nil, err
		}
		for _, text := range notes {
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list, nil
}

// footageTexts are what a person should know of the footage: a sentence for each thing, with the
// files that it is about.
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
		list = append(list, "Footage, "+some(files[text])+": "+text+".")
	}
	for _, text := range r.found.squeezes {
		list = append(list, "Footage: "+text+".")
	}
	return list
}

// maxFiles is how many files a sentence names.
const maxFiles = 4

// some names files, and counts the others.
func some(names []string) string {
	if len(names) <= maxFiles {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:maxFiles], ", ") + " and " + strconv.Itoa(len(names)-maxFiles) + " more"
}
