package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"snellen/cmd/snellen/view"
	"snellen/engine/journal"
	"snellen/steps/proc"
	"snellen/steps/report"
)

// A run is what the page shows of an apply or a verify: what its journal says, whoever started it.
// Of one that this server started there is more, since its lines are read as well: how far each
// step is, and how long the rest will take.
type run struct {
	ID       string             `json:"id"`
	State    string             `json:"state"` // as a journal's outcome; "" where there was none
	Ours     bool               `json:"ours"`  // it can be stopped here
	Command  string             `json:"command"`
	Began    time.Time          `json:"began"`
	Seconds  float64            `json:"seconds"`
	Left     string             `json:"left"` // how long the rest will take, in words
	Steps    []*runStep         `json:"steps"`
	Epochs   map[string][]epoch `json:"epochs"` // by address
	Messages []note             `json:"messages"`

	byAddress map[string]*runStep
	places    func(at string) place
}

// A runStep is one step of a run.
type runStep struct {
	Address string `json:"address"`
	place
	State   string    `json:"state"` // "running", "done", "cached", "failed", "skipped"
	Cause   string    `json:"cause"`
	Began   time.Time `json:"began,omitzero"`
	Seconds float64   `json:"seconds"`
	Done    float64   `json:"done"` // share, 0 to 1
	Text    string    `json:"text"` // how far it is, in words
	Error   string    `json:"error"`
	Hint    string    `json:"hint"`
}

// An epoch is what a training reported of one.
type epoch struct {
	Epoch  int                `json:"epoch"`
	Values map[string]float64 `json:"values"`
}

// An epochEvent is one that ended now.
type epochEvent struct {
	Address string `json:"address"`
	epoch
}

// A note is a line for people.
type note struct {
	Level string `json:"level"` // "info", "warn", "error"
	Text  string `json:"text"`
}

// A leftEvent says how long a run has gone on, and how long the rest will take.
type leftEvent struct {
	Seconds float64 `json:"seconds"`
	Left    string  `json:"left"`
}

const maxNotes = 200

func newRun(places func(at string) place) *run {
	return &run{Steps: []*runStep{}, Epochs: map[string][]epoch{}, Messages: []note{},
		byAddress: map[string]*runStep{}, places: places}
}

// step returns a run's step, which is added where it is new.
func (r *run) step(at string) *runStep {
	s := r.byAddress[at]
	if s == nil {
		s = &runStep{Address: at, place: r.places(at)}
		r.byAddress[at] = s
		r.Steps = append(r.Steps, s)
	}
	return s
}

func (r *run) say(level, text string) note {
	n := note{level, text}
	r.Messages = append(r.Messages, n)
	if more := len(r.Messages) - maxNotes; more > 0 {
		r.Messages = slices.Clone(r.Messages[more:])
	}
	return n
}

// add takes in an entry, and calls tell with what the pages must know of it.
func (r *run) add(e journal.Entry, tell func(name string, value any)) {
	switch e.Type {
	case journal.MissEntry:
		r.step(e.Address).Cause = e.Cause
		return
	case journal.StartEntry:
		s := r.step(e.Address)
		s.State, s.Began, s.Done, s.Text = "running", e.Time, 0, ""
		delete(r.Epochs, e.Address) // it begins anew
	case journal.ProgressEntry:
		s := r.step(e.Address)
		if s.State == "" { // its lines may come before its journal is read, or after
			s.State = string(journal.Running)
		} else if s.State != string(journal.Running) {
			return
		}
		s.Text = strings.TrimPrefix(view.EntryText(e), e.Address+": ")
		if e.Progress.Total > 0 {
			s.Done = min(max(e.Progress.Done/e.Progress.Total, 0), 1)
		}
	case journal.MetricEntry:
		if e.Metric == nil {
			return
		}
		one := epoch{e.Metric.Epoch, e.Metric.Values}
		r.Epochs[e.Address] = append(r.Epochs[e.Address], one)
		tell("epoch", epochEvent{e.Address, one})
		return
	case journal.CompleteEntry:
		s := r.step(e.Address)
		s.State, s.Seconds, s.Done = "done", e.Seconds, 1
		if e.With != "" {
			s.State = "cached"
		}
		s.Text = strings.TrimPrefix(view.EntryText(e), e.Address+": ")
	case journal.HitEntry:
		s := r.step(e.Address)
		s.State, s.Done = "cached", 1
	case journal.ErrorEntry:
		s := r.step(e.Address)
		s.State, s.Error, s.Hint = "failed", e.Text, e.Hint
	case journal.SkippedEntry:
		s := r.step(e.Address)
		s.State, s.Cause = "skipped", e.Cause
	case journal.WarningEntry, journal.StoppingEntry:
		tell("message", r.say(view.EntryLevel(e), view.EntryText(e)))
		return
	default:
		return
	}
	tell("step", r.byAddress[e.Address])
}

