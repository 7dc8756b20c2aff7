package client

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
)

// TestWrongServer asks servers that are none of AWS, as where AWS_ENDPOINT_URL has a mistake: each
// check says so, and what to look at.
func TestWrongServer(t *testing.T) {
	page := "<!DOCTYPE html><html><body><p>Hello</body></html>"
	for name, c := range map[string]struct {
		kind, body string
		status     int
		want       string
	}{
		"page": {"text/html; charset=utf-8", page, http.StatusOK,
			"it sent a web page, with status 200"},
		"none": {"text/html", page, http.StatusNotFound, "it sent a web page, with status 404"},
		"plain": {"text/plain", "404 page not found", http.StatusNotFound,
			`type "text/plain", with status 404`},
		"other": {"application/json", `{"detail":"Not Found"}`, http.StatusNotFound,
			`type "application/json", with status 404`},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(
				func(w http.ResponseWriter, r *http.Request) {
					w.Header()["Content-Type"] = []string{c.kind}
					w.WriteHeader(c.status)
					w.Write([]byte(c.body))
				}))
			defer server.Close()
			lost(t, server.URL, c.want)
		})
	}
	t.Run("gone", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		lost(t, server.URL, "cannot reach "+strings.TrimPrefix(server.URL, "http://"))
	})
}

// lost checks an account at a server, and asks it for prices.
func lost(t *testing.T, url, want string) {
	t.Helper()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": url,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_PROFILE": "",
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	settings := &specs.SageMaker{Region: region, Bucket: "bucket",
		RoleARN: "arn:aws:iam::123456789012:role/R", Instances: []string{"ml.g5.xlarge"},
		Serving: specs.Serving{Instance: "ml.m5.xlarge", Count: 1}}
	cloud, err := Open(t.Context(), sagemaker.Session{Settings: settings, Dir: t.TempDir(),
		Poll: time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	said := func(what, text, hint string) {
		t.Helper()
		if !strings.Contains(text, want) || !strings.Contains(hint, "AWS_ENDPOINT_URL") {
			t.Errorf("%s: %s\nhint: %s", what, text, hint)
		}
	}
	if _, err := cloud.livePrices(t.Context()); err == nil {
		t.Error("there are prices")
	} else {
		said("prices", err.Error(), step.Hint(err))
	}
	for _, f := range cloud.checkAccount(t.Context()) {
		// A bucket is asked for by its headers alone, which any web server may answer.
		if f.What != "role" && f.What != "bucket" {
			said(f.What, f.Error, f.Hint)
		}
	}
}
