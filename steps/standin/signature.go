package standin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A signature of version 4 is
//
//	AWS4-HMAC-SHA256 Credential=AKID/20261124/us-east-1/sagemaker/aws4_request,
//	    SignedHeaders=host;x-amz-date, Signature=0123...
var signature = lazy(
	`^AWS4-HMAC-SHA256 Credential=([\w-]{1,128})/(\d{8})/([a-z0-9-]+)/([a-z-]+)/aws4_request, ?` +
		`SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$`)

var signingDate = lazy(`^\d{8}T\d{6}Z$`)

// priceRegions are the regions of the price list. STS can be called in any region.
var priceRegions = []string{"us-east-1", "eu-central-1", "ap-south-1"}

// signed checks that a request is signed for this region and its service, and by whom.
func (s *Server) signed(r *http.Request, q *request) error {
	header := r.Header.Get("Authorization")
	if header == "" {
		return &refusal{http.StatusForbidden, "MissingAuthenticationTokenException",
			"Missing Authentication Token"}
	}
	m := signature().FindStringSubmatch(header)
	if m == nil || !signingDate().MatchString(r.Header.Get("X-Amz-Date")) ||
		m[2] != r.Header.Get("X-Amz-Date")[:8] {
		return &refusal{http.StatusForbidden, "IncompleteSignatureException",
			"Authorization header is not a complete signature of version 4"}
	}
	key, region, service := m[1], m[3], m[4]
	if !s.serves(q.service, region) {
		return &refusal{http.StatusForbidden, "InvalidSignatureException",
			fmt.Sprintf("Credential should be scoped to a valid region, not '%s'. ", region)}
	}
	if service != q.service {
		return &refusal{http.StatusForbidden, "InvalidSignatureException",
			fmt.Sprintf("Credential should be scoped to correct service: '%s'. ", q.service)}
	}
	if err := s.verify(r, q, m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.expired[key] || s.expired[""] {
		status, code := http.StatusBadRequest, "ExpiredTokenException"
		if q.service == "sts" {
			status, code = http.StatusForbidden, "ExpiredToken"
		}
		return &refusal{status, code, "The security token included in the request is expired"}
	}
	return nil
}

// verify checks a signature against the server's credentials, since another user of this machine
// may find the port. It signs the request again, which has to give the same. m are the parts of the
// request's header, as the pattern has them.
func (s *Server) verify(r *http.Request, q *request, m []string) error {
	c := s.options.Credentials
	if c.AccessKeyID == "" {
		return nil
	}
	unknown := &refusal{http.StatusForbidden, "UnrecognizedClientException",
		"The security token included in the request is invalid."}
	if m[1] != c.AccessKeyID {
		return unknown
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return unknown
	}
	again := &http.Request{Method: r.Method, Host: r.Host, Header: http.Header{},
		URL: &url.URL{Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath,
			RawQuery: r.URL.RawQuery}}
	for name := range strings.SplitSeq(m[5], ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	sum := sha256.Sum256(q.sent)
	err = v4.NewSigner().SignHTTP(r.Context(), c, again, hex.EncodeToString(sum[:]), m[4], m[3], at)
	got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization")
	tail := min(len(got), len(want), signatureLength)
	if err != nil || subtle.ConstantTimeCompare([]byte(got[len(got)-tail:]),
		[]byte(want[len(want)-tail:])) != 1 {
		return &refusal{http.StatusForbidden, "InvalidSignatureException", "The request " +
			"signature we calculated does not match the signature you provided. Check your AWS " +
			"Secret Access Key and signing method."}
	}
	return nil
}

// signatureLength is that of a signature, in hexadecimal digits, at the end of its header.
const signatureLength = 64

func (s *Server) serves(service, region string) bool {
	switch service {
	case "pricing":
		return slices.Contains(priceRegions, region)
	case "sts":
		return true
	}
	return region == s.options.Region
}

// Expire refuses the credentials of that access key, or all if it is "", from now on, as after the
// end of a session.
func (s *Server) Expire(accessKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired[accessKey] = true
}

// Renew accepts them again.
func (s *Server) Renew(accessKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.expired, accessKey)
}

// lazy compiles a pattern on its first use. That saves the start of every command a millisecond.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
