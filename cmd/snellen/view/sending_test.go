package view

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/cmd/snellen/view/schema"
	"snellen/engine"
	"snellen/engine/step"
)

// TestSendingIsShownWhereItTakesLong: nothing is said of what takes no second, but the end.
func TestSendingIsShownWhereItTakesLong(t *testing.T) {
	var b bytes.Buffer
	s := NewSending(&b, nil, "s3://lab")
	s.Tell(1<<20, 3<<20)
	s.Close(12, 0, 3<<20)
	if got := b.String(); got != "Sent 12 results (3.0 MiB) to s3://lab.\n" {
		t.Errorf("%q", got)
	}

	b.Reset()
	s = NewSending(&b, nil, "s3://lab")
	s.shown = s.shown.Add(-time.Second)
	for range 9 {
		s.Tell(1<<20, 3<<20)
	}
	s.Close(1, 3, 1<<20)
	want := "   to s3://lab                  33 %  1.0 MiB of 3.0 MiB\n" +
		"Sent 1 result (1.0 MiB) to s3://lab. 3 left.\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}

	b.Reset()
	NewSending(&b, nil, "s3://lab").Close(0, 3, 0) // a warning says so
	NewSending(&b, nil, "s3://lab").Close(0, 0, 0)
	if b.Len() > 0 {
		t.Errorf("%q", b.String())
	}
}

func TestSendingIsInTheStream(t *testing.T) {
	var b bytes.Buffer
	stream := &Stream{out: &b, version: "test", Now: func() time.Time { return noon }}
	NewSending(nil, stream, "s3://lab").Close(0, 0, 0)
	s := NewSending(nil, stream, "s3://lab")
	s.shown = s.shown.Add(-time.Second)
	for range 9 {
		s.Tell(1<<20, 3<<20)
	}
	s.Close(1, 3, 1<<20)
	if err := schema.CheckLines(b.String()); err != nil {
		t.Error(err)
	}
	want := []string{"Sending to s3://lab: 1.0 MiB of 3.0 MiB",
		"Sent 1 result (1.0 MiB) to s3://lab. 3 left."}
	if got := messages(t, b.String()); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestFetchIsShown: on a terminal as a line that stays, in a log as a line from time to time, and
// at the end in both.
func TestFetchIsShown(t *testing.T) {
	coming := engine.Fetched{From: "s3://lab/snellen", Done: 5 << 20, Total: 10 << 20, Going: 2}
	over := engine.Fetched{From: "s3://lab/snellen", Done: 9 << 20, Total: 10 << 20}
	const end = "Fetched 9.0 MiB from s3://lab/snellen.\n"

	var b bytes.Buffer
	live := NewLive(&b, Log{}, noWork())
	live.stop() // the test is the clock
	live.stop = func() {}
	live.wide = func() int { return 80 }
	live.Emit(coming)
	live.draw(live.began)
	want := "   from s3://lab/snellen        ━━━━━━────── 50 %  5.0 MiB of 10.0 MiB\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	live.Emit(over)
	live.draw(live.began)
	live.Close()
	if got := b.String(); got != "\x1b[1A\r\x1b[J"+end {
		t.Errorf("at the end: %q", got)
	}

	b.Reset()
	plain := NewPlain(&b, Log{}, noWork())
	plain.stop()
	plain.stop = func() {}
	now := time.Now()
	for range 10 {
		coming.Done += 1 << 18
		plain.Emit(coming)
		now = now.Add(time.Second)
		plain.tick(now)
	}
	plain.Emit(over)
	plain.Close()
	if got := strings.Count(b.String(), "   from s3://lab/snellen "); got != 4 {
		t.Errorf("%d lines in 10 s:\n%s", got, b.String())
	}
	if !strings.HasSuffix(b.String(), "\n"+end) {
		t.Error(b.String())
	}
}

func TestAdoptedStepIsShown(t *testing.T) {
	e := engine.Finished{Address: "80x60/train", Cached: true}
	e.Record.From = "s3://lab"
	if got := (Log{}).line(e, 0); got != " < 80x60/train                  from s3://lab" {
		t.Errorf("%q", got)
	}
	if got := (Log{Quiet: map[string]bool{"80x60/train": true}}).line(e, 0); got != "" {
		t.Errorf("a plan promised it: %q", got)
	}
}

// TestEqualFailuresAreSaidOnce: unless they have logs, which differ.
func TestEqualFailuresAreSaidOnce(t *testing.T) {
	away := step.WithHint(errors.New("it is away"), "bring it back")
	var b bytes.Buffer
	PrintFailures(&b, &engine.Result{Skipped: 2, Failures: []engine.Failed{
		{Address: "a", Err: away}, {Address: "b", Err: errors.New("no")}, {Address: "c", Err: away},
		{Address: "d", Err: away, Log: "d's log"}, {Address: "e", Err: away},
	}}, false)
	want := `
error: a, c, e: it is away
hint: bring it back

error: b: no

error: d: it is away
  | d's log
hint: bring it back
2 steps below were not run.
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
