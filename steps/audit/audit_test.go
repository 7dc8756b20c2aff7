package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/steps/video"
)

// run runs an audit of labels and cameras. A label is the hashes of its frames, in hexadecimal,
// each after its set: "t" or "v".
func run(t *testing.T, labels [][]string, cameras ...[]string) Result {
	t.Helper()
	job := &step.Job{Params: json.RawMessage(`{"near":6}`), Inputs: map[string]string{},
		Out: t.TempDir(), Report: func(step.Progress) {}}
	for i, frames := range labels {
		selection, hashes := footage(frames)
		role := fmt.Sprintf("label/%d", i)
		put(t, job, role+"/selection", selection)
		put(t, job, role+"/0", hashed(hashes))
	}
	for i, hashes := range cameras {
		put(t, job, fmt.Sprintf("camera/%d", i), hashed(hashes))
	}
	if err := New().Run(context.Background(), job); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(job.Out, "audit.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out Result
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// put makes a value the input of a role.
func put(t *testing.T, job *step.Job, role string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	job.Inputs[role] = filepath.Join(job.Out, strings.ReplaceAll(role, "/", "-"))
	if err := os.WriteFile(job.Inputs[role], data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// hashed is a video with one frame a second.
func hashed(hashes []string) video.FrameHashes {
	h := video.FrameHashes{}
	for i, hash := range hashes {
		h.Seconds = append(h.Seconds, float64(i))
		h.Hashes = append(h.Hashes, fmt.Sprintf("%016s", hash))
	}
	return h
}

// footage is a label's selection, and the hashes of its only video.
func footage(frames []string) (video.Selection, []string) {
	selected := video.SelectedVideo{Frames: len(frames)}
	sets := map[string]string{"t": video.Train, "v": video.Validation}
	var hashes []string
	for k, f := range frames {
		name, hash, _ := strings.Cut(f, " ")
		hashes = append(hashes, hash)
		if set := sets[name]; set != "" {
			selected.Chosen = append(selected.Chosen,
				video.SelectedFrame{Index: k, Seconds: float64(k), Set: set})
		}
	}
	return video.Selection{Videos: []video.SelectedVideo{selected}, Gap: 1,
		Dropped: video.Dropped{Gap: 2, Surplus: 1}}, hashes
}

func TestAudit(t *testing.T) {
	out := run(t, [][]string{
		// The third differs from the first in 6 bits, the fourth in 7.
		{"t 0", "- ff", "v 3f", "v 7f", "t ffffffff00000000"},
		{"t ff00ff00ff00ff00", "v 00ff00ff00ff00ff"},
	}, []string{"0f0f0f0f0f0f0f0f", "00ff00ff00ff00ff"})
	a := out.Labels[0]
	if a.Footage != 5 || a.Train != 2 || a.Validation != 2 || a.Gap != 2 || a.Surplus != 1 ||
		a.Seconds != 1 || a.Near != 1 {
		t.Errorf("label 0: %+v", a)
	}
	if n := a.Nearest; n.Bits != 6 || n.A.Seconds != 2 || n.A.Set != "validation" ||
		n.B.Seconds != 0 || n.B.Set != "train" {
		t.Errorf("nearest: %+v", n)
	}
	if b := out.Labels[1]; b.Near != 0 || b.Nearest.Bits != 64 {
		t.Errorf("label 1: %+v", b)
	}
	if len(out.Twins) != 1 || out.Twins[0].Near != 0 || out.Twins[0].Frames != 4 {
		t.Errorf("twins, which always include the most similar pair: %+v", out.Twins)
	}
	if len(out.Cameras) != 1 || out.Cameras[0].B != 1 || out.Cameras[0].Near != 1 ||
		out.Cameras[0].Nearest.Bits != 0 || out.Cameras[0].Nearest.A.Set != "camera" {
		t.Errorf("cameras: %+v", out.Cameras)
	}
}

// Of pictures, the most similar ones are named.
func TestAuditOfPictures(t *testing.T) {
	pictures := func(hashes ...string) video.PictureSet {
		var set video.PictureSet
		for _, h := range hashes {
			set.Pictures = append(set.Pictures, video.PictureInfo{Width: 4, Height: 3,
				Digest: strings.Repeat("0", 64), Hash: fmt.Sprintf("%016s", h),
				Reading: video.Reading{Width: 4, Height: 3, PixelAspect: "1:1", Range: "full",
					Matrix: "bt601"}})
		}
		return set
	}
	job := &step.Job{Params: json.RawMessage(`{"near":6}`), Inputs: map[string]string{},
		Out: t.TempDir(), Report: func(step.Progress) {}}
	put(t, job, "label/0/selection", video.Selection{Gap: -1, Videos: []video.SelectedVideo{},
		Pictures: &video.SelectedPictures{Pictures: 3, Chosen: []video.SelectedPicture{
			{Index: 0, Set: video.Train}, {Index: 2, Set: video.Validation}}}})
	put(t, job, "label/0/pictures", pictures("0", "ffff", "ffff0000"))
	put(t, job, "camera/0/pictures", pictures("1f", "ffff00000000", "ffff0000", "3"))
	if err := New().Run(context.Background(), job); err != nil {
		t.Fatal(err)
	}
	var out Result
	data, err := os.ReadFile(filepath.Join(job.Out, "audit.json"))
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if l := out.Labels[0]; l.Footage != 3 || l.Train != 1 || l.Validation != 1 || l.Seconds != -1 {
		t.Errorf("label %+v", l)
	}
	var got []string
	for _, p := range out.Cameras[0].Pairs {
		got = append(got, fmt.Sprint(p.Bits, " ", *p.A.Picture, "-", *p.B.Picture))
	}
	if want := "0 2-2, 2 3-0, 5 0-0"; strings.Join(got, ", ") != want {
		t.Errorf("pairs %q, want %s", got, want)
	}
}

func TestAuditOfOneSet(t *testing.T) {
	out := run(t, [][]string{{"t 0", "t 1"}, {"t f", "v f"}})
	if a := out.Labels[0]; a.Nearest != nil || a.Near != 0 || out.Cameras == nil {
		t.Errorf("%+v", out)
	}
}

// Hashes of another video than the selection's are an error, not a wrong frame.
func TestAuditRefuses(t *testing.T) {
	dir := t.TempDir()
	selection, hashes := filepath.Join(dir, "s"), filepath.Join(dir, "h")
	for path, text := range map[string]string{
		selection: `{"videos":[{"frames":3,"chosen":[{"index":2,"seconds":2,"set":"train"}]}],"smallest_distance":-1}`,
		hashes:    `{"seconds":[0],"hashes":["0000000000000000"]}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	job := &step.Job{Params: json.RawMessage(`{"near":6}`),
		Inputs: map[string]string{"label/0/selection": selection, "label/0/0": hashes}, Out: dir}
	if err := New().Run(context.Background(), job); err == nil ||
		!strings.Contains(err.Error(), "1 hashes") {
		t.Errorf("got %v", err)
	}
}
