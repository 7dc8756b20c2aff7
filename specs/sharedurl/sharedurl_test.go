package sharedurl

import (
	"errors"
	"path"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"s3://lab/snellen":           "s3://lab/snellen",
		"S3://lab/a/b/":              "s3://lab/a/b",
		"s3://lab":                   "s3://lab",
		"s3://lab/":                  "s3://lab",
		"s3://a.b-1/Team=x_1+2/v1.0": "s3://a.b-1/Team=x_1+2/v1.0",
		"file:///nfs/lab":            "file:///nfs/lab",
		"FILE:///nfs//lab/./x/":      "file:///nfs/lab/x",
		"file:///nfs/my lab":         "file:///nfs/my%20lab",
		"file:///nfs/my%20lab":       "file:///nfs/my%20lab",
		"file:///a%3Fb%23c%25d/@é":   "file:///a%3Fb%23c%25d/@%C3%A9",
	} {
		u, err := Parse(text)
		if err != nil || u.String() != want {
			t.Errorf("%s is %s, %v; want %s", text, u, err, want)
		}
	}
	u, err := Parse("s3://lab/a/b/")
	if want := (URL{Scheme: S3, Bucket: "lab", Prefix: "a/b"}); err != nil || u != want {
		t.Errorf("%+v, %v", u, err)
	}
	u, err = Parse("file:///nfs/my%20lab/")
	if want := (URL{Scheme: File, Folder: "/nfs/my lab"}); err != nil || u != want {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		text, message, hint string
		secret              bool
	}{
		{"", "begins with s3:// or file://", "write s3://BUCKET", false},
		{"lab/snellen", "begins with s3:// or file://", "write s3://BUCKET", false},
		{"s3:lab", "begins with s3:// or file://", "write s3://BUCKET", false},
		{"/nfs/my lab", "is written as a URL", "write file:///nfs/my%20lab", false},
		{"https://lab.s3.amazonaws.com/x", "begins with s3:// or file://", "as endpoint", false},
		{"arn:aws:s3:::lab", "begins with s3:// or file://", "write s3://BUCKET", false},
		{"s3://", "followed by a bucket's name", "s3://BUCKET", false},
		{"s3:///lab", "followed by a bucket's name", "s3://BUCKET", false},
		{"s3://ab", "has 2 bytes", "3 to 63", false},
		{"s3://" + strings.Repeat("a", 64), "has 64 bytes", "3 to 63", false},
		{"s3://Lab", `"Lab" is no bucket's name`, "small letters", false},
		{"s3://lab_x", `"lab_x" is no bucket's name`, "small letters", false},
		{"s3://-lab", `"-lab" is no bucket's name`, "begins and ends", false},
		{"s3://lab.", `"lab." is no bucket's name`, "begins and ends", false},
		{"s3://la..b", `"la..b" is no bucket's name`, "single dots", false},
		{"s3://10.0.0.1", "is an address", "", false},
		{"s3://lab:9000/x", `"lab:9000" is no bucket's name`, "", false},
		{"s3://lab/a//b", "no empty parts", "single slashes", false},
		{"s3://lab//", "no empty parts", "single slashes", false},
		{"s3://lab/../x", `no ".."`, "", false},
		{"s3://lab/./x", `no "."`, "", false},
		{"s3://lab/a b", `"a b" cannot`, "use letters", false},
		{"s3://lab/a%20b", `"a%20b" cannot`, "use letters", false},
		{"s3://lab/" + strings.Repeat("a", 513), "513 bytes is too long", "shorten", false},
		{"file://nfs/lab", "absolute path", "three slashes", false},
		{"file://localhost/lab", "absolute path", "three slashes", false},
		{"file://", "absolute path", "three slashes", false},
		{"file:///", "the root folder", "", false},
		{"file:///.", "the root folder", "", false},
		{"file:///nfs/../etc", `no ".."`, "", false},
		{"file:///nfs/%2e%2E/etc", `no ".."`, "", false},
		{"file:///nfs/%2e./etc", `no ".."`, "", false},
		{"file:///nfs/100%", "percent sign", "%25", false},
		{"file:///nfs/%00", "control characters", "", false},
		{"file:///nfs/%ff", "UTF-8", "", false},
		{"s3://me:hunter2@lab/x", "no user and no password", "credentials", true},
		{"https://hunter2@lab/x", "no user and no password", "credentials", true},
		{"me:hunter2@lab/x", "no user and no password", "credentials", true},
		{"s3://lab/x?key=hunter2", "no query", "leave out", true},
		{"s3://lab/x#hunter2", "no fragment", "leave out", true},
		{"file:///lab?hunter2", "no query", "%3F", true},
		{"file:///lab/hunter2\n", "control characters", "", true},
		{"s3://lab/hunter2\xff", "UTF-8", "", true},
		{"file:///lab/" + strings.Repeat(`"`, 1000), "3012 bytes, with its escapes, is too long",
			"shorten", false},
		{"s3://lab/hunter2" + strings.Repeat("/a", 1100), "is too long", "", true},
	} {
		u, err := Parse(c.text)
		refused(t, c.text, err, c.message, c.hint, c.secret)
		if u != (URL{}) {
			t.Errorf("%q is %+v beside an error", c.text, u)
		}
	}
}

