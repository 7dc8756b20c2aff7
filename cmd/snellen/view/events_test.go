package view

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
)

// noon is when the tests' steps start.
var noon = time.Date(2020, 4, 1, 12, 0, 0, 0, time.UTC)

func noWork() *Work { return PlannedWork(&engine.Plan{}, nil) }

func training(done float64) engine.Progressed {
	return engine.Progressed{Address: "320x240/train",
		Progress: step.Progress{Done: done, Total: 2720, Unit: "images"}}
}

func TestRateAndTimeLeft(t *testing.T) {
	p := progress{work: noWork()}
	p.add(engine.Started{Address: "320x240/train"}, noon)
	c := p.running[0]
	if got := c.text(noon.Add(3 * time.Second)); got != "3s" {
		t.Errorf("before any progress: %q", got)
	}
	p.add(training(200), noon.Add(2*time.Second))
	p.add(training(1000), noon.Add(4*time.Second))
	if got, want := c.text(noon.Add(4*time.Second)),
		"37 %  1000/2720 images  400/s  4s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.add(training(0), noon.Add(5*time.Second)) // the next epoch
	p.add(training(16), noon.Add(6*time.Second))
	if got, want := c.text(noon.Add(6*time.Second)),
		" 1 %  16/2720 images  16/s  2m49s left"; got != want {
		t.Errorf("when it began anew: got %q, want %q", got, want)
	}
}

func TestProgressCounts(t *testing.T) {
	p := progress{work: noWork()}
	for _, a := range []string{"a", "b", "c"} {
		p.add(engine.Started{Address: a}, noon)
	}
	p.add(engine.Finished{Address: "cached", Cached: true}, noon)
	p.add(engine.Finished{Address: "b"}, noon)
	p.add(engine.Failed{Address: "a", Err: errors.New("no")}, noon)
	if p.finished != 2 || len(p.running) != 1 || p.running[0].address != "c" {
		t.Errorf("finished %d, running %v", p.finished, p.running)
	}
}

// events are an apply as a view sees it.
var events = []engine.Event{
	engine.Finished{Address: "probe/A", Cached: true},
	engine.Started{Address: "320x240/train", Why: engine.Reason{Text: "never run"}},
	engine.Progressed{Address: "320x240/train",
		Progress: step.Progress{Metrics: &step.Metrics{Epoch: 4, Values: map[string]float64{
			"train_accuracy": 0.9, "validation_accuracy": 0.8125, "loss": 0.5,
			"images_per_second": 410}}}},
	engine.Finished{Address: "320x240/train", Record: store.Record{Took: 37 * time.Second}},
	engine.Finished{Address: "320x240/dataset", Cached: true},
	engine.Failed{Address: "80x60/train\x1b[2J", Err: errors.New("it broke\nbadly")},
	engine.Stopping{Running: []string{"a", "b", "c", "d", "e"}},
}

