package studio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"snellen/cmd/snellen/project"
	"snellen/engine/regular"
	"snellen/specs"
	"snellen/specs/edit"
)

// A state is what the page knows of the study.
type state struct {
	Study       string            `json:"study"`
	File        string            `json:"file"`
	Exists      bool              `json:"exists"`
	Sum         string            `json:"sum"` // SHA-256 of the text; an edit names it
	Text        string            `json:"text"`
	Diagnostics specs.Diagnostics `json:"diagnostics"`
	Folder      string            `json:"folder"` // of footage
	Labels      []labelState      `json:"labels"`
	Evaluations []evaluationState `json:"evaluations"`
	Resolutions []resolutionState `json:"resolutions"`
	Report      bool              `json:"report"` // whether there is one
}

type labelState struct {
	Name  string   `json:"name"`
	Clips []string `json:"clips"`
}

// An evaluationState is an evaluation by a camera.
type evaluationState struct {
	Name   string      `json:"name"`
	Clip   string      `json:"clip"`
	Stills int         `json:"stills"`
	Frame  sizeState   `json:"frame"` // pixels; 0: the video's own, which nobody has looked at
	Areas  []areaState `json:"areas"`
	Layout edit.Layout `json:"layout"`
	Locked string      `json:"locked"` // why its areas are not edited here, or ""
}

type sizeState struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

type areaState struct {
	Name   string `json:"name"`
	X      int    `json:"x"`
	Y      int    `json:"y"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Expect string `json:"expect"`
}

type resolutionState struct {
	Name string `json:"name"`
	sizeState
}

// maxSpec bounds a spec, as the language does.
const maxSpec = 4 << 20

// text returns the spec's text and its sum; both are empty where it is not there.
func (s *server) text() (text []byte, sum string, err error) {
	text, err = regular.Read(s.Spec, maxSpec)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return text, sumOf(text), nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (s *server) getState(http.ResponseWriter, *http.Request) (any, error) {
	s.editing.Lock() // a clip that is being moved has two names
	defer s.editing.Unlock()
	return s.state()
}

// state reads the spec. Of one with mistakes it has what can be known all the same.
func (s *server) state() (*state, error) {
	text, sum, err := s.text()
	if err != nil {
		return nil, err
	}
	st := &state{File: s.Spec, Exists: sum != "", Sum: sum, Text: string(text),
		Diagnostics: specs.Diagnostics{}, Labels: []labelState{},
		Evaluations: []evaluationState{}, Resolutions: []resolutionState{}}
	if !st.Exists {
		st.Folder = defaultFolder
		st.Labels = foundLabels(nil, s.files.list())
		return st, nil
	}
	study, list, err := s.load()
	if err != nil {
		return nil, err
	}
	st.Diagnostics = append(st.Diagnostics, list...)
	var labels []specs.Label
	var evaluations []specs.Evaluation
	if study == nil {
		options := project.LoadOptions(s.Variables, project.ToRead)
		labels, evaluations = specs.Labels(s.Spec, options), specs.Evaluations(s.Spec, options)
	} else {
		labels, evaluations, st.Study = study.Labels, study.Evaluations, study.Name
		for _, r := range study.Resolutions {
			st.Resolutions = append(st.Resolutions,
				resolutionState{r.Name, sizeState{r.Width, r.Height}})
		}
	}
	st.Folder = s.folder(labels)
	st.Labels = foundLabels(labels, s.files.listOf(labels, evaluations))
	for _, e := range evaluations {
		if e.Samples == nil {
			st.Evaluations = append(st.Evaluations, s.evaluation(text, e))
		}
	}
	_, err = os.Stat(s.reportPath())
	st.Report = err == nil
	return st, nil
}

func (s *server) evaluation(text []byte, e specs.Evaluation) evaluationState {
	out := evaluationState{Name: e.Name, Clip: filepath.ToSlash(e.Video), Stills: len(e.Stills),
		Frame: sizeState{e.Width, e.Height}, Areas: []areaState{}}
	if out.Frame.Width == 0 && e.Video != "" {
		if c := s.files.facts(e.Video); c.width > 0 {
			out.Frame = sizeState{c.width, c.height}
		}
	}
	for _, a := range e.Areas {
		out.Areas = append(out.Areas, areaState{a.Name, a.X, a.Y, a.W, a.H, a.Expect})
	}
	var err error
	if out.Layout, err = edit.ReadLayout(text, e.Name); err != nil {
		out.Locked = err.Error() // and is shown as it is
		for _, a := range out.Areas {
			out.Layout.Areas = append(out.Layout.Areas, edit.Area(a))
		}
	}
	if out.Layout.Areas == nil {
		out.Layout.Areas = []edit.Area{}
	}
	return out
}

// foundLabels returns the labels of the spec, and those that clips in folders may become.
func foundLabels(known []specs.Label, clips []clip) []labelState {
	list := []labelState{}
	at := map[string]int{}
	for _, l := range known {
		at[l.Name] = len(list)
		own := labelState{l.Name, []string{}}
		for _, files := range [][]string{l.Videos, l.Pictures} {
			for _, f := range files {
				own.Clips = append(own.Clips, filepath.ToSlash(f))
			}
		}
		list = append(list, own)
	}
	for _, c := range clips {
		if c.Label == "" || slices.ContainsFunc(known, func(l specs.Label) bool {
			return slices.Contains(l.Videos, c.Path) || slices.Contains(l.Pictures, c.Path)
		}) {
			continue
		}
		if i, ok := at[c.Label]; !ok {
			at[c.Label] = len(list)
			list = append(list, labelState{c.Label, []string{c.Path}})
		} else if len(known) == 0 {
			list[i].Clips = append(list[i].Clips, c.Path)
		}
	}
	return list
}

const defaultFolder = "footage"

// folder returns the folder of the labels' footage: the deepest that holds all of it, and not one
// of a single label. Paths are as the commands name them, from the folder in which snellen runs.
func (s *server) folder(labels []specs.Label) string {
	var dirs []string
	for _, l := range labels {
		for _, f := range append(slices.Clone(l.Videos), l.Pictures...) {
			dir := filepath.Dir(f)
			if specs.Normal(filepath.Base(dir)) == l.Name {
				dir = filepath.Dir(dir)
			}
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		return filepath.Join(filepath.Dir(s.Spec), defaultFolder)
	}
	top := dirs[0]
	for _, d := range dirs[1:] {
		for top != "." && top != d && !strings.HasPrefix(d, top+string(filepath.Separator)) &&
			top != filepath.Dir(top) {
			top = filepath.Dir(top)
		}
	}
	return top
}
