package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"snellen/cmd/snellen/view/schema"
	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
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
		engine.Progressed{Address: "a", Progress: step.Progress{Command: "ffmpeg -i 'a b' <x>",
			Log: "frame=1", Done: 3, Total: 9, Unit: "frames"}},
	}, events...)
	for _, e := range more {
		v.Emit(e)
		p.Emit(e)
	}
	p.Close()
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