func TestPlainView(t *testing.T) {
	var b bytes.Buffer
	v := NewPlain(&b, Log{Quiet: map[string]bool{"probe/A": true}}, noWork())
	for _, e := range events {
		v.Emit(e)
	}
	v.Close()
	want := ` > 320x240/train                started: never run
   320x240/train                epoch 4: validation 0.812  train 0.900  loss 0.500  410 images/s
 + 320x240/train                done in 37.0s, 0 B
 = 320x240/dataset              is done already
 ! 80x60/train?[2J              failed: it broke
Interrupted: nothing new is started. Waiting for a, b, c and 2 more; interrupt again to end at once.
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestPlainViewIsNeverSilent(t *testing.T) {
	var b bytes.Buffer
	v := NewPlain(&b, Log{}, noWork())
	v.Close() // the test is the clock
	v.Emit(engine.Started{Address: "320x240/train"})
	v.tick(time.Now())
	b.Reset()
	v.tick(time.Now().Add(2 * time.Second))
	if got := b.String(); !strings.Contains(got, "320x240/train") ||
		!strings.Contains(got, "runs for 2s") {
		t.Errorf("silent second: %q", got)
	}
	v.Emit(training(100))
	b.Reset()
	v.tick(time.Now())
	v.tick(time.Now())
	if got := strings.Count(b.String(), "100/2720 images"); got != 1 {
		t.Errorf("the same progress was shown %d times:\n%s", got, b.String())
	}
}

func TestLiveView(t *testing.T) {
	var b bytes.Buffer
	v := NewLive(&b, Log{}, noWork())
	v.stop() // the test is the clock
	v.stop = func() {}
	v.wide = func() int { return 60 }
	v.Emit(engine.Started{Address: "320x240/train"})
	v.Emit(training(1360))
	v.draw(v.began.Add(time.Second))
	if got := b.String(); !strings.Contains(got, "━━━━━━──────") || strings.Count(got, "\n") != 2 {
		t.Errorf("first drawing: %q", got)
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(line)); n > 60 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	b.Reset()
	v.Emit(engine.Finished{Address: "320x240/train"})
	v.Close()
	if got := b.String(); !strings.HasPrefix(got, "\x1b[2A\r\x1b[J + 320x240/train") ||
		strings.Count(got, "\n") != 1 {
		t.Errorf("last drawing: %q", got)
	}
}

// The lines of an apply fit a terminal: figures that matter less are left out, and none is broken.
func TestLinesFit(t *testing.T) {
	metric := events[2]
	for _, test := range []struct {
		wide int
		want string
	}{
		{0, "   320x240/train                epoch 4: validation 0.812  train 0.900  loss 0.500  " +
			"410 images/s"},
		{80, "   320x240/train                epoch 4: validation 0.812  train 0.900"},
		{60, "   320x240/train                epoch 4: validation 0.812"},
		{50, "   320x240/train epoch 4: validation 0.812"},
	} {
		if got := (Log{}).line(metric, test.wide); got != test.want {
			t.Errorf("at %d columns: %q", test.wide, got)
		}
	}
	warned := engine.Warned{Address: "320x240/train", Text: strings.Repeat("word ", 12) + "end"}
	for line := range strings.Lines((Log{}).line(warned, 50)) {
		if len(line) > 51 {
			t.Errorf("%d columns: %q", len(line)-1, line)
		}
	}
}

// The time that is left is computed from what is expected, from what runs, and from what has ended
// already.
func TestTimeLeft(t *testing.T) {
	kind := &step.Kind{Name: "train", Pool: "cpu"}
	plan := &engine.Plan{}
	for _, address := range []string{"a", "b", "c", "d"} {
		plan.Decisions = append(plan.Decisions, &engine.Decision{Verdict: engine.Run,
			Node: &engine.Node{Address: address, Kind: kind, Weight: 1}})
	}
	p := progress{work: PlannedWork(plan, map[string]int{"cpu": 2})}
	left := func(after time.Duration) string { return p.work.leftText(p.running, noon.Add(after)) }
	p.add(engine.Started{Address: "a"}, noon)
	if got := left(time.Second); got != "" {
		t.Errorf("at the start: %q", got)
	}
	p.add(engine.Progressed{Address: "a", Progress: step.Progress{Done: 1, Total: 4}},
		noon.Add(10*time.Second))
	if got := left(10 * time.Second); got != "more than 30 s left" {
		t.Errorf("of one that runs: %q", got)
	}
	p.add(engine.Finished{Address: "a", Record: store.Record{Took: 40 * time.Second}},
		noon.Add(40*time.Second))
	p.add(engine.Started{Address: "b"}, noon.Add(40*time.Second))
	if got := left(50 * time.Second); got != "about 55 s left" { // 30, 40 and 40 s, on two cores
		t.Errorf("when one has ended: %q", got)
	}
	p.add(engine.Skipped{Address: "c"}, noon)
	p.add(engine.Failed{Address: "d", Err: errors.New("no")}, noon)
	if got := left(50 * time.Second); got != "about 30 s left" {
		t.Errorf("of the last one: %q", got)
	}
}
