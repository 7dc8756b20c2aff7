package mlflow

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"snellen/engine/step"
)

var wanted = NewRun{
	Name: "320x240/1", Tags: map[string]string{"key": "abc", "address": "320x240/train"},
	IdentityTags: []string{"key", "address"},
}

// put does what an export does for one run.
func put(t *testing.T, c *Client) (Run, bool, error) {
	t.Helper()
	id, err := c.Experiment(t.Context(), "snacks")
	if err != nil {
		return Run{}, false, err
	}
	run, made, err := c.Run(t.Context(), id, wanted)
	if err != nil {
		return Run{}, false, err
	}
	var params []Pair
	for i := range 250 {
		params = append(params, Pair{fmt.Sprint("p", i), "1"})
	}
	var metrics []Metric
	for i := range 2500 {
		metrics = append(metrics, Metric{"loss", 1 / float64(i+1), int64(i), int64(i)})
	}
	if err := c.Log(t.Context(), run.ID, params, metrics,
		map[string]string{"done": "yes"}); err != nil {
		return Run{}, false, err
	}
	below, ok := c.ArtifactPath(run.Artifacts)
	if !ok {
		t.Fatalf("no artifact path for %s", run.Artifacts)
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("weights")), nil }
	if err := c.Upload(t.Context(), below, "model/a b%.bin", 7, open); err != nil {
		return Run{}, false, err
	}
	return run, made, c.Finish(t.Context(), run.ID, 1)
}

func TestRunIsPutOnce(t *testing.T) {
	s, c := newTracker(t)
	for again := range 2 {
		_, made, err := put(t, c)
		if err != nil || made != (again == 0) {
			t.Fatalf("%v, %v", made, err)
		}
	}
	run := s.runs[0]
	if len(s.runs) != 1 || len(run.params) != 250 || len(run.metrics) != 2500 ||
		run.status != "FINISHED" || run.tags["done"] != "yes" {
		t.Errorf("%d runs; %d params, %d metrics, %s, %v", len(s.runs), len(run.params),
			len(run.metrics), run.status, run.tags)
	}
	if s.files["1/run0/artifacts/model/a b%.bin"] != "weights" {
		t.Errorf("files: %v", s.files)
	}
	if s.calls["runs/log-batch"] != 3+3+1+3+1 { // params, metrics, tags; and again without metrics
		t.Errorf("%d batches", s.calls["runs/log-batch"])
	}
}

// Whichever call fails or loses its answer at first: in the end everything is there once.
func TestFaultsThatPass(t *testing.T) {
	for _, name := range []string{
		"experiments/get-by-name", "experiments/create", "runs/search", "runs/create",
		"runs/log-batch", "metrics/get-history", "artifact", "runs/update",
	} {
		for _, fault := range []string{"503", "429", "lost"} {
			t.Run(name+" "+fault, func(t *testing.T) {
				s, c := newTracker(t)
				switch fault {
				case "lost":
					s.lost = func(n string, call int) bool { return n == name && call == 1 }
				default:
					s.fault = func(n string, call int) int {
						if n != name || call != 1 {
							return 0
						}
						return map[string]int{"503": 503, "429": 429}[fault]
					}
				}
				_, _, err := put(t, c)
				// This answer says that nothing was created: the caller may try again.
				refused := name == "runs/create" && fault == "429"
				if (err != nil) != refused {
					t.Fatal(err)
				}
				if refused {
					if _, _, err := put(t, c); err != nil {
						t.Fatal(err)
					}
				}
				metrics := map[Metric]bool{}
				for _, m := range s.runs[0].metrics {
					metrics[m] = true
				}
				if len(s.runs) != 1 || len(s.experiments) != 1 || len(metrics) != 2500 ||
					s.runs[0].status != "FINISHED" {
					t.Errorf("%d runs in %d experiments, %d metrics", len(s.runs),
						len(s.experiments), len(metrics))
				}
			})
		}
	}
}

