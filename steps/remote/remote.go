// Package remote opens the bucket of a shared store by its URL. A bucket of S3 is reached through a
// program of its own, snellen-remote, so that snellen links no SDK: that would cost each of its
// starts some milliseconds. The program is started at the first request, and serves all of them.
package remote

import (
	"os"
	"path/filepath"

	"snellen/engine/shared"
	"snellen/engine/shared/folder"
	"snellen/specs/sharedurl"
)

// Settings say which bucket to open.
type Settings struct {
	URL      sharedurl.URL
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
func Open(s Settings) shared.Bucket {
	if s.URL.Scheme == sharedurl.File {
		return folder.Open(filepath.FromSlash(s.URL.Folder))
	}
	if s.Program == nil {
		panic("BUG: nobody says where snellen-remote is")
	}
	return newClient(Setup{s.URL.Bucket, s.URL.Prefix, s.Region, s.Endpoint, s.Profile}, s)
}

func environ(s Settings) []string {
	if s.Env == nil {
		return os.Environ()
	}
	return s.Env
}
