// Package sharedurl reads the URL of a shared store, s3://BUCKET/PREFIX or file:///FOLDER, and what
// else a spec says about how the store is reached. It opens nothing.
package sharedurl

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The schemes of a shared store.
const (
	S3   = "s3"   // a bucket of Amazon S3, or of a server that speaks its protocol
	File = "file" // a folder that several machines see
)

// Bounds. A blob's name follows the prefix in its key, and a key of S3 has 1,024 bytes at most.
const (
	maxURL    = 2048 // bytes
	maxPrefix = 512  // bytes
	minBucket = 3
	maxBucket = 63
)

// A URL says where a shared store is. Two that are equal name the same place. It holds no secret.
type URL struct {
	Scheme string // S3 or File
	Bucket string // of S3
	Prefix string // of S3: "", or parts between single slashes: "lab/snellen"
	Folder string // of File: absolute and clean, slash-separated
}

// A Problem is the error of all functions of this package: what is wrong with a text, and what to
// write instead. It quotes nothing that may be secret.
type Problem struct {
	Message, Hint string
	Secret        bool // the text may hold a password, and should not be shown
}

func (p *Problem) Error() string { return p.Message }

// forms is what to write for a URL.
const forms = "write s3://BUCKET/PREFIX or file:///FOLDER"

// Parse reads a URL. Its error is a *Problem.
func Parse(text string) (URL, error) {
	problem := common(text, maxURL)
	if problem != nil {
		return URL{}, problem
	}
	var u URL
	scheme, rest, found := strings.Cut(text, "://")
	switch scheme = strings.ToLower(scheme); {
	case found && scheme == S3:
		u, problem = parseS3(rest)
	case found && scheme == File:
		u, problem = parseFile(rest)
	case strings.HasPrefix(text, "/"):
		problem = &Problem{Message: "a shared store's folder is written as a URL",
			Hint: "write file://" + (&url.URL{Path: path.Clean(text)}).String()}
	case found && (scheme == "http" || scheme == "https"):
		problem = &Problem{Message: "a shared store's URL begins with s3:// or file://",
			Hint: "write s3://BUCKET/PREFIX, and the server's address as endpoint in the spec's " +
				"shared block, or in AWS_ENDPOINT_URL_S3"}
	default:
		problem = &Problem{Message: "a shared store's URL begins with s3:// or file://", Hint: forms}
	}
	if problem != nil {
		return URL{}, problem
	}
	return u, nil
}

// common returns what is wrong with a URL of any scheme. What it says quotes nothing, since a
// password may be anywhere in such a text.
func common(text string, most int) *Problem {
	host := text
	if _, rest, found := strings.Cut(text, "://"); found {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	switch {
	case len(text) > most:
		return &Problem{Message: fmt.Sprintf("a URL of %d bytes is too long; the limit is %d",
			len(text), most), Hint: "shorten it", Secret: true}
	case unprintable(text):
		return &Problem{Message: "a URL is one line of UTF-8 without control characters",
			Hint: forms, Secret: true}
	case strings.Contains(host, "@"):
		return &Problem{Message: "a URL must hold no user and no password, which would be recorded",
			Hint:   "leave them out: credentials come from the environment, or from AWS's own files",
			Secret: true}
	case strings.ContainsAny(text, "?#"):
		return &Problem{Message: "a shared store has no query and no fragment in its URL",
			Hint:   "leave out what begins with ? or #; in a folder's name they are %3F and %23",
			Secret: true}
	}
	return nil
}

func unprintable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
}

// parseS3 reads what follows s3://.
func parseS3(rest string) (URL, *Problem) {
	bucket, prefix, _ := strings.Cut(rest, "/")
	if problem := checkBucket(bucket); problem != nil {
		return URL{}, problem
	}
	if len(prefix) > maxPrefix {
		return URL{}, &Problem{Message: fmt.Sprintf("a prefix of %d bytes is too long; the limit "+
			"is %d", len(prefix), maxPrefix), Hint: "shorten it"}
	}
	if prefix != "" {
		prefix = strings.TrimSuffix(prefix, "/")
		for part := range strings.SplitSeq(prefix, "/") {
			if problem := checkPart(part); problem != nil {
				return URL{}, problem
			}
		}
	}
	return URL{Scheme: S3, Bucket: bucket, Prefix: prefix}, nil
}

