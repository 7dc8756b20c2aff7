// Package audit holds the audit step: it compares what frames look like, so that a report can tell whether validation and
// camera show what was trained on. Frames are named by their place in the study, never by a label's name.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"snellen/engine/step"
	"snellen/steps/video"
)

// Audit compares frames. Inputs: for each label label/0/selection and the hashes of its videos label/0/0, label/0/1, ...; for
// each camera the hashes of its video camera/0. Output: audit.json, a Result.
var Audit = &step.Kind{
	Name: "audit", Version: 1,
	Roles:   []string{"label/", "camera/"},
	Outputs: []string{"audit.json"},
	Pool:    "cpu",
}

// Near is how many of 64 bits the hashes of near-duplicates differ in at most. On handheld footage frames a twentieth of a
// second apart differ in 0 to 4 bits of it, frames half a second apart in 16 as a rule, and frames of two labels in no fewer
// than 7.
const Near = 6

// Params are what an audit depends on beside its inputs.
type Params struct {
	Near int `json:"near"`
}

// Result is audit.json.
type Result struct {
	Near    int      `json:"near"`
	Labels  []Label  `json:"labels"`
	Twins   []Shared `json:"twins"`   // labels that have near-duplicates in each other, and the two that are most alike
	Cameras []Shared `json:"cameras"` // the same for a camera and a label
}

// Label is one label's frames.
type Label struct {
	Footage    int     `json:"footage"` // frames of its videos
	Train      int     `json:"train"`
	Validation int     `json:"validation"`
	Gap        int     `json:"gap"`     // dropped: nearer than the gap to a validation block
	Surplus    int     `json:"surplus"` // dropped: more than were asked for
	Seconds    float64 `json:"seconds"` // between the nearest train and validation frames; -1: they share no video
	Near       int     `json:"near"`    // validation frames with a near-duplicate among the train frames
	Nearest    *Pair   `json:"nearest"` // of a validation and a train frame; null where one set is empty
}

// Shared is how alike two sources are: two labels, or a camera and a label.
type Shared struct {
	A       int  `json:"a"`
	B       int  `json:"b"`
	Frames  int  `json:"frames"` // of A's that were compared
	Near    int  `json:"near"`   // those with a near-duplicate in B
	Nearest Pair `json:"nearest"`
}

// Pair is two frames.
type Pair struct {
	Bits int   `json:"bits"` // in which their hashes differ
	A    Frame `json:"a"`
	B    Frame `json:"b"`
}

// Frame is a frame of a label's or a camera's video.
type Frame struct {
	Video   int     `json:"video"`   // which of the label's, from 0
	Seconds float64 `json:"seconds"` // in it
	Set     string  `json:"set"`     // "train", "validation", or "camera"

	hash uint64
}

// New gives what runs audit steps.
func New() step.Runner { return auditor{} }

type auditor struct{}

func (auditor) Run(ctx context.Context, job *step.Job) error {
	a := &auditing{job: job}
	if err := json.Unmarshal(job.Params, &a.params); err != nil {
		return err
	}
	if err := a.read(); err != nil {
		return err
	}
	a.result.Near = a.params.Near
	if err := a.compare(ctx); err != nil {
		return err
	}
	data, err := json.Marshal(a.result)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(job.Out, "audit.json"), append(data, '\n'), 0o666)
}

// auditing is the work of one step.
type auditing struct {
	job     *step.Job
	params  Params
	labels  [][]Frame // that were chosen, by label
	cameras [][]Frame
	result  Result
}

func (a *auditing) read() error {
	for i := 0; ; i++ {
		role := "label/" + strconv.Itoa(i)
		if _, there := a.job.Inputs[role+"/selection"]; !there {
			break
		}
		if err := a.label(role); err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
	}
	for i := 0; ; i++ {
		path, there := a.job.Inputs["camera/"+strconv.Itoa(i)]
		if !there {
			return nil
		}
		seconds, hashes, err := video.ReadHashed(path)
		if err != nil {
			return fmt.Errorf("camera/%d: %w", i, err)
		}
		var frames []Frame
		for k, hash := range hashes {
			frames = append(frames, Frame{Seconds: seconds[k], Set: "camera", hash: hash})
		}
		a.cameras = append(a.cameras, frames)
	}
}

// label reads one label's selection and takes the hashes of the frames that it chose.
func (a *auditing) label(role string) error {
	data, err := os.ReadFile(a.job.Inputs[role+"/selection"])
	if err != nil {
		return err
	}
	selection, err := video.ReadSelection(data)
	if err != nil {
		return err
	}
	about := Label{Gap: selection.Dropped.Gap, Surplus: selection.Dropped.Surplus, Seconds: selection.Gap}
	var frames []Frame
	for v, selected := range selection.Videos {
		_, hashes, err := video.ReadHashed(a.job.Inputs[role+"/"+strconv.Itoa(v)])
		if err != nil {
			return err
		}
		if len(hashes) != selected.Frames {
			return fmt.Errorf("video %d has %d hashes, and the selection knows %d frames", v, len(hashes), selected.Frames)
		}
		about.Footage += selected.Frames
		for _, c := range selected.Chosen {
			frames = append(frames, Frame{v, c.Seconds, c.Set, hashes[c.Index]})
		}
	}
	a.labels, a.result.Labels = append(a.labels, frames), append(a.result.Labels, about)
	return nil
}