// runs follows the journals of the spec, and runs apply.
type runs struct {
	*server
	mu     sync.Mutex // guards what follows
	latest *run
	reader *journal.Reader
	ours   *applying
	seen   string // name of the journal that was looked at last
	place  func(at string) place
}

// An applying is an apply that this server started.
type applying struct {
	command *proc.Cmd
	ended   chan struct{}
}

func newRuns(s *server) *runs {
	return &runs{server: s, latest: newRun(func(string) place { return place{} })}
}

// first returns what a page must know when it opens.
func (r *runs) first() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return message("run", r.now())
}

// now returns the latest run as it is. r.mu is held.
func (r *runs) now() *run {
	l := r.latest
	l.Ours = r.ours != nil
	if l.State == string(journal.Running) {
		l.Seconds = time.Since(l.Began).Seconds()
	}
	return l
}

// Times between looks.
const (
	lookTime = 100 * time.Millisecond // at a journal that grows, and at the spec
	idleTime = time.Second            // where no page is open
)

// follow tells the pages what happens, until ctx ends: to the spec, the footage, the report, and in
// the latest run.
func (s *server) follow(ctx context.Context) {
	var spec, made stamp
	ticks := 0
	for {
		wait := lookTime
		if !s.hub.watched() {
			wait = idleTime
		}
		select {
		case <-ctx.Done():
			s.runs.close()
			return
		case <-time.After(wait):
		}
		if now := stampOf(s.Spec); now != spec {
			spec = now
			if text, sum, err := s.text(); err == nil {
				s.remember(text)
				s.hub.send("spec", sumEvent{sum})
			}
			s.runs.forgetPlaces()
		}
		if now := stampOf(s.reportPath()); now != made {
			made = now
			s.hub.send("report", done{})
		}
		s.runs.read()
		if ticks++; ticks%10 == 0 && s.hub.watched() && s.files.changed() {
			s.hub.send("clips", done{})
		}
	}
}

func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

func (s *server) reportFolder() string { return report.FolderOf(s.Spec) }

func (r *runs) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader != nil {
		r.reader.Close()
		r.reader = nil
	}
}

func (r *runs) forgetPlaces() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.place = nil
}

// read takes in what was written into journals.
func (r *runs) read() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader == nil || !r.reader.Running() {
		r.next()
	}
	if r.reader == nil {
		return
	}
	goes := r.reader.Running() // before the last entries are read
	for {
		e, err := r.reader.Next()
		if err != nil {
			break
		}
		r.latest.add(e, r.hub.send)
	}
	if !goes {
		r.finish()
	}
}

// next opens the latest journal of the spec, where that is a new one.
func (r *runs) next() {
	spec, err := filepath.Abs(r.Spec)
	if err != nil {
		return
	}
	id, seen := journal.Latest(r.Store, spec, r.seen)
	r.seen = seen
	if id == "" {
		return
	}
	reader, err := journal.Open(r.Store, id)
	if err != nil {
		return
	}
	if r.reader != nil {
		r.finish()
	}
	r.reader = reader
	if r.place == nil {
		r.place = r.places()
	}
	before := r.latest
	r.latest = newRun(r.place)
	r.latest.ID, r.latest.State = id, string(journal.Running)
	r.latest.Command, r.latest.Began = reader.Start.Command, reader.Start.Time
	if before.State == "starting" {
		r.latest.Messages = before.Messages
	}
	if reader.Running() {
		r.hub.send("run", r.now())
	}
}

// finish ends the run that was followed, whose journal nobody writes any more.
func (r *runs) finish() {
	id := r.latest.ID
	r.reader.Close()
	r.reader = nil
	r.latest.State = string(journal.Interrupted)
	if past, err := journal.ReadRun(r.Store, id); err == nil {
		r.latest.State, r.latest.Seconds = string(past.End.Outcome), past.Took().Seconds()
		if past.End.Error != "" {
			r.latest.say("error", past.End.Error)
		}
	}
	for _, s := range r.latest.Steps {
		if s.State == "running" {
			s.State = "interrupted"
		}
	}
	r.latest.Left = ""
	r.hub.send("run", r.now())
}

