// Package studio serves a page on which a whole study is done: footage is filmed, areas are drawn,
// steps are run, the report is read and a camera is watched. It is a room beside the commands, and
// does nothing twice: what it shows comes from the spec, the store's journals and the JSON lines of
// snellen's own commands, which it starts, and what it writes into a spec is written by specs/edit.
//
// The spec stays the truth. The page sees each change of the file at once, by whomever, and its own
// edits name the text that they were made for: a file that changed meanwhile is shown, and never
// overwritten.
//
// Everybody on this machine can reach the port, and every page in the browser can send requests to
// it. So each request needs the cookie for which the printed address is exchanged, and must name
// this server as its host and, where the browser says it, as its origin (see guard). What the page
// sends is untrusted: bodies are bounded, and a path is one of those that were listed.
package studio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"snellen/cmd/snellen/project"
	"snellen/engine/draft"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/specs"
)

// Options say which study is served, and how.
type Options struct {
	Program   string // this program, which is started for plan, apply and others
	Spec      string // path of the spec, which need not be there yet
	Variables []specs.Assignment
	// words of a command that give the same variables with the shared store, the same store and the
	// same cores
	VariableWords, StoreWords, CoresWords []string

	Store  *store.Store
	Shared string           // as -shared has it; "": as the environment or the spec says
	Listen string           // address; its host must be of the loopback
	Begun  func(url string) // is called once the page can be opened
	Stop   <-chan struct{}  // closed by the first interrupt
	Log    io.Writer        // for what went wrong in the server itself
}

// A server serves one study.
type server struct {
	Options
	guard   *guard
	hub     *hub
	files   *footage
	runs    *runs
	uploads *uploads
	eyes    *eyes
	watches *watches
	texts   texts
	editing sync.Mutex // held while the spec is read, changed and written
	planner chan struct{}
}

// Serve serves the page until ctx ends or Stop is closed and what this server runs has ended.
func Serve(ctx context.Context, o Options) error {
	listener, err := listen(o.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	scratch, err := draft.NewTemporary() // thumbnails, frames and crops
	if err != nil {
		return err
	}
	defer scratch.Discard()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	s := &server{Options: o, guard: newGuard(listener.Addr()), hub: newHub(),
		planner: make(chan struct{}, 1)}
	if s.eyes, err = newEyes(scratch.Path); err != nil {
		return err
	}
	defer s.eyes.close()
	s.files = newFootage(s)
	s.uploads = newUploads(s)
	defer s.uploads.close()
	s.watches = newWatches(s)
	defer s.watches.close()
	s.runs = newRuns(s)
	var working sync.WaitGroup
	defer working.Wait()
	defer cancel()
	working.Go(func() { s.follow(ctx) })
	working.Go(func() { s.files.look(ctx) })

	web := &http.Server{
		Handler: s.guard.wrap(s.routes()), ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: quiet(o.Log),
		BaseContext: func(net.Listener) context.Context { return ctx }, ConnContext: withVisitor,
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(&door{Listener: listener}) }()
	o.Begun(s.guard.address())
	select {
	case err = <-served:
		return fmt.Errorf("serve the page: %w", err)
	case <-ctx.Done():
	case <-o.Stop:
	}
	s.runs.end(ctx)
	s.hub.send("bye", struct{}{})
	s.hub.close()
	end, done := context.WithTimeout(context.Background(), 2*time.Second)
	defer done()
	if err := web.Shutdown(end); err != nil {
		return web.Close()
	}
	return nil
}

// listen listens on an address of this machine alone. Whoever wants the page elsewhere has the
// means of ssh, with its own keys.
func listen(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, step.WithHint(fmt.Errorf("-listen: %w", err), "write -listen 127.0.0.1:8080")
	}
	ip := net.ParseIP(host)
	if host == "localhost" {
		host, ip = "127.0.0.1", net.IPv4(127, 0, 0, 1)
	}
	if ip == nil || !ip.IsLoopback() {
		return nil, step.WithHint(
			fmt.Errorf("-listen %s: the page is served to this machine alone", address),
			"leave -listen 127.0.0.1:8080 here, and on the other machine type: "+
				"ssh -L 8080:127.0.0.1:8080 "+hostname())
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, step.WithHint(fmt.Errorf("-listen: %w", err),
			"choose another port, or leave -listen out")
	}
	return l, nil
}

// load reads the spec as it is now. The study is nil where it has mistakes or is not there.
func (s *server) load() (*specs.Study, specs.Diagnostics, error) {
	return project.Load([]string{s.Spec}, s.Variables, project.ToRead)
}

// errGone is the error of a request for what is not there.
func errGone(what string) error { return problem{http.StatusNotFound, errors.New(what)} }
