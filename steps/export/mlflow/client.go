// Package mlflow talks to an MLflow tracking server by its REST API, version 2.0, as far as it takes to put finished runs
// there: experiments, runs, parameters, metrics, tags, and artifacts where the server itself serves them.
//
// A server's answers are untrusted: they are bounded, and nothing is sent to another host than the one that was named.
package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"snellen/engine/step"
)

// Credentials are how a server knows a person: a token, or a name with a password, or nothing.
type Credentials struct{ Username, Password, Token string }

// Any tells whether there are any.
func (c Credentials) Any() bool { return c.Token != "" || c.Username != "" }

// A Client talks to one server. It may be used by one goroutine at a time.
type Client struct {
	base        *url.URL
	http        *retryablehttp.Client
	credentials Credentials
}

const (
	maxAnswer = 64 << 20 // bytes
	api       = "api/2.0/mlflow"
	tries     = 4 // beside the first
)

// Open gives a client of the server at an http or https address. Nothing is sent.
func Open(address string, credentials Credentials) (*Client, error) {
	u, err := url.Parse(address)
	const hint = "write it as http://127.0.0.1:5000"
	switch {
	case err != nil: // its text holds the address, and with it maybe a password
		return nil, step.WithHint(errors.New("this is no address of an MLflow server"), hint)
	case u.User != nil:
		return nil, step.WithHint(errors.New("the server's address holds a name or a password"), "put them into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, step.WithHint(fmt.Errorf("%q is no address of an MLflow server", address), hint)
	}
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = tries, 200*time.Millisecond, 5*time.Second
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if ctx.Value(once{}) != nil {
			return false, ctx.Err()
		}
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	c.HTTPClient.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		return fmt.Errorf("the server sends to %s; name that address if it is right", r.URL.Redacted())
	}
	return &Client{u, c, credentials}, nil
}

// Host is the server's host, without a port.
func (c *Client) Host() string { return c.base.Hostname() }

// Encrypted tells whether the connection is.
func (c *Client) Encrypted() bool { return c.base.Scheme == "https" }

// once, in a context, marks a call that must not be made twice.
type once struct{}

// An Error is a server's answer that it did not do what was asked.
type Error struct {
	Status  int
	Code    string `json:"error_code"` // "RESOURCE_DOES_NOT_EXIST"
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server answers with status %d", e.Status)
	}
	return fmt.Sprintf("the server answers: %.500s (%.60s)", e.Message, e.Code)
}

// call makes one call of the API. A GET's values are in the query.
func (c *Client) call(ctx context.Context, method, name string, query url.Values, in, out any) error {
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
		return fmt.Errorf("%s is no MLflow server: its answer to %s is not the API's", c.base.Host, name)
	}
	return nil
}

// send sends a request, again where that may help, and gives the body of the answer.
func (c *Client) send(ctx context.Context, method string, u *url.URL, body any, kind string) ([]byte, error) {
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
			err = problem.Err // without the address, which is long
		}
		return nil, fmt.Errorf("ask %s: %w", c.base.Host, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer of %s: %w", c.base.Host, err)
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("%s answers with more than %d bytes", c.base.Host, maxAnswer)
	case resp.StatusCode/100 != 2:
		return nil, refused(resp.StatusCode, data)
	}
	return data, nil
}

func refused(status int, data []byte) error {
	e := &Error{}
	if json.Unmarshal(data, e) != nil {
		e = &Error{}
	}
	e.Status = status
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return step.WithHint(e, "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD")
	}
	return e
}

// answered tells whether err is a server's answer with that code.
func answered(err error, code string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == code
}

// Serves gives the path at which the server itself takes a run's artifacts, and false where it does not, or where that would
// be on another host.
func (c *Client) Serves(artifactURI string) (string, bool) {
	u, err := url.Parse(artifactURI)
	if err != nil || u.Scheme != "mlflow-artifacts" || u.Host != "" && u.Host != c.base.Host {
		return "", false
	}
	clean := strings.TrimPrefix(path.Clean("/"+u.Path), "/")
	return clean, clean == strings.Trim(u.Path, "/")
}

// Upload puts an artifact below a path that Serves gave. Open gives its bytes, of that length, and may be called again.
func (c *Client) Upload(ctx context.Context, below, name string, size int64, open func() (io.ReadCloser, error)) error {
	u := c.base.JoinPath("api/2.0/mlflow-artifacts/artifacts", escaped(below), escaped(name))
	body := retryablehttp.ReaderFunc(func() (io.Reader, error) {
		r, err := open()
		return sized{r, size}, err
	})
	if size == 0 {
		_, err := c.send(ctx, http.MethodPut, u, bytes.NewReader(nil), "application/octet-stream")
		return err
	}
	_, err := c.send(ctx, http.MethodPut, u, body, "application/octet-stream")
	return err
}

// escaped makes a path one that an address holds.
func escaped(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// sized tells a reader's length, without which an upload would be sent in chunks that some servers do not take.
type sized struct {
	io.ReadCloser
	size int64
}

func (s sized) Len() int { return int(s.size) }
