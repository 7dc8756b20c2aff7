// Package remote opens the bucket of a shared store by its URL. A bucket of S3 is reached through a
// program of its own, snellen-remote, so that snellen links no SDK: that would cost each of its
// starts some milliseconds. The program is started at the first request, and serves all of them.
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"

	"snellen/engine/shared"
	"snellen/engine/shared/folder"
	"snellen/engine/step"
)

// Settings say which bucket to open.
type Settings struct {
	URL      string // s3://BUCKET/PREFIX or file:///FOLDER
	Region   string // for S3; "": the environment's
	Endpoint string // of an S3 that is none of AWS: http://HOST:PORT; "": the environment's
	Profile  string // of ~/.aws/config; "": the environment's

	// Program returns the path of snellen-remote. It is called at the first request.
	Program func() (string, error)

	// Env is the whole environment of snellen-remote; nil: this process's. The AWS SDK reads AWS_*,
	// HOME, the proxies and SSL_CERT_*, and a credential_process may need any other.
	Env []string
}

// Open returns the bucket that the settings name. It makes no request and starts no program. The
// caller calls Close.
func Open(_ context.Context, s Settings) (shared.Bucket, error) {
	setup, dir, err := s.parse()
	if err != nil {
		return nil, err
	}
	if dir != "" {
		return folder.Open(dir), nil
	}
	if s.Program == nil {
		return nil, errors.New("BUG: nobody says where snellen-remote is")
	}
	return newClient(setup, s), nil
}

// Check returns an error where Open would.
func (s Settings) Check() error {
	_, _, err := s.parse()
	return err
}

// parse returns where a bucket of S3 is, or the folder that is one.
func (s Settings) parse() (setup Setup, dir string, err error) {
	if rest, ok := strings.CutPrefix(s.URL, "s3://"); ok {
		setup, err = s.parseS3(rest)
	} else if rest, ok := strings.CutPrefix(s.URL, "file://"); ok {
		dir, err = s.parseFile(rest)
	} else {
		err = step.WithHint(fmt.Errorf("a shared store cannot have the URL %s", shown(s.URL)),
			"write s3://BUCKET/PREFIX, or file:///FOLDER for a folder that all machines see")
	}
	return setup, dir, err
}

// plain reports whether a part of a URL is what it seems: none that a browser would read in another
// way, and none that hides in a terminal.
func plain(text string) bool {
	return !strings.ContainsAny(text, `%?#\`) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == unicode.ReplacementChar
	})
}

// shown returns a text for a message, without what may be a password or a signature in it.
func shown(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		text = "..." + text[i:]
	}
	if before, _, more := strings.Cut(text, "?"); more {
		text = before + "?..."
	}
	return fmt.Sprintf("%.100q", text)
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// maxText bounds a prefix and a profile's name, in bytes.
const maxText = 200

func goodPrefix(prefix string) bool {
	return fs.ValidPath(prefix) && prefix != "." && len(prefix) <= maxText && plain(prefix)
}

func goodProfile(name string) bool {
	return len(name) <= maxText && !strings.ContainsFunc(name, unicode.IsControl)
}

// parseS3 parses what follows s3://.
func (s Settings) parseS3(rest string) (Setup, error) {
	bucket, prefix, _ := strings.Cut(rest, "/")
	prefix = strings.TrimSuffix(prefix, "/")
	fail := func(text string, args ...any) (Setup, error) {
		return Setup{}, step.WithHint(fmt.Errorf(text, args...),
			"write s3://BUCKET/PREFIX, such as s3://lab/snellen, without user, port or query")
	}
	switch {
	case !bucketName.MatchString(bucket) || strings.Contains(bucket, ".."):
		return fail("no bucket of S3 can have the name %s", shown(bucket))
	case strings.HasSuffix(rest, "//") || prefix != "" && !goodPrefix(prefix):
		return fail("a prefix in a bucket cannot be %s", shown(prefix))
	case s.Region != "" && !regionName.MatchString(s.Region):
		return Setup{}, step.WithHint(fmt.Errorf("no region can have the name %.100q", s.Region),
			"write one such as eu-central-1")
	case !goodProfile(s.Profile):
		return Setup{}, fmt.Errorf("no profile can have the name %.100q", s.Profile)
	}
	endpoint, err := checkEndpoint(s.Endpoint)
	return Setup{bucket, prefix, s.Region, endpoint, s.Profile}, err
}

// checkEndpoint returns an endpoint in its plain form.
func checkEndpoint(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || u.Opaque != "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" ||
		u.ForceQuery || u.Fragment != "" || !plain(text) {
		err = errors.New("the endpoint of an S3 is no plain URL") // which may hold a password
		return "", step.WithHint(err, "write https://HOST or http://HOST:PORT, and nothing else")
	}
	return u.Scheme + "://" + u.Host, nil
}

// parseFile parses what follows file://.
func (s Settings) parseFile(rest string) (string, error) {
	if other := cmp.Or(s.Region, s.Endpoint, s.Profile); other != "" {
		return "", step.WithHint(errors.New("a folder has no region, endpoint or profile"),
			"these are for s3:// alone: remove them")
	}
	path := rest
	if len(path) > 3 && path[2] == ':' && runtime.GOOS == "windows" { // /C:/folder
		path = path[1:]
	}
	dir := filepath.FromSlash(path)
	trimmed := strings.TrimSuffix(path, "/")
	if !strings.HasPrefix(rest, "/") || !plain(rest) || !filepath.IsAbs(dir) || trimmed == "" ||
		filepath.ToSlash(filepath.Clean(dir)) != trimmed || strings.HasPrefix(rest, "//") {
		return "", step.WithHint(fmt.Errorf("a shared folder cannot have the URL %s", shown(s.URL)),
			"write file:// and the folder's absolute path, such as file:///nfs/lab/snellen, "+
				"without %, ?, #, .. or a host")
	}
	return filepath.Clean(dir), nil
}

func environ(s Settings) []string {
	if s.Env == nil {
		return os.Environ()
	}
	return s.Env
}
