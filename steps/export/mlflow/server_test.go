package mlflow

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A tracker is the part of a tracking server that the client talks to, with the documented limits
// of a call. It tests what the client sends and how it handles faults. Package export tests the
// client against the real server, where that is installed.
type tracker struct {
	t           *testing.T
	mu          sync.Mutex
	experiments map[string]string
	runs        []*tracked
	files       map[string]string
	calls       map[string]int
	// Returns a status that fails a call before it has an effect, or 0.
	fault func(name string, call int) int
	lost  func(name string, call int) bool // the answer of a call that had its effect is lost
	auth  string
}

type tracked struct {
	id, status   string
	params, tags map[string]string
	metrics      []Metric
}

func newTracker(t *testing.T) (*tracker, *Client) {
	s := &tracker{
		t: t, experiments: map[string]string{}, files: map[string]string{}, calls: map[string]int{},
	}
	s.fault, s.lost = func(string, int) int { return 0 }, func(string, int) bool { return false }
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := Open(server.URL+"/", Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	c.http.RetryWaitMin, c.http.RetryWaitMax = 0, 0
	return s, c
}

func (s *tracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"+api+"/"), "/api/2.0/")
	if file, ok := strings.CutPrefix(name, "mlflow-artifacts/artifacts/"); ok {
		name = "artifact"
		defer func() {
			if data, err := io.ReadAll(r.Body); err == nil && r.ContentLength == int64(len(data)) {
				s.files[file] = string(data)
			}
		}()
	}
	s.calls[name]++
	s.auth = r.Header.Get("Authorization")
	if status := s.fault(name, s.calls[name]); status != 0 {
		http.Error(w, "not now", status)
		return
	}
	status, answer := s.answer(name, r)
	if s.lost(name, s.calls[name]) {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

type object = map[string]any

func (s *tracker) answer(name string, r *http.Request) (int, any) {
	var in struct {
		Name, Filter, Status string
		Run                  string `json:"run_id"`
		Params, Tags         []Pair
		Metrics              []Metric
	}
	if name != "artifact" && r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return 400, Error{Message: err.Error()}
		}
	}
	switch name {
	case "artifact":
		return 200, object{}
	case "experiments/get-by-name":
		id, ok := s.experiments[r.URL.Query().Get("experiment_name")]
		if !ok {
			return 404, Error{Code: "RESOURCE_DOES_NOT_EXIST"}
		}
		return 200, object{"experiment": object{"experiment_id": id, "lifecycle_stage": "active"}}
	case "experiments/create":
		if _, ok := s.experiments[in.Name]; ok {
			return 400, Error{Code: "RESOURCE_ALREADY_EXISTS"}
		}
		s.experiments[in.Name] = fmt.Sprint(len(s.experiments) + 1)
		return 200, object{"experiment_id": s.experiments[in.Name]}
	case "runs/search":
		var found []object
		for _, run := range s.runs {
			if strings.Contains(in.Filter, "'"+run.tags["key"]+"'") {
				found = append(found, run.object())
			}
		}
		return 200, object{"runs": found}
	case "runs/create":
		run := &tracked{
			id: fmt.Sprint("run", len(s.runs)), params: map[string]string{},
			tags: map[string]string{},
		}
		run.tag(in.Tags)
		s.runs = append(s.runs, run)
		return 200, object{"run": run.object()}
	case "metrics/get-history":
		return 200, s.run(r.URL.Query().Get("run_id")).history(r.URL.Query().Get("metric_key"),
			r.URL.Query().Get("page_token"))
	case "runs/log-batch":
		if len(in.Params) > 100 || len(in.Tags) > 100 || len(in.Metrics) > 1000 {
			return 400, Error{Code: "INVALID_PARAMETER_VALUE", Message: "too many"}
		}
		return s.run(in.Run).log(in.Params, in.Tags, in.Metrics)
	case "runs/update":
		s.run(in.Run).status = in.Status
		return 200, object{}
	}
	return 404, Error{Message: "no " + name}
}

func (s *tracker) run(id string) *tracked {
	for _, run := range s.runs {
		if run.id == id {
			return run
		}
	}
	return &tracked{}
}

func (r *tracked) object() object {
	return object{
		"info": object{"run_id": r.id, "artifact_uri": "mlflow-artifacts:/1/" + r.id +
			"/artifacts"}, "data": object{"tags": pairs(r.tags)},
	}
}

func (r *tracked) tag(tags []Pair) {
	for _, t := range tags {
		r.tags[t.Key] = t.Value
	}
}

func (r *tracked) log(params, tags []Pair, metrics []Metric) (int, any) {
	for _, p := range params {
		if was, ok := r.params[p.Key]; ok && was != p.Value {
			return 400, Error{Code: "INVALID_PARAMETER_VALUE", Message: "changing a parameter"}
		}
		r.params[p.Key] = p.Value
	}
	r.tag(tags)
	r.metrics = append(r.metrics, metrics...) // like the real server, keeps the same metric twice
	return 200, object{}
}

// history returns a page of at most 700 metrics.
func (r *tracked) history(key, token string) any {
	var all []Metric
	for _, m := range r.metrics {
		if m.Key == key {
			all = append(all, m)
		}
	}
	from := 0
	fmt.Sscan(token, &from)
	to := min(from+700, len(all))
	answer := object{"metrics": all[from:to]}
	if to < len(all) {
		answer["next_page_token"] = fmt.Sprint(to)
	}
	return answer
}
