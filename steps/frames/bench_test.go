//go:build native

package frames

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"snellen/engine/step"
	"snellen/steps/video"
	"snellen/steps/video/graph"
)

// BenchmarkExtract extracts 200 frames of each label in five sizes, and compares the processor time
// with what it cost when OpenCV's own capture read the videos, by its own reading of them: a loop
// over their frames, and a record of each chosen one.
func BenchmarkExtract(b *testing.B) {
	var ours, capture time.Duration
	for _, path := range footage(b) {
		for _, e := range prepared(b, path) {
			ours += processor(func() {
				if err := NewExtract().Run(b.Context(), e.job); err != nil {
					b.Fatal(err)
				}
			})
			capture += processor(func() { e.byCapture(b) })
		}
	}
	for b.Loop() { // all was measured once
	}
	b.ReportMetric(ours.Seconds(), "cpu-s/extract")
	b.ReportMetric(capture.Seconds(), "cpu-s/by-capture")
	b.ReportMetric(float64(ours)/float64(capture), "of-by-capture")
}

// footage is where the real videos are.
func footage(b *testing.B) []string {
	dir := os.Getenv("SNELLEN_FOOTAGE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "footage")
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*.mp4"))
	var list []string
	for _, path := range found {
		if !strings.HasSuffix(path, "shelf.mp4") {
			list = append(list, path)
		}
	}
	if len(list) == 0 {
		b.Skip("no footage: name its folder in SNELLEN_FOOTAGE")
	}
	return list
}

// A ready extraction is one step that is ready to run.
type ready struct {
	job    *step.Job
	chosen []video.SelectedFrame
}

// prepared are the extractions of one video in five sizes.
func prepared(b *testing.B, path string) (list []ready) {
	probe := work(b, video.NewProbe(), video.ProbeParams{}, map[string]string{"video": path})
	selection := work(b, video.NewSelect(),
		video.SelectParams{Frames: 200, Validation: 0.2, Split: "blocks", Gap: 0.5, Seed: 2020},
		map[string]string{"probe/0": filepath.Join(probe, "probe.json")})
	data, err := os.ReadFile(filepath.Join(selection, "selection.json"))
	if err != nil {
		b.Fatal(err)
	}
	selected, err := video.ParseSelection(data)
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range [][2]int{{800, 600}, {640, 480}, {320, 240}, {160, 120}, {80, 60}} {
		params := video.TranscodeParams{Width: s[0], Height: s[1], Codec: "libx264", CRF: 23,
			Preset: "medium", Filter: "bicubic", Fit: "squeeze"}
		small := work(b, video.NewTranscode(graph.Arguments), params,
			map[string]string{"video": path, "probe": filepath.Join(probe, "probe.json")})
		j := job(b, ExtractParams{Width: s[0], Height: s[1], Quality: 95}, map[string]string{
			"video/0":   filepath.Join(small, "video.mp4"),
			"reading/0": filepath.Join(small, "reading.json"),
			"selection": filepath.Join(selection, "selection.json"),
		})
		list = append(list, ready{j, selected.Videos[0].Chosen})
	}
	return list
}

func job(b testing.TB, params any, inputs map[string]string) *step.Job {
	data, err := json.Marshal(params)
	if err != nil {
		b.Fatal(err)
	}
	return &step.Job{Params: data, Inputs: inputs, Out: b.TempDir(), Report: func(step.Progress) {}}
}

// work runs a step and returns the folder of its outputs.
func work(b testing.TB, r step.Runner, params any, inputs map[string]string) string {
	j := job(b, params, inputs)
	if err := r.Run(b.Context(), j); err != nil {
		b.Fatal(err)
	}
	return j.Out
}

// byCapture does the work as it was done before.
func (r ready) byCapture(b *testing.B) {
	c, err := gocv.VideoCaptureFileWithAPI(r.job.Inputs["video/0"], gocv.VideoCaptureFFmpeg)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	m := gocv.NewMat()
	defer m.Close()
	f, err := os.Create(filepath.Join(b.TempDir(), "all.rec"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := NewWriter(f)
	chosen := r.chosen
	for n := 0; len(chosen) > 0; n++ {
		if chosen[0].Index != n {
			c.Grab(1)
			continue
		}
		if !c.Read(&m) {
			b.Fatalf("the video ends at frame %d", n)
		}
		buffer, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, m,
			[]int{gocv.IMWriteJpegQuality, 95})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Write(0, append([]byte(nil), buffer.GetBytes()...)); err != nil {
			b.Fatal(err)
		}
		buffer.Close()
		chosen = chosen[1:]
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
}

// processor is the time that this process's threads compute while f runs.
func processor(f func()) time.Duration {
	before := used()
	f()
	return used() - before
}

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
