package remote_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"snellen/engine/shared"
	"snellen/engine/shared/bucketsuite"
	"snellen/engine/step"
	"snellen/specs/sharedurl"
	"snellen/steps/remote"
	"snellen/steps/remote/s3"
	"snellen/steps/standin"
)

// role has the test program play snellen-remote.
const role = "SNELLEN_TEST_REMOTE"

const region = "us-east-1"

// storage starts one real S3 server for all tests. Each test has a prefix of its own.
var storage = sync.OnceValues(func() (*standin.S3, error) {
	s, err := standin.TemporaryS3(context.Background(), region)
	if err == nil {
		started, err = s, s.Bucket(context.Background(), "bucket")
	}
	return s, err
})

// started is the storage that a test started.
var started *standin.S3

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "dead":
		fmt.Fprintln(os.Stderr, "it has no luck")
		os.Exit(3)
	case "old":
		fmt.Println(`{"type":"hello","protocol":1}`)
		io.Copy(io.Discard, os.Stdin)
		return
	case "babbling":
		fmt.Println("hello")
		io.Copy(io.Discard, os.Stdin)
		return
	case "mortal": // it dies of a certain name
		in, requests := io.Pipe()
		go func() {
			lines := bufio.NewScanner(os.Stdin)
			for lines.Scan() {
				if strings.Contains(lines.Text(), `"name":"die"`) {
					fmt.Fprintln(os.Stderr, "it has no luck")
					os.Exit(3)
				}
				fmt.Fprintln(requests, lines.Text())
			}
			requests.Close()
		}()
		s3.Serve(context.Background(), in, os.Stdout)
		return
	case "good":
		if err := s3.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if started != nil {
		started.Close()
	}
	os.Exit(code)
}

var prefixes atomic.Int64

// settings are those of an empty bucket of the real server.
func settings(t testing.TB) remote.Settings {
	t.Helper()
	store, err := storage()
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	return of(store, fmt.Sprintf("p%d/x", prefixes.Add(1)))
}

// of are the settings of a bucket of a server.
func of(store *standin.S3, prefix string) remote.Settings {
	return remote.Settings{
		URL:      sharedurl.URL{Scheme: sharedurl.S3, Bucket: "bucket", Prefix: prefix},
		Endpoint: store.URL,
		Program:  os.Executable,
		Env: []string{role + "=good", "AWS_ACCESS_KEY_ID=" + store.AccessKey,
			"AWS_SECRET_ACCESS_KEY=" + store.SecretKey, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
			"AWS_CONFIG_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true"},
	}
}

func open(t testing.TB, s remote.Settings) shared.Bucket {
	t.Helper()
	return remote.Open(s)
}

func TestBucket(t *testing.T) {
	bucketsuite.Run(t, func(t *testing.T) shared.Bucket { return open(t, settings(t)) })
}

