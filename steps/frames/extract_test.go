//go:build native

package frames

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/steps/video"
	"snellen/steps/video/graph"
)

// transcode returns the outputs of a transcode step: a video of 32x24 pixels with ten frames.
func transcode(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.mp4")
	ffmpeg := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"testsrc2=size=64x48:rate=10:duration=1", "-pix_fmt", "yuv420p", path)
	if out, err := ffmpeg.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	probe := work(t, video.NewProbe(), video.ProbeParams{}, map[string]string{"video": path})
	params := video.TranscodeParams{Width: 32, Height: 24, Codec: "libx264", CRF: 23,
		Preset: "medium", Filter: "bicubic", Fit: "squeeze"}
	return work(t, video.NewTranscode(graph.Arguments), params,
		map[string]string{"video": path, "probe": filepath.Join(probe, "probe.json")})
}

// Of a label's videos, one may have no frame that was chosen: its frames are counted, and none is
// taken.
func TestExtractOfAVideoWithoutChosenFrames(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	inputs := map[string]string{}
	selection := video.Selection{Videos: []video.SelectedVideo{
		{Frames: 10, Chosen: []video.SelectedFrame{}},
		{Frames: 10, Chosen: []video.SelectedFrame{{Index: 1, Seconds: 0.1, Set: video.Train},
			{Index: 9, Seconds: 0.9, Set: video.Validation}}},
	}}
	for _, role := range []string{"0", "1"} {
		transcoded := transcode(t)
		inputs["video/"+role] = filepath.Join(transcoded, "video.mp4")
		inputs["reading/"+role] = filepath.Join(transcoded, "reading.json")
	}
	extract := func() (string, error) {
		data, err := json.Marshal(selection)
		if err != nil {
			t.Fatal(err)
		}
		inputs["selection"] = filepath.Join(t.TempDir(), "selection.json")
		if err := os.WriteFile(inputs["selection"], data, 0o666); err != nil {
			t.Fatal(err)
		}
		j := job(t, ExtractParams{Width: 32, Height: 24, Quality: 95}, inputs)
		return j.Out, NewExtract().Run(t.Context(), j)
	}
	out, err := extract()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "extract.json"))
	if err != nil || !strings.HasPrefix(string(data), `{"train":1,"validation":1,`) {
		t.Errorf("%s, %v", data, err)
	}
	selection.Videos[0].Frames = 11
	if _, err := extract(); err == nil ||
		!strings.Contains(err.Error(), "fewer frames than the 11") {
		t.Errorf("another count: %v", err)
	}
}