// refused checks a text's error: what it says, what it hints at, and that it keeps a secret.
func refused(t *testing.T, text string, err error, message, hint string, secret bool) {
	t.Helper()
	p, ok := errors.AsType[*Problem](err)
	if !ok || !strings.Contains(p.Message, message) || !strings.Contains(p.Hint, hint) ||
		p.Secret != secret || strings.Contains(p.Message+p.Hint, "hunter2") {
		t.Errorf("%q: %+v", text, err)
	}
}

func TestParseEndpoint(t *testing.T) {
	for _, c := range []struct {
		text, want string
		exposed    bool
	}{
		{"https://minio.lab:9000", "https://minio.lab:9000", false},
		{"HTTPS://Minio.Lab/", "https://minio.lab", false},
		{"https://minio.lab:443", "https://minio.lab", false},
		{"http://minio.lab:80", "http://minio.lab", true},
		{"http://minio_1:9000", "http://minio_1:9000", true},
		{"http://10.0.0.1:443", "http://10.0.0.1:443", true},
		{"http://localhost:9000", "http://localhost:9000", false},
		{"http://s3.localhost", "http://s3.localhost", false},
		{"http://notlocalhost", "http://notlocalhost", true},
		{"http://127.1.2.3:9000", "http://127.1.2.3:9000", false},
		{"http://[::1]:9000", "http://[::1]:9000", false},
		{"http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]", false},
		{"http://[FD00::0:1]", "http://[fd00::1]", true},
		{"https://[fd00::1]:1", "https://[fd00::1]:1", false},
	} {
		e, err := ParseEndpoint(c.text)
		if err != nil || e.String() != c.want || e.Exposed() != c.exposed {
			t.Errorf("%s is %s, exposed %v, %v", c.text, e, e.Exposed(), err)
		}
	}
	for _, c := range []struct {
		text, message string
		secret        bool
	}{
		{"", "https:// address", false},
		{"minio.lab:9000", "https:// address", false},
		{"s3://minio.lab", "https:// address", false},
		{"https://minio.lab/s3", "no path", false},
		{"https://minio.lab//", "no path", false},
		{"https://", "no host", false},
		{"https://.", "no host", false},
		{"https://a..b", "no host", false},
		{"https://-a", "no host", false},
		{"https://a b", "no host", false},
		{"https://" + strings.Repeat("a.", 130) + "a", "no host", false},
		{"https://é.lab", "no host", false},
		{"https://::1", "no host", false},
		{"https://[1.2.3.4]", "no host", false},
		{"https://[fe80::1%25eth0]", "no host", false},
		{"https://[::1]9000", "no host", false},
		{"https://lab:", "no port", false},
		{"https://lab:0", "no port", false},
		{"https://lab:65536", "no port", false},
		{"https://lab:+1", "no port", false},
		{"https://me:hunter2@lab", "no user and no password", true},
		{"https://lab?hunter2", "no query", true},
		{"https://lab/hunter2" + strings.Repeat("a", 300), "too long", true},
	} {
		_, err := ParseEndpoint(c.text)
		refused(t, c.text, err, c.message, "", c.secret)
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"eu-west-1": true, "auto": true, "RegionOne": true, "us-gov-east-1": true, "": false,
		"eu west": false, "-eu": false, "eu.west": false, "eu_west": false, "eu-west-1.": false,
		"é": false, strings.Repeat("a", 64): false,
	} {
		if err := CheckRegion(name); (err == nil) != ok {
			t.Errorf("region %q: %v", name, err)
		}
	}
	for name, ok := range map[string]bool{
		"lab": true, "my lab": true, "a/b@c": true, "": false, "[a]": false, "a\nb": false,
		"\xff": false, strings.Repeat("a", 129): false,
	} {
		if err := CheckProfile(name); (err == nil) != ok {
			t.Errorf("profile %q: %v", name, err)
		}
	}
}

// FuzzParse checks that a URL or an endpoint is read as the same one in its normal form, within
// bounds, and that what is refused is refused with words that are safe to print.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"s3://lab/a/b", "file:///nfs/my%20lab", "file:///a/%2e%2e/b",
		"https://[::1]:9000/", "http://10.0.0.1:80", "s3://me:pw@lab", "https://\u212a:1",
		"file:///lab/" + strings.Repeat(`"`, 1000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := Parse(text)
		if err == nil {
			if again, err := Parse(u.String()); err != nil || again != u {
				t.Errorf("%q is %q, which is %+v, %v", text, u, again, err)
			}
			switch {
			case u.Scheme == S3 && checkBucket(u.Bucket) == nil && len(u.Prefix) <= maxPrefix &&
				path.Clean("/"+u.Prefix) == "/"+u.Prefix:
			case u.Scheme == File && path.Clean(u.Folder) == u.Folder && len(u.Folder) > 1 &&
				u.Folder[0] == '/' && !unprintable(u.Folder):
			default:
				t.Errorf("%q is %+v", text, u)
			}
		} else {
			printable(t, text, err)
		}
		e, err := ParseEndpoint(text)
		if err != nil {
			printable(t, text, err)
		} else if again, err := ParseEndpoint(e.String()); err != nil || again != e {
			t.Errorf("%q is %q, which is %+v, %v", text, e, again, err)
		}
	})
}

func printable(t *testing.T, text string, err error) {
	t.Helper()
	p, ok := errors.AsType[*Problem](err)
	if !ok || p.Message == "" || unprintable(p.Message+p.Hint) {
		t.Errorf("%q: %#v", text, err)
	}
}
