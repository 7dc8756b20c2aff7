package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"snellen/engine/journal"
)

// A pastRun is a row in the list of runs.
type pastRun struct {
	ID      string          `json:"id"`
	Command string          `json:"command"`
	Verb    string          `json:"verb"`
	Began   time.Time       `json:"began"`
	Seconds float64         `json:"seconds"`
	State   journal.Outcome `json:"state"`
	Ran     int             `json:"ran"`
	Cached  int             `json:"cached"`
	Failed  int             `json:"failed"`
}

const maxRuns = 100

// getRuns lists the runs of the spec, the latest first.
func (s *server) getRuns(http.ResponseWriter, *http.Request) (any, error) {
	all, err := s.specRuns()
	if err != nil {
		return nil, err
	}
	out := struct {
		Runs []pastRun `json:"runs"`
	}{[]pastRun{}}
	for _, r := range all {
		out.Runs = append(out.Runs, pastRun{r.ID, r.Start.Command, r.Start.Verb, r.Start.Time,
			r.Took().Seconds(), r.End.Outcome, r.End.Ran, r.End.Cached, r.End.Failed})
		if len(out.Runs) == maxRuns {
			break
		}
	}
	return out, nil
}

func (s *server) specRuns() ([]journal.Run, error) {
	spec, err := filepath.Abs(s.Spec)
	if err != nil {
		return nil, err
	}
	all, err := journal.Runs(s.Store)
	if err != nil {
		return nil, err
	}
	var own []journal.Run
	for _, r := range all {
		if r.Start.Spec == spec {
			own = append(own, r)
		}
	}
	return own, nil
}

// findRun returns the run of the spec with an ID that a page sent.
func (s *server) findRun(id string) (journal.Run, error) {
	all, err := s.specRuns()
	if err != nil {
		return journal.Run{}, err
	}
	for _, r := range all {
		if r.ID == id || id == "last" {
			return r, nil
		}
	}
	return journal.Run{}, errGone(fmt.Sprintf("there is no run %.60q of this spec", id))
}

// getLogs returns what a step logged, as snellen logs prints it.
func (s *server) getLogs(_ http.ResponseWriter, r *http.Request) (any, error) {
	at := r.URL.Query().Get("address")
	if at == "" || strings.HasPrefix(at, "-") {
		return nil, problem{http.StatusBadRequest, errors.New("address names no step")}
	}
	more := []string{"-json"}
	if id := r.URL.Query().Get("run"); id != "" {
		past, err := s.findRun(id)
		if err != nil {
			return nil, err
		}
		more = append(more, "-run", past.ID)
	}
	out := struct {
		Lines []string `json:"lines"`
	}{[]string{}}
	err := s.lines(r.Context(), s.words("logs", append(more, at)...), func(l line) {
		switch l.Type {
		case "version", "run":
		default:
			out.Lines = append(out.Lines, strings.TrimPrefix(l.Message, at+": "))
		}
	})
	return out, err
}

// serveComparison serves the page of snellen compare: of two runs, or of a run and what is applied
// now.
func (s *server) serveComparison(w http.ResponseWriter, r *http.Request) (any, error) {
	more := []string{"-format", "html"}
	for _, name := range []string{"a", "b"} {
		id := r.URL.Query().Get(name)
		if name == "b" && (id == "now" || id == "") {
			continue
		}
		past, err := s.findRun(id)
		if err != nil {
			return nil, err
		}
		more = append(more, "-run", past.ID)
	}
	data, err := s.output(r.Context(), s.words("compare", more...))
	if err != nil {
		return nil, err
	}
	writeForeign(w, data)
	return nil, nil
}

// copied returns a value's JSON, which does not change when the value does.
func copied(value any) (any, error) {
	data, err := json.Marshal(value)
	return json.RawMessage(data), err
}

// advice returns what a diagnostic advises, as a further sentence.
func advice(d json.RawMessage) string {
	var one struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(d, &one) != nil || one.Detail == "" {
		return ""
	}
	return " (" + one.Detail + ")"
}
