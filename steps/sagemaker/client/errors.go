package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"snellen/engine/step"
)

// The service says that a thing is not there by a ValidationException, whose text alone tells; a model of 2026 has
// ResourceNotFound for some. Texts are matched loosely: they are documented nowhere.

func errorCode(err error) (name, message string) {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode(), strings.ToLower(e.ErrorMessage())
	}
	return "", ""
}

// isNotFound tells whether an error says that the thing does not exist.
func isNotFound(err error) bool {
	name, text := errorCode(err)
	switch name {
	case "ResourceNotFound", "ResourceNotFoundException", "NotFound", "NoSuchKey":
		return true
	case "ValidationException":
		return strings.Contains(text, "requested resource not found") || strings.Contains(text, "could not find")
	}
	return false
}

// isNameInUse tells whether an error says that a name is in use.
func isNameInUse(err error) bool {
	name, text := errorCode(err)
	return name == "ResourceInUse" || name == "ValidationException" && strings.Contains(text, "already exist")
}

// isAlreadyEnded tells whether stopping or deleting failed since that was done already, or is under way.
func isAlreadyEnded(err error) bool {
	name, text := errorCode(err)
	return isNotFound(err) || name == "ValidationException" && (strings.Contains(text, "is in status") || strings.Contains(text, "cannot update in-progress"))
}

var expiredCodes = []string{"ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired", "InvalidClientTokenId", "UnrecognizedClientException"}

// isExpired tells whether credentials were refused that may be renewed while we wait.
func isExpired(err error) bool {
	name, _ := errorCode(err)
	return slices.Contains(expiredCodes, name)
}

// isTransient tells whether an error is worth another try of the same call: throttling, a fault of the service, the network.
func isTransient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	name, _ := errorCode(err)
	switch name {
	case "ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown",
		"ServiceUnavailable", "ServiceUnavailableException", "InternalFailure", "InternalServerError", "InternalServerException",
		"ModelNotReadyException", "InternalDependencyException", "RequestTimeout":
		return true
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.HTTPStatusCode() > 0 { // 0: there was no answer
		return e.HTTPStatusCode() >= 500 || e.HTTPStatusCode() == 429
	}
	_, net := errors.AsType[net.Error](err)
	_, sent := errors.AsType[*smithyhttp.RequestSendError](err)
	return net || sent
}

var quotaText = regexp.MustCompile(`service limit '([^']+)' is ([0-9]+) .*current utilization of ([0-9]+)`)

// quotaLimit reads a refusal for a limit. Of a limit that is in use, waiting helps.
func quotaLimit(err error) (limit string, waits, ok bool) {
	name, text := errorCode(err)
	if name != "ResourceLimitExceeded" {
		return "", false, false
	}
	m := quotaText.FindStringSubmatch(text)
	if m == nil {
		return "a limit of the account", false, true
	}
	used, _ := strconv.Atoi(m[3])
	return m[1] + " is " + m[2], used > 0 && m[2] != "0", true
}

// withCredentials makes a call until it succeeds or fails for good. Credentials that expired meanwhile are waited for: nothing in the
// account depends on them. tell says it once.
func (c *Cloud) withCredentials(ctx context.Context, warn func(string), call func() error) error {
	w, warned := c.waiter(), false
	for {
		err := call()
		switch {
		case err == nil && warned:
			warn("the credentials were renewed; going on")
			return nil
		case !isExpired(err):
			return shortError(err)
		}
		if !warned {
			warned = true
			warn("the AWS credentials have expired: renew them, and this goes on by itself; what runs in the cloud runs on")
		}
		if err := w.wait(ctx, true); err != nil {
			return err
		}
		if err := c.refresh(ctx); err != nil {
			return err
		}
	}
}

func (c *Cloud) refresh(ctx context.Context) error {
	c.renewal.Lock()
	defer c.renewal.Unlock()
	return c.renew(ctx)
}

// shortError leaves of an SDK's error what a person can use.
func shortError(err error) error {
	e, ok := errors.AsType[smithy.APIError](err)
	if _, short := errors.AsType[*serviceError](err); !ok || short {
		return err
	}
	short := &serviceError{err: err, text: fmt.Sprintf("%s: %s", e.ErrorCode(), e.ErrorMessage())}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		short.text = op.OperationName + ": " + short.text
	}
	switch e.ErrorCode() {
	case "AccessDeniedException", "AccessDenied":
		return step.WithHint(short, "type snellen cloud check to see what the credentials may do")
	}
	return short
}

// A serviceError keeps the whole error for those who look at its class.
type serviceError struct {
	err  error
	text string
}

func (e *serviceError) Error() string { return e.text }
func (e *serviceError) Unwrap() error { return e.err }
