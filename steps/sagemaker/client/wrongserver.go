package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"snellen/engine/step"
)

// serverError returns a short error for an answer that no AWS service gives, such as a web page,
// and for a server of the user's own that cannot be reached. It returns nil for other errors. The
// SDK's own texts say which letter of the answer surprised it.
func serverError(err error) error {
	host, what := foreign(err)
	if what == "" {
		host, what = unreachable(err)
	}
	if what == "" {
		return nil
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		what = op.OperationName + ": " + what
	}
	hint := "is AWS_ENDPOINT_URL right? Without it, calls go to AWS"
	if isAWS(host) {
		hint = "does a proxy answer in its place? See HTTPS_PROXY in the environment"
	}
	return step.WithHint(&serviceError{err: err, text: what}, hint)
}

// foreign returns the host that answered as no service does, and what it answered.
func foreign(err error) (host, what string) {
	e, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || e.Response == nil || e.Response.Response == nil {
		return "", ""
	}
	answer := e.Response.Response
	if !isForeign(err, answer) {
		return "", ""
	}
	if host = "the server"; answer.Request != nil {
		host = answer.Request.URL.Host
	}
	return host, fmt.Sprintf("%s does not answer as an AWS service: it sent %s, with status %d",
		host, contentOf(answer), answer.StatusCode)
}

// unreachable returns a host that is not one of AWS and takes no connection, and why.
func unreachable(err error) (host, what string) {
	sent, ok := errors.AsType[*url.Error](err)
	dial, failed := errors.AsType[*net.OpError](err)
	if !ok || !failed || dial.Op != "dial" {
		return "", ""
	}
	if u, err := url.Parse(sent.URL); err == nil {
		host = u.Host
	}
	if isAWS(host) {
		return "", ""
	}
	return host, fmt.Sprintf("cannot reach %s: %v", host, dial.Err)
}

// isForeign reports whether the error is about an answer that cannot be read, or that has no error
// code and none of the services' content types.
func isForeign(err error, answer *http.Response) bool {
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return true
	}
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	if kind == "" || slices.Contains(awsTypes, kind) {
		return false
	}
	name, _ := errorCode(err)
	return name == "UnknownError" || name == "" && strings.HasPrefix(kind, "text/")
}

// awsTypes are the content types of the services' answers.
var awsTypes = []string{"application/x-amz-json-1.0", "application/x-amz-json-1.1",
	"application/xml", "text/xml"}

// contentOf names an answer's content type. It is what an unknown server wrote.
func contentOf(answer *http.Response) string {
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	switch {
	case kind == "":
		return "content of no type"
	case kind == "text/html":
		return "a web page"
	}
	return fmt.Sprintf("content of the type %.40q", kind)
}

// isAWS reports whether a host is one of AWS.
func isAWS(host string) bool {
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}

// withUsualHint adds a hint to an error that has none of its own.
func withUsualHint(err error, hint string) error {
	if step.Hint(err) != "" {
		return err
	}
	return step.WithHint(err, hint)
}
