//go:build native

package evaluate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/video"
)

// run has a runner do what params say with a video, and returns the folder of its outputs.
func run(t *testing.T, r step.Runner, params any, inputs map[string]string) string {
	t.Helper()
	data, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	err = r.Run(t.Context(), &step.Job{Params: data, Inputs: inputs, Out: out,
		Report: func(step.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// film draws a video of 640x480 with 20 frames, and returns what is known of it.
func film(t *testing.T) (path string, quick *video.QuickProbe) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "film.mp4")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"testsrc2=s=640x480:r=10:d=2", "-pix_fmt", "yuv420p", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if quick, err = video.ProbeQuickly(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	return path, quick
}

// TestChart: what is cut out of a frame is, to the last byte, what judging cuts out of it.
func TestChart(t *testing.T) {
	path, quick := film(t)
	probe := filepath.Join(t.TempDir(), "probe.json")
	if err := writeJSON(probe, quick.Result()); err != nil {
		t.Fatal(err)
	}
	inside := [][4]int{{0, 0, 640, 480}, {127, 25, 106, 170}, {638, 478, 2, 2}}
	rects := append([][4]int{{600, 10, 41, 40}, {-1, 0, 10, 10}, {5, 5, 0, 5}}, inside...)
	sizes := []Size{{640, 480}, {320, 240}, {80, 60}, {7, 5}, {800, 600}}
	const frame, quality = 12, 90
	out := run(t, NewChart(), ChartParams{
		Shown: Shown{quick.Reading, frame}, Sizes: sizes, Quality: quality, Rects: rects, Side: 100,
	}, map[string]string{"video": path})
	for s, size := range sizes {
		at := &size
		if s == 0 {
			at = nil // its own size, unscaled
		}
		cut := run(t, NewCrops(), CropsParams{Every: frame, Quality: quality, Rects: inside, At: at},
			map[string]string{"video": path, "probe": probe})
		records, err := frames.OpenRecords(filepath.Join(cut, "crops.rec"))
		if err != nil {
			t.Fatal(err)
		}
		defer records.Close()
		for i := range inside {
			_, want, err := records.Read(len(inside) + i) // of the second judged frame
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%d-%d.jpg", len(rects)-len(inside)+i, s)
			got, err := os.ReadFile(filepath.Join(out, "chart", name))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s differs: %d bytes, not %d, %v", name, len(got), len(want), err)
			}
		}
	}
	files, err := os.ReadDir(filepath.Join(out, "chart"))
	if err != nil || len(files) != len(inside)*len(sizes) {
		t.Errorf("%d files: those that leave the frame are left out", len(files))
	}
	checkSize(t, filepath.Join(out, "frame.jpg"), 100, 75)
}

// TestChartScales: a clip of another size is first scaled to the evaluation's frame.
func TestChartScales(t *testing.T) {
	path, quick := film(t)
	out := run(t, NewChart(), ChartParams{
		Shown: Shown{quick.Reading, 0}, Width: 320, Height: 200, Quality: 90,
		Sizes: []Size{{160, 100}}, Rects: [][4]int{{0, 0, 320, 200}, {0, 0, 321, 200}},
	}, map[string]string{"video": path})
	checkSize(t, filepath.Join(out, "frame.jpg"), 320, 200)
	checkSize(t, filepath.Join(out, "chart", "0-0.jpg"), 160, 100)
	if _, err := os.Stat(filepath.Join(out, "chart", "1-0.jpg")); err == nil {
		t.Error("an area that leaves the frame was cut")
	}
}

// checkSize holds that a file is a JPEG of that size.
func checkSize(t *testing.T, path string, width, height int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, err := jpeg.DecodeConfig(f); err != nil || c.Width != width || c.Height != height {
		t.Errorf("%s is %dx%d, not %dx%d: %v", path, c.Width, c.Height, width, height, err)
	}
}
