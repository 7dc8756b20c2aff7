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

// A gate is a model whose first answer waits until it is opened.
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
	if out, err := exec.Command("ffmpeg", append([]string{"-v", "error", "-y"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v: %s", args, err, out)
	}
}

var left = evaluate.Params{Width: 64, Height: 48, Confident: 0.7, Quality: 95, Areas: []evaluate.Area{{Name: "left", Rect: [4]int{2, 2, 20, 40}, Expect: "A"}}}

// TestStalePicturesAreDropped: while a picture is judged a camera shows 29 others, of which the last is judged next.
func TestStalePicturesAreDropped(t *testing.T) {
	dir := t.TempDir()
	film, camera := filepath.Join(dir, "film.mkv"), filepath.Join(dir, "camera")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=3", "-pix_fmt", "yuv420p", film)
	if err := syscall.Mkfifo(camera, 0o666); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(Params{Params: left, Camera: camera, Models: []string{"one"}, Classes: gate{}.Classes()})
	if err != nil {
		t.Fatal(err)
	}
	model, told := gate{make(chan struct{})}, make(chan json.RawMessage, 1)
	var mu sync.Mutex
	var judged []int
	var end Ended
	say := func(v any) error {
		mu.Lock()
		defer mu.Unlock()
		switch s := v.(Event); {
		case s.Lost != nil: // all was read
			close(model.opened)
		case s.Judged != nil:
			judged = append(judged, s.Judged.Detections[0].Frame)
			if len(judged) == 2 {
				told <- json.RawMessage(`{"stop":true}`)
			}
		case s.Ended != nil:
			end = *s.Ended
		}
		return nil
	}
	open := func(string, string, int, string) (evaluate.Classifier, error) { return model, nil }
	var writer sync.WaitGroup
	writer.Go(func() { ffmpeg(t, "-i", film, "-c", "copy", "-f", "matroska", camera) })
	talker := New(open, nil)
	if err := talker.Talk(t.Context(), &step.Job{Params: data, Out: dir}, worker.Line{Say: say, Told: told}); err != nil {
		t.Fatal(err)
	}
	writer.Wait()
	if first := judged[0]; len(judged) != 2 || judged[1] != 29 || first > 1 || end.Read != 30 || end.Judged != 2 || end.Dropped != 28 {
		t.Errorf("judged %v, ended %+v", judged, end)
	}
}

// TestWaitsForACameraNoLonger: nobody writes to the pipe, and it ends when that is asked for, or the context ends.
func TestWaitsForACameraNoLonger(t *testing.T) {
	camera := filepath.Join(t.TempDir(), "camera")
	if err := syscall.Mkfifo(camera, 0o666); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(Params{Params: left, Camera: camera, Models: []string{"one"}, Classes: gate{}.Classes()})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan json.RawMessage, 1)
	told <- json.RawMessage(`{"stop":true}`)
	say := func(any) error { return nil }
	job := &step.Job{Params: data, Out: t.TempDir()}
	if err := New(nil, nil).Talk(t.Context(), job, worker.Line{Say: say, Told: told}); err != nil {
		t.Errorf("asked to end: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(nil, nil).Talk(ctx, job, worker.Line{Say: say}); err != context.Canceled {
		t.Errorf("the context ended: %v", err)
	}
}

// TestRecordInTime: a picture stands in a live record for as long as it was there, and a time without pictures for no time.
func TestRecordInTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "live.avi")
	film := filepath.Join(t.TempDir(), "film.mkv")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-frames:v", "1", "-pix_fmt", "yuv420p", film)
	frame := only(t, film)
	defer frame.Close()
	l := vision.NewLayout(64, 48, nil, 1)
	r, err := record(path, 10, true, l)
	if err != nil {
		t.Fatal(err)
	}
	var written []int
	for _, seconds := range []float64{0, 0.05, 0.3, 60, 60.1} {
		canvas, err := frame.Draw(nil, []string{"a note"}, l)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.add(canvas, view{picture: picture{seconds: seconds}}); err != nil {
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
	again, err := openFilm(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.close()
	n := 0
	for ; ; n++ {
		frame, _, err := again.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		frame.Close()
	}
	if n != 6 || again.width != 640 || again.height != 480+30 {
		t.Errorf("%d frames of %dx%d", n, again.width, again.height)
	}
}

// only is a video's first picture.
func only(t *testing.T, path string) *vision.Frame {
	t.Helper()
	f, err := openFilm(t.Context(), path, nil)
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
	film := filepath.Join(t.TempDir(), "film.mkv")
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-frames:v", "1", "-pix_fmt", "yuv420p", film)
	s := newShower(Params{Params: left, Classes: []string{"A"}}, filepath.Join(t.TempDir(), "new"), func(Event) error { return nil })
	defer s.close()
	d := evaluate.Detection{Area: "left", Expected: "A", Found: "A", Probability: 0.9}
	if err := s.take(view{picture{frame: only(t, film)}, "../endpoint", []evaluate.Detection{d}}, nil); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2020, 4, 1, 12, 0, 0, 250e6, time.UTC)
	for _, want := range []string{"20200401-120000.250-.._endpoint.jpg", "20200401-120000.250-.._endpoint-2.jpg"} {
		path, err := s.save(noon)
		if err != nil || filepath.Base(path) != want || filepath.Dir(path) != s.out {
			t.Errorf("saved as %s, %v; want %s", path, err, want)
		}
		if data, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(data), "\xff\xd8") {
			t.Errorf("%s is no JPEG: %v", path, err)
		}
	}
}