// apply starts snellen apply.
func (s *server) apply(http.ResponseWriter, *http.Request) (any, error) {
	return done{}, s.runs.start()
}

func (r *runs) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ours != nil {
		return hinted(http.StatusConflict, "an apply of this page runs already",
			"wait for it, or stop it")
	}
	c := proc.Command(context.Background(), r.Program,
		r.words("apply", "-json", "-auto-approve")...)
	tail := proc.NewTail(8 << 10)
	c.Stderr = tail
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	a := &applying{command: c, ended: make(chan struct{})}
	r.ours = a
	r.latest = newRun(func(string) place { return place{} })
	r.latest.State, r.latest.Began, r.latest.Command = "starting", time.Now(), "snellen apply"
	r.hub.send("run", r.now())
	go r.listen(a, out, tail)
	return nil
}

// listen reads what an apply prints, until it ends.
func (r *runs) listen(a *applying, out io.Reader, tail *proc.Tail) {
	scanned := scan(out, r.hear)
	if scanned != nil {
		a.command.Kill()
		io.Copy(io.Discard, out)
	}
	a.command.Wait() // how it ended is in its lines and in the journal
	r.read()
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(a.ended) // when the pages know: the server may end then
	r.ours = nil
	for _, l := range tail.Lines() {
		r.hub.send("message", r.latest.say("error", l))
	}
	if r.latest.State == "starting" { // it ended before there was a journal
		r.latest.State = string(journal.Done)
		if slices.ContainsFunc(r.latest.Messages, func(n note) bool { return n.Level == "error" }) {
			r.latest.State = string(journal.Failed)
		}
	}
	r.hub.send("run", r.now())
}

// hear takes in a line of our own apply: what no journal has.
func (r *runs) hear(l line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch l.Type {
	case journal.ProgressEntry:
		var e journal.Entry
		if json.Unmarshal(l.whole, &e) == nil && e.Progress != nil {
			r.latest.add(e, r.hub.send)
		}
	case "remaining":
		r.latest.Left = l.Text
		r.hub.send("left", leftEvent{time.Since(r.latest.Began).Seconds(), l.Text})
	case "diagnostic":
		r.hub.send("message", r.latest.say(l.Level, l.Message+advice(l.Diagnostic)))
	case "change_summary", "apply_summary", "next":
		if l.Type != "next" {
			r.hub.send("message", r.latest.say(l.Level, l.Message))
		}
	}
}

// stop asks an apply of ours to stop: first to start nothing new, and then to end at once.
func (s *server) stop(http.ResponseWriter, *http.Request) (any, error) {
	s.runs.mu.Lock()
	a := s.runs.ours
	s.runs.mu.Unlock()
	if a == nil {
		return nil, hinted(http.StatusConflict, "no apply of this page runs",
			"one in a terminal is stopped there")
	}
	return done{}, a.stop()
}

// stop is the interrupt: snellen takes this signal as it takes the terminal's.
func (a *applying) stop() error {
	err := a.command.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// endTime is how long an apply has to end at once, before it is killed.
const endTime = 10 * time.Second

// end stops an apply of ours, as the server ends, and waits for the steps that run; when ctx ends,
// it waits no longer for them.
func (r *runs) end(ctx context.Context) {
	r.mu.Lock()
	a := r.ours
	r.mu.Unlock()
	if a == nil {
		return
	}
	fmt.Fprintln(r.Log, "Waiting for the steps that run; interrupt again to end at once.")
	a.stop()
	select {
	case <-a.ended:
		return
	case <-ctx.Done():
	}
	a.stop()
	select {
	case <-a.ended:
	case <-time.After(endTime):
		a.command.Kill()
		<-a.ended
	}
}

func (s *server) getRun(_ http.ResponseWriter, r *http.Request) (any, error) {
	s.runs.mu.Lock()
	defer s.runs.mu.Unlock()
	id := r.URL.Query().Get("id")
	if id == "" || id == "last" || id == s.runs.latest.ID {
		return copied(s.runs.now())
	}
	return s.pastRun(id)
}

// pastRun reads a run that has ended.
func (s *server) pastRun(id string) (any, error) {
	past, err := s.findRun(id)
	if err != nil {
		return nil, err
	}
	reader, err := journal.Open(s.Store, past.ID)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	out := newRun(s.places())
	out.ID, out.State, out.Command = past.ID, string(past.End.Outcome), past.Start.Command
	out.Began, out.Seconds = past.Start.Time, past.Took().Seconds()
	for {
		e, err := reader.Next()
		if err != nil {
			return out, nil
		}
		out.add(e, func(string, any) {})
	}
}
