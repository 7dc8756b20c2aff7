package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/edit"
)

// A problem is an error with the status of its answer.
type problem struct {
	status int
	error
}

func (p problem) Unwrap() error { return p.error }

func hinted(status int, what, hint string) error {
	return problem{status, step.WithHint(errors.New(what), hint)}
}

// A failure is the body of every answer that is an error.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint"`
}

// A refused edit would have made mistakes.
type refused struct {
	failure
	Diagnostics specs.Diagnostics `json:"diagnostics"`
}

// fail answers with an error. One without a status is the request's fault: what is asked for cannot
// be done.
func fail(w http.ResponseWriter, err error) {
	if list, ok := errors.AsType[specs.Diagnostics](err); ok {
		answer(w, http.StatusUnprocessableEntity, refused{
			failure{"the spec would have a mistake: " + list[0].Message, list[0].Hint}, list})
		return
	}
	status := http.StatusUnprocessableEntity
	if p, ok := errors.AsType[problem](err); ok {
		status = p.status
	}
	answer(w, status, failure{err.Error(), hintOf(err)})
}

// hintOf returns what to do about an error, or "".
func hintOf(err error) string {
	if e, ok := errors.AsType[*edit.Error](err); ok {
		return e.Hint
	}
	return step.Hint(err)
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, value any) {
	soon(w)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(value) // a reader who went away needs no answer
}

// A handler answers a request with a value, or with an error. A nil value was answered already.
type handler func(w http.ResponseWriter, r *http.Request) (any, error)

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = &body{r.Body, http.NewResponseController(w)}
	value, err := h(w, r)
	switch {
	case err != nil:
		fail(w, err)
	case value != nil:
		answer(w, http.StatusOK, value)
	}
}

const (
	partTime = 30 * time.Second // for each part of a body or of an answer
	maxBody  = 4 << 20          // bytes of a request's JSON
)

// A body gives who sends it time for each part. There is no limit for the work behind it: a plan
// may look at much footage, and ends when the page goes away.
type body struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *body) Read(data []byte) (int, error) {
	b.control.SetReadDeadline(time.Now().Add(partTime))
	n, err := b.ReadCloser.Read(data)
	if err != nil { // the end: from now on the server only waits for the page to go away
		b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// soon gives the reader of an answer time for the next part of it.
func soon(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(partTime))
}

// readBody reads a request's body of at most limit bytes.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, problem{http.StatusBadRequest, fmt.Errorf("read the body: %w", err)}
	case int64(len(data)) > limit:
		return nil, problem{http.StatusRequestEntityTooLarge,
			fmt.Errorf("the body has more than %d bytes", limit)}
	}
	return data, nil
}

// read decodes a request's JSON.
func read(r *http.Request, value any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return problem{http.StatusUnsupportedMediaType, errors.New("the body must be JSON")}
	}
	data, err := readBody(r, maxBody)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return problem{http.StatusBadRequest, fmt.Errorf("the body: %w", err)}
	}
	return nil
}

// A done is the answer to a request that has nothing else to say.
type done struct{}