// TestChild: what goes wrong with the program is an error of the bucket, and the next request starts
// it again.
func TestChild(t *testing.T) {
	broken := func(what string, b shared.Bucket, text, hint string) {
		t.Helper()
		_, _, err := b.Get(t.Context(), "a", 1)
		if err == nil || !strings.Contains(err.Error(), text) || !strings.Contains(step.Hint(err), hint) ||
			errors.Is(err, shared.ErrAbsent) {
			t.Errorf("%s: %v, hint %q", what, err, step.Hint(err))
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	s := settings(t)
	s.Program = func() (string, error) { return "", step.WithHint(errors.New("nowhere"), "look") }
	broken("no program is known", open(t, s), "nowhere", "look")
	s.Program = func() (string, error) { return filepath.Join(t.TempDir(), "none"), nil }
	broken("no program is there", open(t, s), "no such file", "make build")
	for as, text := range map[string]string{"dead": "exit status 3: it has no luck", "old": "speaks protocol 1",
		"babbling": "not JSON"} {
		s := settings(t)
		s.Env = append(s.Env, role+"="+as)
		broken(as, open(t, s), text, "")
	}
	s = settings(t)
	s.Env = append(s.Env, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=")
	broken("no credentials", open(t, s), "there are no AWS credentials", "aws sso login")
	s = settings(t)
	s.Profile = "nobody's"
	broken("no profile", open(t, s), "there is no AWS profile", "aws configure list-profiles")
	s = settings(t)
	s.Endpoint, s.Env = "http://s3.example.com", append(s.Env, "HTTP_PROXY=http://user:pass@127.0.0.1:1")
	broken("a proxy that is not there", open(t, s), "s3.example.com is not reached: its proxy is not", "HTTPS_PROXY")
	s = settings(t)
	s.URL.Bucket = "no-such-bucket"
	broken("no bucket", open(t, s), "there is no bucket no-such-bucket", "aws s3 mb")
}

// TestDies: all requests under way fail where the program dies, and later ones start another.
func TestDies(t *testing.T) {
	s := settings(t)
	s.Env = append(s.Env, role+"=mortal")
	b := open(t, s)
	defer b.Close()
	if _, err := b.Put(t.Context(), "a", []byte("x"), shared.When{}); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o666), os.Truncate(large, 500<<20)); err != nil {
		t.Fatal(err)
	}
	var dying sync.Once
	var all sync.WaitGroup
	die := func() {
		all.Go(func() {
			if _, err := b.Stat(t.Context(), "die"); err == nil || !strings.Contains(err.Error(), "no luck") {
				t.Errorf("stat: %v", err)
			}
		})
	}
	_, err := b.Send(t.Context(), "large", large, shared.When{}, func(int64) { dying.Do(die) })
	all.Wait()
	if err == nil || !strings.Contains(err.Error(), "exit status 3: it has no luck") {
		t.Errorf("send: %v", err)
	}
	if data, _, err := b.Get(t.Context(), "a", 1); err != nil || string(data) != "x" {
		t.Errorf("get, by another program: %q, %v", data, err)
	}
}

// TestMaxSmall: a blob that no line between the programs could hold is no small one.
func TestMaxSmall(t *testing.T) {
	b := open(t, settings(t))
	defer b.Close()
	const most = 16 << 20
	if _, err := b.Put(t.Context(), "a", make([]byte, most+1), shared.When{}); !errors.Is(err, shared.ErrTooLarge) {
		t.Errorf("put: %v", err)
	}
	if _, err := b.Put(t.Context(), "a", make([]byte, most), shared.When{}); err != nil {
		t.Fatal(err)
	}
	if data, _, err := b.Get(t.Context(), "a", 1<<40); err != nil || len(data) != most {
		t.Errorf("get: %d bytes, %v", len(data), err)
	}
}

// TestEndlessListing: a listing that goes on and on is given up, whether its names are good or not.
func TestEndlessListing(t *testing.T) {
	for _, key := range []string{"%09d", "%09d/"} {
		pages := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pages++
			io.WriteString(w, "<ListBucketResult><IsTruncated>true</IsTruncated>")
			for i := range 1000 {
				fmt.Fprintf(w, "<Contents><Key>"+key+"</Key><Size>1</Size></Contents>", 1000*pages+i)
			}
			io.WriteString(w, "</ListBucketResult>")
		}))
		defer server.Close()
		s := settings(t)
		s.URL.Prefix, s.Endpoint = "", server.URL
		b := open(t, s)
		remote.SetMostNames(b, 10_000)
		names := 0
		err := b.List(t.Context(), "", func(page []shared.Blob) error {
			names += len(page)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "more than 10000 names") || names > 11_000 || pages > 21 {
			t.Errorf("%s: %d names on %d pages, %v", key, names, pages, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkGet compares a Get through the program with one in this process.
func BenchmarkGet(b *testing.B) {
	through := open(b, settings(b))
	defer through.Close()
	if _, err := through.Put(b.Context(), "a", make([]byte, 2000), shared.When{}); err != nil {
		b.Fatal(err)
	}
	b.Setenv("AWS_ACCESS_KEY_ID", started.AccessKey)
	b.Setenv("AWS_SECRET_ACCESS_KEY", started.SecretKey)
	within, err := s3.Open(b.Context(), remote.Setup{Bucket: "bucket", Region: region, Endpoint: started.URL,
		Prefix: strings.TrimPrefix(through.URL(), "s3://bucket/")})
	if err != nil {
		b.Fatal(err)
	}
	get := func(b *testing.B, from shared.Bucket) {
		if _, _, err := from.Get(b.Context(), "a", 1<<20); err != nil {
			b.Fatal(err)
		}
	}
	for name, from := range map[string]shared.Bucket{"through": through, "within": within} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				get(b, from)
			}
		})
		b.Run(name+"/1000 at 64", func(b *testing.B) {
			for b.Loop() {
				var all sync.WaitGroup
				next := make(chan struct{})
				for range 64 {
					all.Go(func() {
						for range next {
							get(b, from)
						}
					})
				}
				for range 1000 {
					next <- struct{}{}
				}
				close(next)
				all.Wait()
			}
		})
	}
}

// TestCare looks after a bucket of a server whose files are at hand.
func TestCare(t *testing.T) {
	program, err := standin.FindS3(t.Context())
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	dir := t.TempDir()
	server, err := standin.StartS3(t.Context(), program, dir, region)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.Bucket(t.Context(), "bucket"); err != nil {
		t.Fatal(err)
	}
	n := 0
	bucketsuite.Care(t, func(t *testing.T) (shared.Bucket, string) {
		n++
		prefix := fmt.Sprintf("p%d", n)
		return open(t, of(server, prefix)), filepath.Join(dir, "objects", "bucket", prefix)
	})
}
