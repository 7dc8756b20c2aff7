// Package audit has the audit step. It compares what frames look like, so that a report can say
// whether the validation set or a camera shows what was trained on. Frames are identified by their
// place in the study, never by a label's name, so that renaming a label runs nothing again.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/video"
)

// Audit compares frames. Inputs: for each label, label/0/selection, the hashes of its videos,
// label/0/0, label/0/1, ..., and its pictures, label/0/pictures; for each camera, the hashes of its
// video, camera/0, or its pictures, camera/0/pictures. Output: audit.json, a Result.
var Audit = &step.Kind{
	Name: "audit", Version: 1,
	Roles:   []string{"label/", "camera/"},
	Outputs: []string{"audit.json"},
	Pool:    "cpu",
}

// Near is the largest number of bits, of 64, that differ between the hashes of near-duplicates. On
// handheld footage, frames a twentieth of a second apart differ in 0 to 4 bits, frames half a
// second apart usually in 16, and frames of two labels in no fewer than 7.
const Near = 6

// Params are what an audit depends on besides its inputs.
type Params struct {
	Near int `json:"near"`
}

// A Result is the content of audit.json.
type Result struct {
	Near    int      `json:"near"`
	Labels  []Label  `json:"labels"`
	Twins   []Shared `json:"twins"`   // pairs of labels, the most similar among them
	Cameras []Shared `json:"cameras"` // the same for cameras and labels
}

// A Label counts one label's frames.
type Label struct {
	Footage    int     `json:"footage"` // frames of its videos, and pictures
	Train      int     `json:"train"`
	Validation int     `json:"validation"`
	Gap        int     `json:"gap"`     // dropped: nearer than the gap to a validation block
	Surplus    int     `json:"surplus"` // dropped: more than dataset.frames
	Seconds    float64 `json:"seconds"` // from train to validation; -1: no common video
	Near       int     `json:"near"`    // validation frames with a near-duplicate to train on
	Nearest    *Pair   `json:"nearest"` // validation and train frame; null: a set is empty
}

// Shared says how similar two sources are: two labels, or a camera and a label. A and B are their
// indices.
type Shared struct {
	A       int  `json:"a"`
	B       int  `json:"b"`
	Frames  int  `json:"frames"` // of A, compared with B
	Near    int  `json:"near"`   // of these, with a near-duplicate in B
	Nearest Pair `json:"nearest"`

	// Pairs are A's pictures that have a near-duplicate in B, each with the frame of B that is most
	// like it: the most similar ones first, at most maxPairs.
	Pairs []Pair `json:"pairs,omitempty"`
}

// A Pair is two frames.
type Pair struct {
	Bits int   `json:"bits"` // that differ between their hashes
	A    Frame `json:"a"`
	B    Frame `json:"b"`
}

// A Frame is a frame of a label's or a camera's video, or a picture.
type Frame struct {
	Video   int     `json:"video"`             // index of the label's video
	Seconds float64 `json:"seconds"`           // from its start
	Set     string  `json:"set"`               // "train", "validation", or "camera"
	Picture *int    `json:"picture,omitempty"` // index of the picture; nil: a frame of a video

	hash uint64
}

// New returns the runner of audit steps.
func New() step.Runner { return auditRunner{} }

type auditRunner struct{}

func (auditRunner) Run(ctx context.Context, job *step.Job) error {
	a := &comparison{job: job}
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

// A comparison is the work of one step.
type comparison struct {
	job     *step.Job
	params  Params
	labels  [][]Frame // the selected frames of each label
	cameras [][]Frame
	result  Result
}

// read reads all inputs. Labels and cameras are numbered without gaps, so the first missing role is
// the end.
func (a *comparison) read() error {
	for i := 0; ; i++ {
		role := "label/" + strconv.Itoa(i)
		if _, there := a.job.Inputs[role+"/selection"]; !there {
			break
		}
		if err := a.readLabel(role); err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
	}
	for i := 0; ; i++ {
		role := "camera/" + strconv.Itoa(i)
		frames, there, err := a.readCamera(role)
		if err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
		if !there {
			return nil
		}
		a.cameras = append(a.cameras, frames)
	}
}

// readCamera reads what a camera sees. It reports false if there is no such camera.
func (a *comparison) readCamera(role string) (frames []Frame, there bool, err error) {
	if path, there := a.job.Inputs[role+"/pictures"]; there {
		set, err := video.LoadPictureSet(path)
		if err != nil {
			return nil, true, err
		}
		for k, hash := range set.Hashes() {
			frames = append(frames, Frame{Set: "camera", Picture: &k, hash: hash})
		}
		return frames, true, nil
	}
	path, there := a.job.Inputs[role]
	if !there {
		return nil, false, nil
	}
	seconds, hashes, err := video.LoadFrameHashes(path)
	for k, hash := range hashes {
		frames = append(frames, Frame{Seconds: seconds[k], Set: "camera", hash: hash})
	}
	return frames, true, err
}

// readLabel reads one label's selection, and the hashes of the selected frames. Hashes that do not
// belong to the selection are an error, since they would be paired with wrong frames.
func (a *comparison) readLabel(role string) error {
	data, err := regular.Read(a.job.Inputs[role+"/selection"], video.MaxJSON)
	if err != nil {
		return err
	}
	selection, err := video.ParseSelection(data)
	if err != nil {
		return err
	}
	about := Label{Gap: selection.Dropped.Gap, Surplus: selection.Dropped.Surplus,
		Seconds: selection.Gap}
	var frames []Frame
	for v, selected := range selection.Videos {
		_, hashes, err := video.LoadFrameHashes(a.job.Inputs[role+"/"+strconv.Itoa(v)])
		if err != nil {
			return err
		}
		if len(hashes) != selected.Frames {
			return fmt.Errorf("video %d has %d hashes, but the selection has %d frames", v,
				len(hashes), selected.Frames)
		}
		about.Footage += selected.Frames
		for _, c := range selected.Chosen {
			frames = append(frames, Frame{Video: v, Seconds: c.Seconds, Set: c.Set,
				hash: hashes[c.Index]})
		}
	}
	if p := selection.Pictures; p != nil {
		set, err := video.LoadPictureSet(a.job.Inputs[role+"/pictures"])
		if err != nil {
			return err
		}
		hashes := set.Hashes()
		if len(hashes) != p.Pictures {
			return fmt.Errorf("there are %d pictures, but the selection has %d", len(hashes),
				p.Pictures)
		}
		about.Footage += p.Pictures
		for _, c := range p.Chosen {
			frames = append(frames, Frame{Set: c.Set, Picture: &c.Index, hash: hashes[c.Index]})
		}
	}
	a.labels, a.result.Labels = append(a.labels, frames), append(a.result.Labels, about)
	return nil
}
