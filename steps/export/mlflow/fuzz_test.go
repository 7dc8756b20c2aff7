package mlflow

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"snellen/engine/step"
)

// FuzzAnswers checks that an export ends whatever the server answers, that a refusal is an error
// with the server's status, and that an artifact's path stays below the server's.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"experiment":{"experiment_id":"1","lifecycle_stage":"active"},"runs":[{"info":`+
		`{"run_id":"r","artifact_uri":"mlflow-artifacts:/1/r/artifacts"},"data":{}}]}`)
	f.Add(404, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No"}`)
	f.Add(403, "<html>")
	f.Add(200, `{"run":{"info":{"run_id":"r","artifact_uri":"mlflow-artifacts:/../../x"}}}`)
	f.Add(200, `{"metrics":[{"key":"loss","value":"NaN","step":"9"}],"next_page_token":"x"}`)
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	f.Cleanup(server.Close)
	c, err := Open(server.URL, Credentials{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, code int, answer string) {
		if code < 200 || code > 499 || code/100 == 3 || code == http.StatusTooManyRequests ||
			code == http.StatusNoContent {
			return // the HTTP library's own business
		}
		status, body = code, answer
		_, err := c.Experiment(t.Context(), "snacks")
		run, _, runErr := c.Run(t.Context(), "1", wanted)
		if refused := code/100 != 2; refused && (err == nil || runErr == nil) {
			t.Errorf("%d is no error: %v, %v", code, err, runErr)
		}
		if err != nil && (strings.Contains(err.Error(), answer) && len(answer) > 1000 ||
			len(step.Hint(err)) > 1000) {
			t.Errorf("%q", err)
		}
		c.Log(t.Context(), "r", nil, []Metric{{"loss", 1, 1, 1}}, nil)
		for _, uri := range []string{run.Artifacts, answer} {
			if at, ok := c.ArtifactPath(uri); ok && (strings.HasPrefix(at, "/") ||
				strings.HasPrefix(at+"/", "../") || strings.Contains(at, "/../")) {
				t.Errorf("%q is at %q", uri, at)
			}
		}
	})
}
