// Package watchview shows what a worker that watches a camera reports: to a person, or as JSON
// lines.
package watchview

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/term"
	"snellen/steps/watch"
)

// A Screen is where a View writes.
type Screen struct {
	Out, Err io.Writer
	Stream   *view.Stream // nil: for a person
	NoColor  bool
}

func (s Screen) colour(w io.Writer) bool { return view.Colour(w, s.NoColor) }

// A View shows what a worker that watches reports, and keeps the figures for the end.
type View struct {
	Screen
	params watch.Params
	stop   func() // ends the line on how far it is; nil where there is none

	mu     sync.Mutex // for what is below
	opened bool
	latest string // how far it is, if that was not printed yet
	end    watch.Ended
	tally  []*watchTally
}

// A watchTally counts what one model found.
type watchTally struct {
	Model    string      `json:"model"` // the resolution, or the endpoint's name
	Pictures int         `json:"pictures"`
	Areas    []areaTally `json:"areas"` // in the order of the evaluation
}

// An areaTally counts the pictures in which an area was found right, and those in which it was
// surely.
type areaTally struct {
	Area     string `json:"area"`
	Expected string `json:"expected"`
	Right    int    `json:"right"`
	Sure     int    `json:"sure"`
}

// New returns a view of what is watched with these parameters. The caller calls Close when the
// worker has ended.
func New(s Screen, p watch.Params) *View {
	v := &View{Screen: s, params: p}
	if !p.Window && s.Stream == nil {
		v.stop = view.Every(time.Second, v.tick)
	}
	return v
}

// tick prints, once a second, how far it is where no window shows it.
func (v *View) tick(time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.latest != "" {
		fmt.Fprintf(v.Err, "   %s\n", v.latest)
	}
	v.latest = ""
}

func (v *View) Close() {
	if v.stop != nil {
		v.stop()
	}
}

// Handle shows one thing. A reader that went away is no reason to stop.
func (v *View) Handle(said watch.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case said.Opened != nil:
		v.open(*said.Opened)
	case said.Judged != nil:
		v.count(*said.Judged)
	case said.Saved != nil:
		v.print(view.LevelInfo, "saved "+said.Saved.Path,
			watchSavedLine{"watch_saved", said.Saved.Path})
	case said.Lost != nil:
		v.latest = ""
		v.warn(said.Lost.Why, watchLostLine{"watch_lost", said.Lost.Why})
	case said.Ended != nil:
		v.end = *said.Ended
	}
}

// The lines of the stream.
type (
	watchOpenedLine struct {
		Type   string  `json:"type"` // "watch_opened"
		Source string  `json:"source"`
		Width  int     `json:"width"`
		Height int     `json:"height"`
		Rate   float64 `json:"rate"`
		Again  bool    `json:"again"`
	}
	watchJudgedLine struct {
		Type  string               `json:"type"` // "watch_judged"
		Model string               `json:"model"`
		Rate  float64              `json:"rate"`
		Areas []evaluate.Detection `json:"areas"`
	}
	watchSavedLine struct {
		Type string `json:"type"` // "watch_saved"
		Path string `json:"path"`
	}
	watchLostLine struct {
		Type string `json:"type"` // "watch_lost"
		Text string `json:"text"`
	}
	watchSummaryLine struct {
		Type string `json:"type"` // "watch_summary"
		watch.Ended
		Record string        `json:"record,omitempty"`
		Models []*watchTally `json:"models"`
	}
)

// print writes to standard output for a person, or to the stream.
func (v *View) print(level, text string, line any) {
	if s := v.Stream; s != nil {
		s.Line(level, text, line)
		return
	}
	fmt.Fprintln(v.Out, term.Clean(text))
}

// warn writes to standard error for a person, or to the stream.
func (v *View) warn(text string, line any) {
	if s := v.Stream; s != nil {
		s.Line(view.LevelWarn, text, line)
		return
	}
	view.PrintWarning(v.Err, text, v.colour(v.Err))
}

