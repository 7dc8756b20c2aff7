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

// errorCode returns the service's error code and its message in lower case, or "" and "" if err is
// not an answer of the service.
//
// The service reports a missing resource as a ValidationException, and only its text says so; newer
// API models use ResourceNotFound for some. The texts are documented nowhere, so they are matched
// loosely.
func errorCode(err error) (name, message string) {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode(), strings.ToLower(e.ErrorMessage())
	}
	return "", ""
}

// isNotFound reports whether an error says that the resource does not exist.
func isNotFound(err error) bool {
	name, text := errorCode(err)
	switch name {
	case "ResourceNotFound", "ResourceNotFoundException", "NotFound", "NoSuchKey":
		return true
	case "ValidationException":
		return strings.Contains(text, "requested resource not found") ||
			strings.Contains(text, "could not find")
	}
	return false
}

// isNameInUse reports whether an error says that the name exists already.
func isNameInUse(err error) bool {
	name, text := errorCode(err)
	return name == "ResourceInUse" || name == "ValidationException" &&
		strings.Contains(text, "already exist")
}

// isAlreadyEnded reports whether a stop or a delete failed because the resource has already ended,
// is about to end, or is gone.
func isAlreadyEnded(err error) bool {
	name, text := errorCode(err)
	return isNotFound(err) || name == "ValidationException" &&
		(strings.Contains(text, "is in status") ||
			strings.Contains(text, "cannot update in-progress"))
}

var expiredCodes = []string{"ExpiredTokenException", "ExpiredToken", "RequestExpired",
	"TokenRefreshRequired", "InvalidClientTokenId", "UnrecognizedClientException"}

// isExpired reports whether the service refused credentials that can be renewed while we wait.
func isExpired(err error) bool {
	name, _ := errorCode(err)
	return slices.Contains(expiredCodes, name)
}

// isTransient reports whether the same call may succeed later: after throttling, a fault of the
// service, or a network error.
func isTransient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	name, _ := errorCode(err)
	switch name {
	case "ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException",
		"SlowDown",
		"ServiceUnavailable", "ServiceUnavailableException", "InternalFailure",
		"InternalServerError", "InternalServerException",
		"ModelNotReadyException", "InternalDependencyException", "RequestTimeout":
		return true
	}
	// A status of 0 means that there was no answer.
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.HTTPStatusCode() > 0 {
		return e.HTTPStatusCode() >= 500 || e.HTTPStatusCode() == 429
	}
	_, net := errors.AsType[net.Error](err)
	_, sent := errors.AsType[*smithyhttp.RequestSendError](err)
	return net || sent
}

var quotaText = regexp.MustCompile(
	`service limit '([^']+)' is ([0-9]+) .*current utilization of ([0-9]+)`)

// quotaLimit reports whether an error is a refusal because of a quota, with the quota's name and
// value. waits is true if the quota is in use, so that waiting helps.
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

// withCredentials makes a call, and repeats it while it fails because of expired credentials. It
// waits for new ones: what runs in the account does not depend on them. warn is called once when
// they have expired, and once when they work again. Other errors are returned in short form.
func (c *Cloud) withCredentials(ctx context.Context, warn func(string), call func() error) error {
	w, warned := c.waiter(), false
	for {
		err := call()
		switch {
		case err == nil && warned:
			warn("the credentials were renewed; continuing")
			return nil
		case !isExpired(err):
			return shortError(err)
		}
		if !warned {
			warned = true
			warn("the AWS credentials have expired: renew them, and this continues by itself; " +
				"jobs in the cloud keep running")
		}
		if err := w.wait(ctx, true); err != nil {
			return err
		}
		if err := c.refresh(ctx); err != nil {
			return err
		}
	}
}

// refresh renews the clients, one caller at a time.
func (c *Cloud) refresh(ctx context.Context) error {
	c.renewal.Lock()
	defer c.renewal.Unlock()
	return c.renew(ctx)
}

// shortError reduces an SDK error to the operation, the code and the message, or to what a server
// answered that is none of AWS. errors.Is and errors.As still see the whole error.
func shortError(err error) error {
	if _, short := errors.AsType[*serviceError](err); err == nil || short {
		return err
	}
	if short := serverError(err); short != nil {
		return short
	}
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
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

// A serviceError has a short text and wraps the SDK's whole error, so that its class can still be
// found.
type serviceError struct {
	err  error
	text string
}

func (e *serviceError) Error() string { return e.text }
func (e *serviceError) Unwrap() error { return e.err }