// checkBucket applies the service's rules for the names of buckets.
func checkBucket(name string) *Problem {
	const rules = "a bucket's name has 3 to 63 small letters, digits, hyphens and single dots, and " +
		"begins and ends with a letter or a digit"
	message := ""
	_, noAddress := netip.ParseAddr(name)
	switch {
	case name == "":
		return &Problem{Message: "s3:// is followed by a bucket's name", Hint: forms}
	case len(name) < minBucket || len(name) > maxBucket:
		message = fmt.Sprintf("the bucket's name has %d bytes", len(name))
	case strings.ContainsFunc(name, func(r rune) bool {
		return !small(r) && r != '-' && r != '.'
	}), !small(rune(name[0])), !small(rune(name[len(name)-1])), strings.Contains(name, ".."):
		message = fmt.Sprintf("%q is no bucket's name", name)
	case noAddress == nil:
		message = fmt.Sprintf("%s is an address, and no bucket's name", name)
	default:
		return nil
	}
	return &Problem{Message: message, Hint: rules}
}

// small reports whether r is a small letter or a digit.
func small(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// checkPart checks a part of a prefix. What is allowed means the same in every tool: blanks and
// escapes do not.
func checkPart(part string) *Problem {
	switch {
	case part == "":
		return &Problem{Message: "a prefix has no empty parts", Hint: "write single slashes"}
	case part == "." || part == "..":
		return &Problem{Message: fmt.Sprintf("a prefix has no %q between slashes", part),
			Hint: "write the whole prefix"}
	case strings.ContainsFunc(part, func(r rune) bool {
		return !small(r) && (r < 'A' || r > 'Z') && !strings.ContainsRune("-_.=+", r)
	}):
		return &Problem{Message: fmt.Sprintf("%q cannot be a part of a prefix", part),
			Hint: "use letters, digits and - _ . = + between slashes"}
	}
	return nil
}

// parseFile reads what follows file://.
func parseFile(rest string) (URL, *Problem) {
	if !strings.HasPrefix(rest, "/") {
		return URL{}, &Problem{Message: "file:// is followed by a folder's absolute path",
			Hint: "write three slashes: file:///FOLDER"}
	}
	folder, err := url.PathUnescape(rest)
	if err != nil {
		return URL{}, &Problem{Message: "a percent sign is followed by no two hexadecimal digits",
			Hint: "write %25 for a percent sign"}
	}
	if unprintable(folder) {
		return URL{}, &Problem{Message: "a folder's path is UTF-8 without control characters",
			Hint: forms}
	}
	for part := range strings.SplitSeq(folder, "/") {
		if part == ".." {
			return URL{}, &Problem{Message: `a shared store's folder has no ".." in its path`,
				Hint: "write the whole path"}
		}
	}
	if folder = path.Clean(folder); folder == "/" {
		return URL{}, &Problem{Message: "the root folder cannot be a shared store",
			Hint: "name a folder of its own: file:///FOLDER"}
	}
	u := URL{Scheme: File, Folder: folder}
	if n := len(u.String()); n > maxURL { // what was written plainly may need escapes
		return URL{}, &Problem{Message: fmt.Sprintf("a URL of %d bytes, with its escapes, is too "+
			"long; the limit is %d", n, maxURL), Hint: "shorten it"}
	}
	return u, nil
}

// String returns the URL in its normal form, which Parse reads as the same URL.
func (u URL) String() string {
	switch u.Scheme {
	case S3:
		return S3 + "://" + strings.TrimSuffix(u.Bucket+"/"+u.Prefix, "/")
	case File:
		return (&url.URL{Scheme: File, Path: u.Folder}).String()
	}
	return ""
}