func TestFaultsThatStay(t *testing.T) {
	s, c := newTracker(t)
	s.fault = func(string, int) int { return 500 }
	if _, _, err := put(t, c); err == nil || !strings.Contains(err.Error(), "status 500") {
		t.Error(err)
	}
	s.fault = func(string, int) int { return 401 }
	if _, _, err := put(t, c); err == nil || !strings.Contains(step.Hint(err),
		"MLFLOW_TRACKING_TOKEN") {
		t.Error(err)
	}
}

func TestCredentialsStayWithTheServer(t *testing.T) {
	s, c := newTracker(t)
	for _, one := range []struct {
		Credentials
		want string
	}{
		{Credentials{Username: "me", Password: "secret"}, "Basic bWU6c2VjcmV0"},
		{Credentials{Token: "secret", Username: "me"}, "Bearer secret"}, {Credentials{}, ""},
	} {
		c.credentials = one.Credentials
		if _, err := c.Experiment(t.Context(), "x"); err != nil || s.auth != one.want {
			t.Errorf("%q, %v", s.auth, err)
		}
	}
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked = true
	}))
	defer other.Close()
	sender := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer sender.Close()
	c, err := Open(sender.URL, Credentials{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	c.http.RetryMax = 0
	if _, err := c.Experiment(t.Context(), "x"); err == nil || asked ||
		!strings.Contains(err.Error(), "the server redirects to "+other.URL) ||
		strings.Contains(err.Error(), "secret") {
		t.Errorf("a redirection: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{
		"", "127.0.0.1:5000", "ftp://host", "file:///tmp", "http://", "http://me:secret@host",
		"http://me:sec%zzret@host", "http://host?token=x", "http://host#x", "databricks",
	} {
		if _, err := Open(address, Credentials{}); err == nil || step.Hint(err) == "" ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	c, err := Open("https://host:1/below", Credentials{})
	if err != nil || c.RunURL("7", "abc") != "https://host:1/below/#/experiments/7/runs/abc" {
		t.Errorf("%v, %s", err, c.RunURL("7", "abc"))
	}
	for uri, want := range map[string]string{
		"mlflow-artifacts:/1/a/artifacts": "1/a/artifacts", "mlflow-artifacts://host:1/1/a": "1/a",
		"mlflow-artifacts://evil/1/a": "", "mlflow-artifacts:/../x": "",
		"mlflow-artifacts:/a/../../x": "", "s3://bucket/x": "", "/tmp/mlruns": "", "%": "",
	} {
		if got, ok := c.ArtifactPath(uri); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", uri, got, ok)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for range maxAnswer>>20 + 2 {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	c, err := Open(s.URL, Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Experiment(t.Context(), "x"); err == nil ||
		!strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
	html := httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer html.Close()
	if c, err = Open(html.URL, Credentials{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Experiment(t.Context(), "x"); err == nil ||
		!strings.Contains(err.Error(), "is not an MLflow server") {
		t.Error(err)
	}
}

// TestWrongServer asks servers that are none of MLflow: the error says so, and what to look at.
func TestWrongServer(t *testing.T) {
	page := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, "<html>")
		})
	}
	for want, handler := range map[string]http.Handler{
		"is not an MLflow server":                 page(http.StatusOK),
		"does not answer as an MLflow server":     page(http.StatusNotFound),
		"MLflow server: the server answered with": http.NotFoundHandler(),
		"the server answered with status 405":     page(http.StatusMethodNotAllowed),
	} {
		server := httptest.NewServer(handler)
		says(t, server.URL, want)
		server.Close()
		says(t, server.URL, "call "+strings.TrimPrefix(server.URL, "http://"))
	}
}

// says checks the error of a call, and its hint. The call is not sent again.
func says(t *testing.T, address, want string) {
	t.Helper()
	c, err := Open(address, Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Experiment(context.WithValue(t.Context(), noRetry{}, true), "x")
	if err == nil || !strings.Contains(err.Error(), want) ||
		!strings.Contains(step.Hint(err), "is the address right?") {
		t.Errorf("%v\nhint: %s", err, step.Hint(err))
	}
}
