package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"snellen/engine/shared"
	"snellen/engine/step"
)

// The texts of the SDK quote addresses, requests and answers, which are long and may hold what is
// secret. So an error is put in words here. None of them is a server's, but for codes of letters
// alone.

// A provider marks the errors of the credentials' sources.
type provider struct{ aws.CredentialsProvider }

func (p provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := p.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		err = &credentialsError{err}
	}
	return c, err
}

type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return "no credentials" }
func (e *credentialsError) Unwrap() error { return e.err }

// A timeoutError is the cause of a context that ended because a server was slow.
type timeoutError struct{ text string }

func (e *timeoutError) Error() string { return e.text }

func lateError(limit time.Duration) error {
	return &timeoutError{fmt.Sprintf("did not answer within %v", limit.Round(time.Millisecond))}
}

func stalledError(l limits) error {
	return &timeoutError{fmt.Sprintf("is too slow: less than %d KiB in %v", l.least>>10, l.window)}
}

// server names the server for messages.
func (b *Bucket) server() string {
	if b.host != "" {
		return b.host
	}
	return "S3"
}

// foreign returns the error of a server that does not answer as S3 does.
func (b *Bucket) foreign(how string) error {
	hint := "is the endpoint right? Without one, requests go to AWS"
	if b.host == "" {
		hint = "does a proxy answer in its place? See HTTPS_PROXY in the environment"
	}
	return step.WithHint(fmt.Errorf("%s does not answer as an S3: %s", b.server(), how), hint)
}

// codeOf returns the code of a service's error, or "". A code has letters alone.
func codeOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok && codeForm.MatchString(e.ErrorCode()) {
		return e.ErrorCode()
	}
	return ""
}

var (
	codeForm   = regexp.MustCompile(`^[A-Za-z]{3,40}$`)
	regionForm = regexp.MustCompile(`^[a-z0-9-]{4,30}$`)
)

// answerOf returns the answer that an error is about, or nil. The SDK has an empty one where there
// was none.
func answerOf(err error) *http.Response {
	e, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || e.Response == nil || e.Response.Response == nil || e.HTTPStatusCode() == 0 {
		return nil
	}
	return e.Response.Response
}

// explainWrite is explain for a write under a condition.
func (b *Bucket) explainWrite(ctx context.Context, call string, err error, when shared.When) error {
	switch codeOf(err) {
	case "PreconditionFailed", "ConditionalRequestConflict":
		if (when != shared.When{}) {
			return shared.ErrChanged
		}
	case "NoSuchKey":
		if when.Tag != "" {
			return shared.ErrChanged
		}
	}
	if err = b.explain(ctx, call, err); errors.Is(err, shared.ErrAbsent) {
		return b.foreign("what was to be written is not there")
	}
	return err
}

// explain puts an error of the SDK in words. ctx is the call's.
func (b *Bucket) explain(ctx context.Context, call string, err error) error {
	if _, ok := errors.AsType[*credentialsError](err); ok {
		if errors.Is(context.Cause(ctx), context.Canceled) {
			return context.Canceled
		}
		return step.WithHint(errors.New("there are no AWS credentials, or they cannot be renewed"),
			"type aws sso login or aws configure, or set AWS_PROFILE; "+
				"aws sts get-caller-identity says whether they work")
	}
	if ctx.Err() != nil {
		if slow, ok := errors.AsType[*timeoutError](context.Cause(ctx)); ok {
			return fmt.Errorf("%s %w", b.server(), slow)
		}
		return ctx.Err()
	}
	if answer := answerOf(err); answer != nil {
		return b.explainAnswer(call, codeOf(err), answer, err)
	}
	return b.explainNetwork(err)
}

// explainAnswer puts an error in words for which there is an answer.
func (b *Bucket) explainAnswer(call, code string, answer *http.Response, err error) error {
	switch code {
	case "NoSuchKey":
		b.known.Store(true)
		return shared.ErrAbsent
	case "NotFound":
		if call == "head" && answer.StatusCode == http.StatusNotFound {
			return shared.ErrAbsent
		}
	case "NoSuchBucket":
		return step.WithHint(fmt.Errorf("there is no bucket %s", b.setup.Bucket),
			"is its name right? If it is new: aws s3 mb s3://"+b.setup.Bucket)
	case "AccessDenied", "Forbidden", "AllAccessDisabled":
		return step.WithHint(fmt.Errorf("access to %s is denied (%s)", b.URL(), call),
			"the credentials need s3:ListBucket, without which what is absent is denied, too, and "+
				"s3:GetObject; to write, also s3:PutObject, s3:AbortMultipartUpload and "+
				"s3:DeleteObject")
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken",
		"TokenRefreshRequired", "InvalidClientTokenId":
		return step.WithHint(fmt.Errorf("%s refuses the credentials: %s", b.server(), code),
			"renew them by aws sso login, or choose others by AWS_PROFILE")
	case "RequestTimeTooSkewed", "RequestExpired":
		return step.WithHint(fmt.Errorf("%s says that this machine's clock is wrong", b.server()),
			"set the clock")
	case "SlowDown", "TooManyRequests", "Throttling", "ThrottlingException":
		return fmt.Errorf("%s is asked too often", b.server())
	}
	region := answer.Header.Get("X-Amz-Bucket-Region")
	switch status := answer.StatusCode; {
	case status/100 == 3 || code == "AuthorizationHeaderMalformed":
		if regionForm.MatchString(region) {
			return step.WithHint(
				fmt.Errorf("the bucket %s is in the region %s", b.setup.Bucket, region),
				fmt.Sprintf("write region = %q", region))
		}
		return b.foreign(fmt.Sprintf("it sends requests elsewhere, with status %d", status))
	case status >= 500:
		return fmt.Errorf("%s failed, with status %d", b.server(), status)
	case status/100 == 2:
		if cause := b.explainNetwork(err); answered(err) {
			return cause
		}
		return b.foreign(fmt.Sprintf("its answer cannot be read, with status %d", status))
	case code == "" || code == "UnknownError" || code == "NotFound":
		return b.foreign(fmt.Sprintf("status %d, without a reason", status))
	}
	return fmt.Errorf("%s refuses to %s: %s", b.server(), call, code)
}

// answered reports whether an error is one of the connection, after an answer has begun.
func answered(err error) bool {
	_, net := errors.AsType[net.Error](err)
	return net
}

// explainNetwork puts an error in words for which there is no answer.
func (b *Bucket) explainNetwork(err error) error {
	dial, ok := errors.AsType[*net.OpError](err)
	if ok && dial.Op == "proxyconnect" {
		return step.WithHint(fmt.Errorf("%s is not reached: its proxy is not", b.server()),
			"see HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment")
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return step.WithHint(
			fmt.Errorf("%s is not reached: there is no address of %.100q", b.server(), dns.Name),
			"is this machine online, and the endpoint right?")
	}
	if ok && dial.Op == "dial" {
		return step.WithHint(fmt.Errorf("%s is not reached: %w", b.server(), dial.Err),
			"is this machine online, and the endpoint right?")
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, other := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	if unknown || other || invalid {
		return step.WithHint(fmt.Errorf("the certificate of %s is not trusted", b.server()),
			"name the file of your authority in AWS_CA_BUNDLE")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return b.foreign("it does not speak TLS")
	}
	if errors.Is(err, errLong) {
		return b.foreign("its answer does not end")
	}
	if _, ok := errors.AsType[net.Error](err); ok || lost(err) {
		return fmt.Errorf("the connection to %s was lost", b.server())
	}
	return b.foreign("its answer cannot be read")
}