func (v *View) source() string {
	if v.params.Camera == "" {
		return "the video"
	}
	return "camera " + v.params.Camera
}

func (v *View) open(o watch.Opened) {
	v.opened = true
	text := fmt.Sprintf("watching %s, %dx%d", v.source(), o.Width, o.Height)
	if o.Again {
		text = v.source() + " is there again"
	}
	if (o.Width != v.params.Width || o.Height != v.params.Height) && !o.Again {
		text += fmt.Sprintf(", scaled to the %dx%d of the evaluation", v.params.Width,
			v.params.Height)
	}
	if s := v.Stream; s != nil {
		s.Line(view.LevelInfo, text, watchOpenedLine{"watch_opened", v.source(), o.Width, o.Height,
			o.Rate, o.Again})
		return
	}
	fmt.Fprintln(v.Err, term.Clean(text))
}

func (v *View) count(j watch.Judged) {
	t := v.tallyOf(j.Model)
	t.Pictures++
	right := 0
	for i, d := range j.Detections[:min(len(j.Detections), len(t.Areas))] {
		switch d.Outcome(v.params.Confident) {
		case evaluate.Sure:
			t.Areas[i].Sure++
			fallthrough
		case evaluate.Unsure:
			t.Areas[i].Right++
			right++
		}
	}
	text := fmt.Sprintf("%s: %d of %d areas right, %.0f pictures a second", j.Model, right,
		len(t.Areas), j.Rate)
	v.latest = term.Clean(text)
	if s := v.Stream; s != nil {
		s.Line(view.LevelInfo, text, watchJudgedLine{"watch_judged", j.Model, j.Rate, j.Detections})
	}
}

func (v *View) tallyOf(model string) *watchTally {
	if i := slices.IndexFunc(v.tally,
		func(t *watchTally) bool { return t.Model == model }); i >= 0 {
		return v.tally[i]
	}
	t := &watchTally{Model: model}
	for _, a := range v.params.Areas {
		t.Areas = append(t.Areas, areaTally{Area: a.Name, Expected: a.Expect})
	}
	v.tally = append(v.tally, t)
	return t
}

// Summary prints the figures of the whole watch.
func (v *View) Summary() error {
	rate := 0.0
	if e := v.end; e.Seconds > 0 {
		rate = float64(e.Judged-1) / e.Seconds
	}
	text := fmt.Sprintf("%s judged in %s, %.1f a second; %d dropped",
		term.Count(v.end.Judged, "picture"), term.Seconds(v.end.Seconds), rate, v.end.Dropped)
	if v.Stream != nil {
		return v.Stream.Line(view.LevelInfo, text,
			watchSummaryLine{"watch_summary", v.end, v.params.Record,
				append([]*watchTally{}, v.tally...)})
	}
	var b strings.Builder
	fmt.Fprintln(&b, text)
	if v.params.Record != "" && v.end.Judged > 0 {
		fmt.Fprintf(&b, "recorded %s\n", term.Clean(v.params.Record))
	}
	for _, t := range v.tally {
		fmt.Fprintf(&b, "\nmodel %s, %s\n", term.Clean(t.Model), term.Count(t.Pictures, "picture"))
		if err := t.grid().Write(&b, view.Width(v.Out), v.colour(v.Out)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(v.Out, b.String())
	return err
}

func (t *watchTally) grid() *term.Grid {
	g := &term.Grid{Right: []bool{false, false, true, true}}
	g.Row("area", "expected", "right", "sure")
	share := func(n int) string {
		return fmt.Sprintf("%.1f %%",
			100*float64(n)/float64(t.Pictures))
	}
	for _, a := range t.Areas {
		g.Row(term.Clean(a.Area), term.Clean(a.Expected), share(a.Right), share(a.Sure))
	}
	return g
}

// Explain adds what to type to an error that came before the first picture.
func (v *View) Explain(err error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.opened || step.Hint(err) != "" || v.params.Camera == "" {
		return err
	}
	return step.WithHint(err, "name another by -camera, or a video by -video FILE")
}
