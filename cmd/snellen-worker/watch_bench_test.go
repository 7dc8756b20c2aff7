//go:build native

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/torch"
	"snellen/steps/train"
	"snellen/steps/watch"
	"snellen/steps/worker"
)

// BenchmarkWatch judges pictures like the article's, 800x600 with ten areas of 106x170, as fast as it
// can, with a network of 8 layers, the built-in pretrained one, and one of 50 layers. For comparison,
// a camera delivers 15 pictures a second.
func BenchmarkWatch(b *testing.B) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		b.Skip("ffmpeg is not installed")
	}
	dir := b.TempDir()
	squeezed := train.Preparation{Resize: 180, Height: 160, Width: 160, Colour: "BGR", Range: 255}
	for _, c := range []struct {
		name, network, record string
		layers, pictures      int
		preparation           train.Preparation
	}{
		{"ResNet-8", "", "", 8, 300,
			train.Preparation{Resize: 110, Long: 146, Height: 96, Width: 96, Colour: "RGB"}},
		{"ResNet-8 recorded", "", filepath.Join(dir, "record.mp4"), 8, 300,
			train.Preparation{Resize: 110, Long: 146, Height: 96, Width: 96, Colour: "RGB"}},
		{"SqueezeNet", "squeezenet1.1", "", 0, 90, squeezed},
		{"ResNet-50", "resnet-v1", "", 50, 9,
			train.Preparation{Resize: 252, Height: 224, Width: 224, Colour: "RGB"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			inputs := untrained(b, b.TempDir(), c.network, c.layers, c.preparation)
			inputs["video"] = drawn(b, c.pictures)
			var ended watch.Ended
			before := processorTime()
			for b.Loop() {
				ended = watchOnce(b, inputs, c.record)
			}
			used := processorTime() - before
			b.ReportMetric(float64(ended.Judged)/ended.Seconds, "pictures/s")
			b.ReportMetric(float64(used.Milliseconds())/float64(b.N*ended.Judged), "cpu-ms/picture")
		})
	}
}

// drawn returns a video of so many pictures.
func drawn(b *testing.B, pictures int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "camera.mp4")
	draw := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=800x600:r=30",
		"-frames:v", strconv.Itoa(pictures), "-pix_fmt", "yuv420p", path)
	if out, err := draw.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

// watchOnce runs one session, and returns its totals. A record of "" means none.
func watchOnce(b *testing.B, inputs map[string]string, record string) (ended watch.Ended) {
	b.Helper()
	p := watch.Params{
		Params: evaluate.Params{
			Width: 800, Height: 600, Confident: 0.7, Quality: 95, Threads: runtime.NumCPU(),
			Device: "cpu",
		},
		Models: []string{"320x240"}, Classes: labels, Record: record,
	}
	for i := range 10 {
		rect := [4]int{127 + i%5*110, 25 + i/5*220, 106, 170}
		p.Areas = append(p.Areas, evaluate.Area{Name: labels[i], Rect: rect, Expect: labels[i]})
	}
	data, err := json.Marshal(p)
	if err != nil {
		b.Fatal(err)
	}
	say := func(v any) error {
		if e := v.(watch.Event); e.Ended != nil {
			ended = *e.Ended
		}
		return nil
	}
	talker := nativeRunners(func(f func()) { f() })[watch.Kind].(worker.Talker)
	job := &step.Job{Params: data, Inputs: inputs, Out: b.TempDir()}
	if err := talker.Talk(b.Context(), job, worker.Line{Send: say}); err != nil {
		b.Fatal(err)
	}
	if record != "" {
		if err := os.Remove(record); err != nil {
			b.Fatal(err)
		}
	}
	return ended
}

var labels = strings.Split("ABCDEFGHIJKLMNOPQ", "")

// untrained writes a model with the weights that a training begins with, and returns the inputs of
// a session that uses it.
func untrained(
	b *testing.B, dir, network string, layers int, p train.Preparation,
) map[string]string {
	b.Helper()
	p.Filter = "area/linear"
	p.Mean, p.Std = [3]float64{0.5, 0.5, 0.5}, [3]float64{0.25, 0.25, 0.25}
	m := train.Model{Format: 1, Classes: labels, Network: network, NumLayers: layers, Preparation: p}
	net, err := torch.New(torch.Config{
		Network: network, NumLayers: layers, Height: p.Height, Width: p.Width,
		Classes: len(labels), Seed: 1, Threads: 1, Device: "cpu", Mean: p.Mean, Std: p.Std,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer net.Close()
	tensors, err := net.Tensors()
	if err != nil {
		b.Fatal(err)
	}
	description := filepath.Join(dir, "model.json")
	weights := filepath.Join(dir, "model.safetensors")
	f, err := os.Create(weights)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := torch.Write(f, tensors); err != nil {
		b.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(description, data, 0o666)
	}
	if err != nil {
		b.Fatal(err)
	}
	return map[string]string{
		watch.ModelInput("320x240", "model.json"):        description,
		watch.ModelInput("320x240", "model.safetensors"): weights,
	}
}

// processorTime returns the time that this process's threads have computed.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
