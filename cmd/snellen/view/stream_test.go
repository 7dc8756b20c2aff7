package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/cmd/snellen/view/schema"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/engine/store"
)

// All that the plain view shows of events is in the stream: every word of every line.
func TestStreamHasAllThatIsShown(t *testing.T) {
	var b bytes.Buffer
	s := &Stream{out: &b, version: "test", Now: func() time.Time { return noon }}
	v := NewJSON(s, noWork())
	var plain bytes.Buffer
	p := NewPlain(&plain, Log{}, noWork())
	more := append([]engine.Event{
		engine.Warned{Address: "probe/A", Text: "made again"},
		engine.Skipped{Address: "80x60/train", Because: "80x60/dataset"},
		engine.Finished{Address: "b", Cached: true, Record: store.Record{From: "file:///lab"}},
		engine.Fetched{From: "s3://lab/snellen", Done: 3 << 20, Total: 9 << 20, Records: 4},
		engine.Progressed{Address: "a", Progress: step.Progress{Command: "ffmpeg -i 'a b' <x>",
			Log: "frame=1", Done: 3, Total: 9, Unit: "frames"}},
	}, events...)
	for _, e := range more {
		v.Emit(e)
		p.Emit(e)
	}
	p.Close()
	v.Close()
	s.Fail(errors.Join(errors.New("one"), step.WithHint(errors.New("two"), "do this")))
	if err := schema.CheckLines(b.String()); err != nil {
		t.Error(err)
	}
	for _, word := range []string{`"ffmpeg -i 'a b' <x>"`, `"frame=1"`, `"done":3,"total":9,"unit":"frames"`, `"summary":"two","detail":"do this"`, `"root":"80x60/dataset"`} {
		if !strings.Contains(b.String(), word) {
			t.Errorf("no %s in\n%s", word, b.String())
		}
	}
	shown := strings.ReplaceAll(plain.String(), "and 2 more", "d, e") // the stream names them all
	for _, word := range regexp.MustCompile(`[\w./]+`).FindAllString(shown, -1) {
		if !strings.Contains(b.String(), word) {
			t.Errorf("the plain view shows %q, and the stream has it not", word)
		}
	}
}

func TestProgressIsShownOnceASecond(t *testing.T) {
	var b bytes.Buffer
	at := noon
	v := NewJSON(&Stream{out: &b, began: true, Now: func() time.Time { return at }}, noWork())
	for i := range 25 {
		at = noon.Add(time.Duration(i) * 100 * time.Millisecond)
		v.Emit(training(float64(i + 1)))
	}
	var done []float64
	for line := range strings.Lines(b.String()) {
		var e journal.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		done = append(done, e.Progress.Done)
	}
	if fmt.Sprint(done) != "[1 11 21]" {
		t.Errorf("shown %v", done)
	}
}

// TestFetchIsShownOnceASecond: and its end in any case.
func TestFetchIsShownOnceASecond(t *testing.T) {
	var b bytes.Buffer
	at := noon
	v := NewJSON(&Stream{out: &b, version: "test", Now: func() time.Time { return at }}, noWork())
	for i := range 15 {
		at = noon.Add(time.Duration(i) * 100 * time.Millisecond)
		v.Emit(engine.Fetched{From: "s3://lab", Done: int64(i) << 10, Total: 20 << 10, Going: 1})
	}
	v.Emit(engine.Fetched{From: "s3://lab", Done: 15 << 10, Total: 20 << 10, Records: 2})
	v.Close()
	if err := schema.CheckLines(b.String()); err != nil {
		t.Error(err)
	}
	want := []string{"Fetching from s3://lab: 0 B of 20.0 KiB",
		"Fetching from s3://lab: 10.0 KiB of 20.0 KiB",
		"Took 2 results from s3://lab, and fetched 15.0 KiB."}
	if got := messages(t, b.String()); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// messages returns what a stream's lines say, but for the first.
func messages(t *testing.T, stream string) (all []string) {
	t.Helper()
	for line := range strings.Lines(stream) {
		var one struct {
			Message string `json:"@message"`
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one.Message)
	}
	return all[1:]
}

func TestPlanLinesOfWhatOthersMade(t *testing.T) {
	var b bytes.Buffer
	s := &Stream{out: &b, version: "test", Now: func() time.Time { return noon }}
	if err := s.Plan(sharedPlan(t, engine.Run)); err != nil {
		t.Fatal(err)
	}
	if err := schema.CheckLines(b.String()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		`"address":"80x60/train","action":"cached","reason":"","from":"s3://lab/snellen",` +
			`"fetch_bytes":3145728}`,
		`"changes":{"run":1,"maybe":0,"cached":2},"fetch":{"from":"s3://lab/snellen","steps":1,` +
			`"bytes":3145728}`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
	if got := messages(t, b.String()); !strings.Contains(got[len(got)-1],
		"Plan: 1 to run, 0 maybe, 2 cached. ") || !strings.Contains(got[len(got)-1],
		"Fetches 3.0 MiB from s3://lab/snellen.") {
		t.Errorf("%q", got)
	}
}

// TestRemainingIsInTheStream: what the terminal says of the time that is left, programs read too, and
// each text once.
func TestRemainingIsInTheStream(t *testing.T) {
	var b bytes.Buffer
	at := noon
	s := &Stream{out: &b, version: "test", Now: func() time.Time { return at }}
	plan := &engine.Plan{}
	for _, address := range []string{"a", "b"} {
		plan.Decisions = append(plan.Decisions, &engine.Decision{Verdict: engine.Run,
			Node:   &engine.Node{Address: address, Kind: &step.Kind{Name: "train", Pool: "cpu"}},
			Expect: engine.Expectation{Like: 1, Took: 30 * time.Second}})
	}
	v := NewJSON(s, PlannedWork(plan, map[string]int{"cpu": 1}))
	for range 9 {
		v.Emit(engine.Warned{Address: "a", Text: "a word"})
		at = at.Add(time.Second / 4)
	}
	if err := schema.CheckLines(b.String()); err != nil {
		t.Error(err)
	}
	line := `{"type":"remaining","seconds":60,"complete":true,"text":"about 60 s left",`
	if strings.Count(b.String(), line) != 1 || strings.Count(b.String(), "remaining") != 1 {
		t.Error(b.String()) // nothing ran, so that it stays what it was
	}
}
