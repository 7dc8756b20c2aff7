package studio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"snellen/engine/journal"
	"snellen/steps/proc"
)

// An applying is an apply that this server started.
type applying struct {
	command *proc.Cmd
	ended   chan struct{}
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
		r.left(l.Text)
	case "diagnostic":
		r.hub.send("message", r.latest.say(l.Level, l.Message+advice(l.Diagnostic)))
	case journal.FetchedEntry, "send_progress":
		first, rest, _ := strings.Cut(l.Message, " ")
		r.left(strings.ToLower(first) + " " + rest)
	case "change_summary", "apply_summary", "sent":
		r.hub.send("message", r.latest.say(l.Level, l.Message))
	}
}

// left says what is left of an apply. The caller holds mu.
func (r *runs) left(text string) {
	r.latest.Left = text
	r.hub.send("left", leftEvent{time.Since(r.latest.Began).Seconds(), text})
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
