package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"snellen/cmd/snellen/live"
	"snellen/cmd/snellen/project"
	"snellen/engine/step"
	"snellen/steps/watch"
)

// pictured returns a JPEG of that size, with a pattern that the seed chooses.
func pictured(t testing.TB, width, height, seed int) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetGray(x, y, color.Gray{Y: uint8((x*seed/width + y*seed/height) * 37)})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// project opens the world's study, for the worker that is named.
func (w watchWorld) project(t testing.TB, worker string) *project.Project {
	t.Helper()
	t.Setenv("SNELLEN_WORKER", worker)
	spec := filepath.Join(w.dir, "tiny.hcl")
	study, list, err := project.Load([]string{spec}, nil, project.ToRead)
	if err != nil || list.HasErrors() {
		t.Fatal(list, err)
	}
	p, err := project.New(study, filepath.Join(w.dir, "store"), "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// session starts a session with the world's models.
func (w watchWorld) session(t testing.TB, worker, resolution string) *live.Session {
	t.Helper()
	s, err := live.Start(t.Context(), w.project(t, worker), live.Options{Resolution: resolution})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLive(t *testing.T) {
	w := newWatchWorld(t)
	t.Run("judges what is sent", w.judgesSent)
	t.Run("answers a flood", w.answersFlood)
	t.Run("is closed at work", w.closesAtWork)
	t.Run("loses its worker", w.losesWorker)
	t.Run("ends with its start", w.endsWithStart)
}

func (w watchWorld) judgesSent(t *testing.T) {
	s := w.session(t, w.worker, "32x24")
	defer s.Close()
	width, height := s.Frame()
	if got := s.Models(); !slices.Equal(got, []string{"64x48", "32x24"}) || width != 64 ||
		height != 48 || s.Evaluation().Name != "shelf" || s.Selected() != "32x24" {
		t.Errorf("%q of %dx%d, %s, %s", got, width, height, s.Evaluation().Name, s.Selected())
	}
	for number, model := range []string{1: "32x24", 2: "64x48", 3: "32x24"} {
		if number == 0 {
			continue
		}
		if err := s.Select(model); err != nil || s.Selected() != model {
			t.Fatalf("selected %s, %v", s.Selected(), err)
		}
		j, err := s.Judge(t.Context(), pictured(t, 128, 96, 3))
		if err != nil || j.Number != number || j.Model != model || len(j.Detections) != 3 ||
			j.Detections[0].Area != "left" || j.Detections[0].Probability <= 0 {
			t.Fatalf("picture %d is judged %+v, %v", number, j, err)
		}
	}
	if err := s.Select("1x1"); err == nil || step.Hint(err) != "one of: 64x48, 32x24" {
		t.Errorf("of no model: %v, %s", err, step.Hint(err))
	}
	good := pictured(t, 64, 48, 3)
	for _, c := range []struct {
		jpeg        []byte
		error, hint string
	}{
		{good[:len(good)/2], "the end of the JPEG is missing", ""},
		{pictured(t, 64, 64, 3), "has another aspect ratio", "write frame { width = 64"},
		{make([]byte, watch.MaxJPEG+1), "it has more than 16 MiB", ""},
		{append([]byte("\xff\xd8\xff\xe0\x00\x02"), good[len(good)-2:]...), "JPEG", ""},
	} {
		_, err := s.Judge(t.Context(), c.jpeg)
		if !errors.Is(err, live.ErrPicture) || !strings.Contains(err.Error(), c.error) ||
			!strings.Contains(step.Hint(err), c.hint) {
			t.Errorf("%v, %s; want %s, %s", err, step.Hint(err), c.error, c.hint)
		}
	}
	if j, err := s.Judge(t.Context(), good); err != nil || j.Model != "32x24" {
		t.Errorf("after pictures that cannot be judged: %+v, %v", j, err)
	}
}

// answersFlood: of many pictures that come at once, each is answered once, with its own judgement
// or that a later one came first; and the last one is judged.
func (w watchWorld) answersFlood(t *testing.T) {
	s := w.session(t, w.worker, "32x24")
	defer s.Close()
	var kinds [2][]byte
	var want [2][]float64 // probabilities in the first area
	sent := 0
	for kind := range kinds {
		kinds[kind] = pictured(t, 64, 48, 2+5*kind)
		j, err := s.Judge(t.Context(), kinds[kind])
		if err != nil {
			t.Fatal(err)
		}
		want[kind], sent = j.Detections[0].Probabilities, sent+1
	}
	if slices.Equal(want[0], want[1]) {
		t.Fatal("both pictures are judged alike")
	}
	for _, flight := range []int{2, 50} {
		var all sync.WaitGroup
		var mu sync.Mutex
		judged, dropped, latest := 0, 0, 0
		for sender := range flight {
			all.Go(func() {
				for range 200 / flight {
					j, err := s.Judge(t.Context(), kinds[sender%2])
					mu.Lock()
					switch {
					case errors.Is(err, live.ErrDropped):
						dropped++
					case err != nil:
						t.Error(err)
					case !slices.Equal(j.Detections[0].Probabilities, want[sender%2]):
						t.Errorf("picture %d has another's judgement", j.Number)
					default:
						judged, latest = judged+1, max(latest, j.Number)
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if sent += 200; judged+dropped != 200 || latest != sent {
			t.Errorf("%d in flight: %d judged and %d dropped, the last of %d is %d", flight, judged,
				dropped, sent, latest)
		}
	}
}

// work has pictures judged, some at once, until the session ends. It returns once each sender had
// an answer. errs has the last error of each.
func work(t *testing.T, s *live.Session) (errs <-chan error, senders int) {
	t.Helper()
	ended, answered := make(chan error), make(chan struct{})
	const n = 20
	good := pictured(t, 64, 48, 3)
	for range n {
		go func() {
			for first := true; ; first = false {
				_, err := s.Judge(t.Context(), good)
				if err != nil && !errors.Is(err, live.ErrDropped) {
					ended <- err
					return
				}
				if first {
					answered <- struct{}{}
				}
			}
		}()
	}
	for range n {
		<-answered
	}
	return ended, n
}

func (w watchWorld) closesAtWork(t *testing.T) {
	s := w.session(t, w.worker, "")
	errs, n := work(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("closed: %v", err)
	}
	for range n {
		if err := <-errs; !errors.Is(err, live.ErrClosed) {
			t.Errorf("a picture in a closed session: %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

// losesWorker kills the worker: all who wait for an answer learn how it ended.
func (w watchWorld) losesWorker(t *testing.T) {
	before := children(t)
	s := w.session(t, w.worker, "")
	errs, n := work(t, s)
	started := slices.DeleteFunc(children(t), func(pid int) bool {
		return slices.Contains(before, pid)
	})
	if len(started) != 1 {
		t.Fatalf("%d processes were started", len(started))
	}
	worker, err := os.FindProcess(started[0])
	if err == nil {
		err = worker.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	const want = "snellen-worker failed: signal: killed"
	for range n {
		if err := <-errs; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("a picture whose worker was killed: %v", err)
		}
	}
	if err := s.Close(); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("closed: %v", err)
	}
}

// children returns the processes that this one has started and that are not gone.
func children(t *testing.T) (pids []int) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(processes) == 0 {
		t.Skip("there is no /proc")
	}
	for _, path := range processes {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it is gone
		}
		text := string(data)
		fields := strings.Fields(text[strings.LastIndex(text, ")")+1:]) // state, parent
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && fields[1] == strconv.Itoa(os.Getpid()) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// endsWithStart: the context of a start is no longer needed once the session has begun.
func (w watchWorld) endsWithStart(t *testing.T) {
	p := w.project(t, w.worker)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := live.Start(ctx, p, live.Options{Evaluation: "shelf"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cancel()
	if _, err := s.Judge(t.Context(), pictured(t, 64, 48, 3)); err != nil {
		t.Errorf("after its start's context: %v", err)
	}
	if _, err := s.Judge(ctx, pictured(t, 64, 48, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("of nobody who waits: %v", err)
	}
	if s, err := live.Start(ctx, p, live.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("started for nobody: %v, %v", s, err)
	}
}

// benchedStudy is one with the built-in pretrained network, and ten areas like the article's.
const benchedStudy = `
study "tiny" {}
label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }
resolution "64x48" {}
dataset { frames = 20 }
hyperparameters {
  use_pretrained_model = 1
  mini_batch_size      = 4
}
evaluation "shelf" {
  video = "shelf.mp4"
  frame {
    width  = 800
    height = 600
  }
  grid {
    columns = 5
    rows    = 2
    origin  = [127, 25]
    size    = [106, 170]
    step    = [110, 220]
    expect  = ["A", "B", "A", "B", "A", "B", "A", "B", "A", "B"]
  }
}
`

// BenchmarkLive judges pictures of 800x600, with ten areas, that are sent as a browser sends them:
// two are in flight. A camera delivers 15 a second.
func BenchmarkLive(b *testing.B) {
	w := newFootage(b)
	w.write(b, "tiny.hcl", []byte(benchedStudy))
	draw(b, filepath.Join(w.dir, "shelf.mp4"), "testsrc2=s=800x600:r=10:d=1")
	mustRun(b, w.snellen("apply", "-auto-approve"))
	shown := filepath.Join(w.dir, "shelf.jpg")
	draw(b, shown, "testsrc2=s=800x600,trim=end_frame=1")
	jpeg, err := os.ReadFile(shown)
	if err != nil {
		b.Fatal(err)
	}
	s := w.session(b, w.worker, "")
	defer s.Close()
	if _, err := s.Judge(b.Context(), jpeg); err != nil { // the model is opened
		b.Fatal(err)
	}
	const pictures, inFlight = 100, 2
	judged := 0
	for b.Loop() {
		var all sync.WaitGroup
		var mu sync.Mutex
		for range inFlight {
			all.Go(func() {
				for range pictures / inFlight {
					_, err := s.Judge(b.Context(), jpeg)
					mu.Lock()
					if err == nil {
						judged++
					} else if !errors.Is(err, live.ErrDropped) {
						b.Error(err)
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
	}
	b.ReportMetric(float64(judged)/b.Elapsed().Seconds(), "pictures/s")
}
