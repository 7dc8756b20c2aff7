package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strconv"
	"syscall"
	"time"

	"snellen/engine/step"
	"snellen/steps/container"
	"snellen/steps/proc"
)

const (
	pingEvery = 50 * time.Millisecond
	pingLimit = 2 * time.Second  // SageMaker's, for an answer to /ping
	askLimit  = 60 * time.Second // SageMaker's, for an answer to /invocations
	grace     = 2 * time.Second  // from SIGTERM to SIGKILL
)

// A server is a program that serves a model on the loopback.
type server struct {
	name   string
	cmd    *proc.Cmd
	out    *output
	url    string
	client *http.Client
	ended  context.Context // done when the program has ended; its cause says how
}

// serve starts a server. The caller calls close, whatever happens to it.
func serve(ctx context.Context, r root, words []string, where string, env map[string]string,
	out *output) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	env["SAGEMAKER_BIND_TO_PORT"], env["SAGEMAKER_SAFE_PORT_RANGE"] = strconv.Itoa(port),
		fmt.Sprintf("%d-%d", port, port)
	s := &server{
		name: path.Base(words[0]), out: out, url: fmt.Sprintf("http://127.0.0.1:%d", port),
		client: &http.Client{
			// No proxy: nothing leaves this machine. A connection for each request: a server that
			// writes head and body apart, like Python's, waits 40 ms on a connection that is
			// reused.
			Transport: &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request,
				[]*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}
	s.cmd = r.command(ctx, words, where, env, out)
	if err := s.cmd.Start(); err != nil {
		return nil, startError(words, err)
	}
	ended, end := context.WithCancelCause(context.Background())
	s.ended = ended
	go func() {
		err := s.cmd.Wait()
		out.flush()
		if err == nil {
			err = errors.New("exit code 0")
		}
		end(r.failed(words, err, out))
	}()
	return s, nil
}

// freePort returns a port of the loopback that nobody listens on. If another process takes it
// before the server does, the server cannot listen and ends, which is noticed.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// close stops the server, by SIGTERM first, and waits until it has ended.
func (s *server) close() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-s.ended.Done():
	case <-late.C:
	}
	s.cmd.Kill()
	<-s.ended.Done()
}

// ready waits until the server answers /ping with 200, but no longer than limit.
func (s *server) ready(ctx context.Context, limit time.Duration) error {
	late := step.WithHint(
		fmt.Errorf("%s did not answer GET /ping with 200 within %v", s.name, limit),
		"does it listen on 127.0.0.1, on the port that SAGEMAKER_BIND_TO_PORT names? raise "+
			"max_wait in the serve block if it needs longer")
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	again := time.NewTicker(pingEvery)
	defer again.Stop()
	for {
		if _, status, err := s.send(ctx, http.MethodGet, "/ping", nil, pingLimit); err == nil &&
			status == http.StatusOK {
			return nil
		}
		select {
		case <-again.C:
		case <-s.ended.Done():
			return context.Cause(s.ended)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ask asks about one picture and returns a probability for each class.
func (s *server) ask(ctx context.Context, jpeg []byte, classes int) ([]float64, error) {
	body, status, err := s.send(ctx, http.MethodPost, "/invocations", jpeg, askLimit)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, s.silence(ctx, err)
	case status != http.StatusOK:
		return nil, fmt.Errorf("%s answers %d: %.200q", s.name, status, body)
	}
	answer, err := container.Answer(bytes.NewReader(body), classes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return answer, nil
}

// silence returns why a request had no answer. It waits a moment, since the server may be about to
// end, which is then the reason.
func (s *server) silence(ctx context.Context, err error) error {
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-s.ended.Done():
		return context.Cause(s.ended)
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-late.C:
		return fmt.Errorf("ask %s: %w", s.name, err)
	}
}

// send sends one request and returns the answer's body and status. A body that is too long is cut
// off, and so cannot be parsed.
func (s *server) send(ctx context.Context, method, to string, body []byte,
	limit time.Duration) ([]byte, int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer in %v", limit))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.url+to, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-image")
		r.Header.Set("Accept", "application/json")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, 0, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, container.MaxBody))
	return data, answer.StatusCode, err
}
