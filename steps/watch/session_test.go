//go:build native

package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/vision"
	"snellen/steps/worker"
)

// A gate is a model that answers once its channel is closed.
type gate struct{ opened chan struct{} }

func (gate) Classes() []string { return []string{"A", "B"} }
func (gate) Close() error      { return nil }

func (g gate) Classify(ctx context.Context, jpegs [][]byte) (all [][]float64, err error) {
	select {
	case <-g.opened:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for range jpegs {
		all = append(all, []float64{0.75, 0.25})
	}
	return all, nil
}

func ffmpeg(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	c := exec.Command("ffmpeg", append([]string{"-v", "error", "-y"}, args...)...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v: %s", args, err, out)
	}
}

// oneFrame draws a video of one frame of 64x48 pixels, and returns its path.
func oneFrame(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.mkv")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-frames:v", "1",
		"-pix_fmt", "yuv420p", path)
	return path
}

var left = evaluate.Params{
	Width: 64, Height: 48, Confident: 0.7, Quality: 95,
	Areas: []evaluate.Area{{Name: "left", Rect: [4]int{2, 2, 20, 40}, Expect: "A"}},
}

// watchCamera returns the params, as JSON, of a headless session that judges left in a camera.
func watchCamera(t *testing.T, camera string) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(Params{
		Params: left, Camera: camera, Models: []string{"one"}, Classes: gate{}.Classes(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestStalePicturesAreDropped: while the first picture is judged, a camera delivers 29 others. The
// last of them is judged next.
func TestStalePicturesAreDropped(t *testing.T) {
	dir := t.TempDir()
	film, camera := filepath.Join(dir, "film.mkv"), filepath.Join(dir, "camera")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=3", "-pix_fmt", "yuv420p", film)
	if err := syscall.Mkfifo(camera, 0o666); err != nil {
		t.Fatal(err)
	}
	model, told := gate{make(chan struct{})}, make(chan json.RawMessage, 1)
	var mu sync.Mutex
	var judged []int
	var end Ended
	say := func(v any) error {
		mu.Lock()
		defer mu.Unlock()
		switch e := v.(Event); {
		case e.Lost != nil: // everything was read
			close(model.opened)
		case e.Judged != nil:
			judged = append(judged, e.Judged.Detections[0].Frame)
			if len(judged) == 2 {
				told <- json.RawMessage(`{"stop":true}`)
			}
		case e.Ended != nil:
			end = *e.Ended
		}
		return nil
	}
	open := func(string, string, int, string) (evaluate.Classifier, error) { return model, nil }
	var writer sync.WaitGroup
	writer.Go(func() { ffmpeg(t, "-i", film, "-c", "copy", "-f", "matroska", camera) })
	talker := New(open, nil)
	job := &step.Job{Params: watchCamera(t, camera), Out: dir}
	if err := talker.Talk(t.Context(), job, worker.Line{Send: say, Received: told}); err != nil {
		t.Fatal(err)
	}
	writer.Wait()
	if len(judged) != 2 || judged[0] > 1 || judged[1] != 29 {
		t.Errorf("judged %v", judged)
	}
	end.Seconds = 0
	if want := (Ended{Read: 30, Judged: 2, Dropped: 28}); end != want {
		t.Errorf("ended %+v, want %+v", end, want)
	}
}

// TestStopsWaitingForACamera: nobody writes to the pipe. The session ends when it receives a stop,
// or when the context ends.
func TestStopsWaitingForACamera(t *testing.T) {
	camera := filepath.Join(t.TempDir(), "camera")
	if err := syscall.Mkfifo(camera, 0o666); err != nil {
		t.Fatal(err)
	}
	told := make(chan json.RawMessage, 1)
	told <- json.RawMessage(`{"stop":true}`)
	say := func(any) error { return nil }
	job := &step.Job{Params: watchCamera(t, camera), Out: t.TempDir()}
	if err := New(nil, nil).Talk(t.Context(), job, worker.Line{Send: say, Received: told}); err != nil {
		t.Errorf("stopped: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(nil, nil).Talk(ctx, job, worker.Line{Send: say}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

// TestRecordingByTheClock: in a live recording a picture stands for as long as it was shown, and a
// gap without pictures is left out.
func TestRecordingByTheClock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "live.avi")
	frame := only(t, oneFrame(t))
	defer frame.Close()
	l := vision.NewLayout(64, 48, nil, 1)
	r, err := newRecording(path, 10, true, l)
	if err != nil {
		t.Fatal(err)
	}
	var written []int
	for _, seconds := range []float64{0, 0.05, 0.3, 60, 60.1} {
		canvas, err := frame.Draw(nil, []string{"a note"}, l)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.add(canvas, seconds); err != nil {
			t.Fatal(err)
		}
		canvas.Close()
		written = append(written, r.written)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(written); got != "[1 1 4 5 6]" {
		t.Errorf("frames written are %s", got)
	}
	if n, width, height := measure(t, path); n != 6 || width != 640 || height != 480+30 {
		t.Errorf("%d frames of %dx%d", n, width, height)
	}
}

// measure returns how many pictures a video has, and their size.
func measure(t *testing.T, path string) (count, width, height int) {
	t.Helper()
	f, err := openVideo(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	for {
		frame, _, err := f.next()
		if errors.Is(err, io.EOF) {
			return count, f.width, f.height
		}
		if err != nil {
			t.Fatal(err)
		}
		frame.Close()
		count++
	}
}

// only returns a video's first picture.
func only(t *testing.T, path string) *vision.Frame {
	t.Helper()
	f, err := openVideo(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	frame, _, err := f.next()
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func TestSavedTwice(t *testing.T) {
	ignore := func(Event) error { return nil }
	out := filepath.Join(t.TempDir(), "new")
	r := newRenderer(Params{Params: left, Classes: []string{"A"}}, out, ignore)
	defer r.close()
	d := evaluate.Detection{Area: "left", Expected: "A", Found: "A", Probability: 0.9}
	p := picture{frame: only(t, oneFrame(t))}
	if err := r.show(judgedPicture{p, "../endpoint", []evaluate.Detection{d}}, nil); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2020, 4, 1, 12, 0, 0, 250e6, time.UTC)
	name := "20200401-120000.250-.._endpoint"
	for _, want := range []string{name + ".jpg", name + "-2.jpg"} {
		path, err := r.save(noon)
		if err != nil || filepath.Base(path) != want || filepath.Dir(path) != out {
			t.Errorf("saved as %s, %v; want %s", path, err, want)
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), "\xff\xd8") {
			t.Errorf("%s is not a JPEG: %v", path, err)
		}
	}
}
