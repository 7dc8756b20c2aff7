package studio

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"snellen/engine/journal"
	"snellen/steps/report"
)

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
