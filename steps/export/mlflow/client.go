// Package mlflow is a client of the part of the MLflow REST API, version 2.0, that records finished
// runs: experiments, runs, parameters, metrics, tags, and artifacts that the tracking server itself
// serves.
//
// A server's answers are untrusted. Their size is bounded, and the client sends nothing to any
// other host than the one it was opened with.
package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"snellen/engine/step"
)

// Credentials are a token, or a name with a password. The zero value sends none. Where all are set,
// the token is sent.
type Credentials struct{ Username, Password, Token string }

// IsSet reports whether there is a token or a name.
func (c Credentials) IsSet() bool { return c.Token != "" || c.Username != "" }

// A Client talks to one server. It may be used by one goroutine at a time.
type Client struct {
	base        *url.URL
	http        *retryablehttp.Client
	credentials Credentials
}

const (
	maxAnswer  = 64 << 20 // bytes
	api        = "api/2.0/mlflow"
	maxRetries = 4 // of a call that failed
)

// Open returns a client of the server at an http or https address. It sends nothing. No error
// repeats an address that may hold a password.
func Open(address string, credentials Credentials) (*Client, error) {
	u, err := url.Parse(address)
	const hint = "write it as http://127.0.0.1:5000"
	switch {
	case err != nil: // err repeats the address, which may hold a password
		return nil, step.WithHint(errors.New("the server's address cannot be parsed"), hint)
	case u.User != nil:
		return nil, step.WithHint(
			errors.New("the server's address contains a name or a password"),
			"put them into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" ||
		u.Fragment != "":
		err := fmt.Errorf("%q is not the address of an MLflow server", address)
		return nil, step.WithHint(err, hint)
	}
	return &Client{u, newHTTP(), credentials}, nil
}

// newHTTP returns an HTTP client that retries and does not follow redirects: a redirect would send
// the credentials to another host.
func newHTTP() *retryablehttp.Client {
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = maxRetries, 200*time.Millisecond, 5*time.Second
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if ctx.Value(noRetry{}) != nil {
			return false, ctx.Err()
		}
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	c.HTTPClient.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		return fmt.Errorf("the server redirects to %s; use that address if it is right",
			r.URL.Redacted())
	}
	return c
}

// Exposed reports whether others on the way can read what is sent: the server is on another machine,
// and the connection is not encrypted.
func (c *Client) Exposed() bool {
	ip := net.ParseIP(c.base.Hostname())
	here := c.base.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return c.base.Scheme != "https" && !here
}

// noRetry is the context key of a call that must not be sent again by itself.
type noRetry struct{}

// An Error is a server's answer that it refused a call.
type Error struct {
	Status  int
	Code    string `json:"error_code"` // "RESOURCE_DOES_NOT_EXIST"
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server answered with status %d", e.Status)
	}
	return fmt.Sprintf("the server answered: %.500s (%.60s)", e.Message, e.Code)
}

// call makes one call of the API, with the JSON of in as its body unless in is nil, and decodes the
// answer into out unless out is nil. A GET has its values in the query.
func (c *Client) call(ctx context.Context, method, name string, query url.Values,
	in, out any) error {
	var body any
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = data
	}
	u := c.base.JoinPath(api, name)
	u.RawQuery = query.Encode()
	answer, err := c.send(ctx, method, u, body, "application/json")
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return step.WithHint(
			fmt.Errorf("%s is not an MLflow server: its answer to %s is not the API's JSON",
				c.base.Host, name), addressHint)
	}
	return nil
}

// send sends a request and returns the body of the answer. It retries what may pass, such as a
// server that is not available. body is what retryablehttp takes, so that it can be sent again.
func (c *Client) send(ctx context.Context, method string, u *url.URL, body any,
	kind string) ([]byte, error) {
	r, err := retryablehttp.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	switch {
	case c.credentials.Token != "":
		r.Header.Set("Authorization", "Bearer "+c.credentials.Token)
	case c.credentials.Username != "":
		r.SetBasicAuth(c.credentials.Username, c.credentials.Password)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		var problem *url.Error
		if errors.As(err, &problem) {
			err = problem.Err // without the long address
		}
		return nil, step.WithHint(fmt.Errorf("call %s: %w", c.base.Host, err), addressHint)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer of %s: %w", c.base.Host, err)
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("%s answered with more than %d bytes", c.base.Host, maxAnswer)
	case resp.StatusCode/100 != 2:
		return nil, c.statusError(resp.StatusCode, data)
	}
	return data, nil
}

// addressHint is the hint where the address may be of another server, or of none.
const addressHint = "is the address right? It is the tracking server's, as a browser opens it"

// statusError returns the error for an answer with a status other than 2xx.
func (c *Client) statusError(status int, data []byte) error {
	e := &Error{}
	foreign := json.Unmarshal(data, e) != nil || e.Code == ""
	if foreign {
		e = &Error{}
	}
	e.Status = status
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return step.WithHint(e, "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and "+
			"MLFLOW_TRACKING_PASSWORD")
	}
	if foreign && status/100 == 4 {
		return step.WithHint(fmt.Errorf("%s does not answer as an MLflow server: %w", c.base.Host,
			e), addressHint)
	}
	return e
}

// hasCode reports whether err is a server's answer with that code.
func hasCode(err error, code string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == code
}

// ArtifactPath returns the path at which the server itself takes a run's artifacts. It returns
// false if they go to another place, such as a bucket, or to another host.
func (c *Client) ArtifactPath(artifactURI string) (string, bool) {
	u, err := url.Parse(artifactURI)
	if err != nil || u.Scheme != "mlflow-artifacts" || u.Host != "" && u.Host != c.base.Host {
		return "", false
	}
	clean := strings.TrimPrefix(path.Clean("/"+u.Path), "/")
	return clean, clean == strings.Trim(u.Path, "/")
}

// Upload puts an artifact of size bytes below a path from ArtifactPath. open returns its bytes, and
// may be called several times.
func (c *Client) Upload(ctx context.Context, below, name string, size int64,
	open func() (io.ReadCloser, error)) error {
	u := c.base.JoinPath("api/2.0/mlflow-artifacts/artifacts", escapePath(below), escapePath(name))
	body := retryablehttp.ReaderFunc(func() (io.Reader, error) {
		r, err := open()
		return sized{r, size}, err
	})
	const kind = "application/octet-stream"
	if size == 0 { // there is nothing to read, so open is not called
		_, err := c.send(ctx, http.MethodPut, u, bytes.NewReader(nil), kind)
		return err
	}
	_, err := c.send(ctx, http.MethodPut, u, body, kind)
	return err
}

// escapePath escapes each part of a slash-separated path for a URL.
func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// sized is a reader with a known length. Without it net/http would send the body in chunks, which
// some servers refuse.
type sized struct {
	io.ReadCloser
	size int64
}

func (s sized) Len() int { return int(s.size) }
