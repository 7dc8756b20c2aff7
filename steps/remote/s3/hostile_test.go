package s3

import (
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/steps/remote"
)

const (
	testKey    = "AKIATESTKEYOFNOBODY0"
	testSecret = "test+secret/of+nobody"
)

// at opens a bucket at an endpoint that may do anything. It waits for little.
func at(t *testing.T, endpoint string) *Bucket {
	t.Helper()
	environment(t, testKey, testSecret)
	b := opened(t, remote.Setup{Bucket: "bucket", Prefix: "p", Region: region, Endpoint: endpoint})
	b.limits.patience, b.limits.window = 2*time.Second, 3*time.Second
	return b
}

// serve opens a bucket of a server that answers so.
func serve(t *testing.T, answer http.HandlerFunc) *Bucket {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return at(t, server.URL)
}

// calls are all calls of a bucket.
func calls(t *testing.T, b *Bucket) map[string]func(context.Context) error {
	from := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(from, []byte("small"), 0o666); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := errors.Join(os.WriteFile(large, nil, 0o666), os.Truncate(large, partSize+1)); err != nil {
		t.Fatal(err)
	}
	return map[string]func(context.Context) error{
		"get": func(ctx context.Context) error {
			_, _, err := b.Get(ctx, "a", 1<<20)
			return err
		},
		"stat": func(ctx context.Context) error {
			_, err := b.Stat(ctx, "a")
			return err
		},
		"put": func(ctx context.Context) error {
			_, err := b.Put(ctx, "a", []byte("x"), shared.When{Absent: true})
			return err
		},
		"list": func(ctx context.Context) error {
			return b.List(ctx, "", func([]shared.Blob) error { return nil })
		},
		"remove": func(ctx context.Context) error { return b.Remove(ctx, "a") },
		"fetch": func(ctx context.Context) error {
			_, err := b.Fetch(ctx, "a", filepath.Join(t.TempDir(), "to"), 1<<40, nil)
			return err
		},
		"send": func(ctx context.Context) error {
			_, err := b.Send(ctx, "a", from, shared.When{}, nil)
			return err
		},
		"send large": func(ctx context.Context) error {
			_, err := b.Send(ctx, "a", large, shared.When{}, nil)
			return err
		},
	}
}

// ask makes a call, whose error must be one of the bucket, short, and without secrets. Time and
// memory are bounded.
func ask(t *testing.T, name string, call func(context.Context) error, within time.Duration) (err error) {
	t.Helper()
	frugal(t, name, func() { err = timed(t, name, call, within) })
	return err
}

// frugal checks that what is done takes little memory.
func frugal(t *testing.T, name string, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
		t.Errorf("%s used %d MB", name, used>>20)
	}
}

// timed is ask without a bound of memory.
func timed(t *testing.T, name string, call func(context.Context) error, within time.Duration) error {
	t.Helper()
	begin := time.Now()
	err := call(t.Context())
	if took := time.Since(begin); took > within {
		t.Errorf("%s took %v", name, took)
	}
	if err == nil {
		return nil
	}
	text := err.Error() + step.Hint(err)
	for _, secret := range []string{testKey, testSecret, "Signature=", "Credential=", "X-Amz", "\n", "\x1b",
		"secret"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s: the error has %q: %s", name, secret, text)
		}
	}
	if len(err.Error()) > 160 {
		t.Errorf("%s: the error is long: %v", name, err)
	}
	return err
}

// broken checks that each call ends with an error of the bucket, which has one of the texts.
func broken(t *testing.T, b *Bucket, within time.Duration, texts ...string) {
	t.Helper()
	one := func(name string, call func(context.Context) error) {
		err := timed(t, name, call, within)
		if err == nil || errors.Is(err, shared.ErrAbsent) || errors.Is(err, shared.ErrChanged) ||
			errors.Is(err, shared.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
			return
		}
		found := false
		for _, text := range texts {
			found = found || strings.Contains(err.Error(), text)
		}
		if !found {
			t.Errorf("%s: %v; want %q", name, err, texts)
		}
	}
	frugal(t, "all calls", func() {
		var all sync.WaitGroup
		for name, call := range calls(t, b) {
			all.Go(func() { one(name, call) })
		}
		all.Wait()
	})
}

// raw opens a bucket of a server that takes connections and does with them what it wants.
func raw(t *testing.T, scheme string, do func(net.Conn)) *Bucket {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				do(c)
			}()
		}
	}()
	return at(t, scheme+"://"+l.Addr().String())
}

// most is how long a call may take that is repeated, with the waits in between.
const most = 20 * time.Second

func TestGarbage(t *testing.T) {
	t.Run("bytes", func(t *testing.T) {
		broken(t, raw(t, "http", func(c net.Conn) { io.WriteString(c, "garbage\r\n\r\n") }), most,
			"does not answer as an S3", "was lost")
	})
	t.Run("no TLS", func(t *testing.T) {
		broken(t, raw(t, "https", func(c net.Conn) { io.WriteString(c, strings.Repeat("garbage", 100)) }), most,
			"it does not speak TLS", "was lost")
	})
	t.Run("closes", func(t *testing.T) {
		broken(t, raw(t, "http", func(net.Conn) {}), most, "was lost")
	})
	t.Run("hangs", func(t *testing.T) {
		broken(t, raw(t, "http", func(c net.Conn) { io.Copy(io.Discard, c) }), most,
			"did not answer within", "is too slow: less than 1 KiB in 3s")
	})
	t.Run("hangs in TLS", func(t *testing.T) {
		broken(t, raw(t, "https", func(c net.Conn) { io.Copy(io.Discard, c) }), most,
			"did not answer within", "is too slow")
	})
	t.Run("endless headers", func(t *testing.T) {
		broken(t, raw(t, "http", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(c, "X-More: "+strings.Repeat("x", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}), most, "does not answer as an S3", "was lost")
	})
	t.Run("nobody", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		broken(t, at(t, "http://"+l.Addr().String()), most, "is not reached")
	})
}

func TestErrors(t *testing.T) {
	failure := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s secret</Message></Error>", code,
				r.Header.Get("Authorization"))
		}
	}
	for _, one := range []struct {
		status int
		code   string
		texts  []string
	}{
		{403, "AccessDenied", []string{"access to s3://bucket/p is denied"}},
		{403, "InvalidAccessKeyId", []string{"refuses the credentials: InvalidAccessKeyId", "access to"}},
		{404, "NoSuchBucket", []string{"there is no bucket bucket"}},
		{400, "ExpiredToken", []string{"refuses the credentials: ExpiredToken", "without a reason", "refuses to head"}},
		{500, "InternalError", []string{"failed, with status 500"}},
		{503, "SlowDown", []string{"is asked too often", "failed, with status 503"}},
		{400, testKey, []string{"without a reason", "refuses to head: BadRequest"}},
		{400, testSecret, []string{"without a reason", "refuses to head: BadRequest"}},
	} {
		t.Run(fmt.Sprint(one.status, one.code), func(t *testing.T) {
			broken(t, serve(t, failure(one.status, one.code)), most, one.texts...)
		})
	}
	t.Run("a web page", func(t *testing.T) {
		for _, status := range []int{200, 404, 403} {
			b := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(status)
				io.WriteString(w, "<!doctype html><p>secret")
			})
			for _, name := range []string{"list", "get", "stat", "send large"} {
				err := ask(t, name, calls(t, b)[name], most)
				if status == 200 && (name == "get" || name == "stat") {
					continue // it is a blob like any other
				}
				if err == nil || errors.Is(err, shared.ErrAbsent) {
					t.Errorf("%s, status %d: %v", name, status, err)
				}
			}
		}
	})
}

// TestEndless: what does not end is not read to its end.
func TestEndless(t *testing.T) {
	var sent atomic.Int64
	pour := func(w http.ResponseWriter, begin string, more []byte) {
		io.WriteString(w, begin)
		for {
			n, err := w.Write(more)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}
	zeros := make([]byte, 64<<10)
	ten := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(10<<30))
		w.Header().Set("ETag", `"x"`)
		pour(w, "", zeros)
	}
	chunks := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"x"`)
		pour(w, "", zeros)
	}
	for what, answer := range map[string]http.HandlerFunc{"10 GB": ten, "chunks": chunks} {
		b := serve(t, answer)
		sent.Store(0)
		get := func(ctx context.Context) error {
			_, _, err := b.Get(ctx, "a", 1<<20)
			return err
		}
		if err := ask(t, "get", get, 5*time.Second); !errors.Is(err, shared.ErrTooLarge) {
			t.Errorf("get of %s: %v", what, err)
		}
		to := filepath.Join(t.TempDir(), "to")
		fetch := func(ctx context.Context) error {
			_, err := b.Fetch(ctx, "a", to, 1<<20, nil)
			return err
		}
		if err := ask(t, "fetch", fetch, 5*time.Second); !errors.Is(err, shared.ErrTooLarge) {
			t.Errorf("fetch of %s: %v", what, err)
		}
		if fi, err := os.Stat(to); err == nil && fi.Size() > 1<<20 {
			t.Errorf("%d bytes of %s were written", fi.Size(), what)
		}
		// The rest is what the system's buffers hold.
		if n := sent.Load(); n > 64<<20 {
			t.Errorf("%d bytes of %s were read", n, what)
		}
	}
	item := []byte("<Contents><Key>p/a</Key><Size>1</Size></Contents>")
	for status, begin := range map[int]string{200: "<ListBucketResult>", 500: "<Error><Code>", 403: "<Error>"} {
		b := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			pour(w, begin, item)
		})
		sent.Store(0)
		for _, name := range []string{"list", "get", "put"} {
			if status == 200 && name == "get" {
				continue // as above
			}
			err := ask(t, name, calls(t, b)[name], most)
			if status != 200 || name == "list" {
				if err == nil || errors.Is(err, shared.ErrAbsent) {
					t.Errorf("endless %d for %s: %v", status, name, err)
				}
			}
		}
		if n := sent.Load(); n > 128<<20 {
			t.Errorf("%d bytes of an endless %d were read", n, status)
		}
	}
}

// TestDrip: a server that sends a byte now and then is given up.
func TestDrip(t *testing.T) {
	b := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Header().Set("ETag", `"x"`)
		for {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	for name, want := range map[string]string{"get": "did not answer within", "list": "did not answer within",
		"fetch": "is too slow: less than 1 KiB in 3s"} {
		if err := ask(t, name, calls(t, b)[name], 10*time.Second); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRedirects: nobody is sent elsewhere, with credentials or without.
func TestRedirects(t *testing.T) {
	var reached atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		w.Header().Set("ETag", `"x"`)
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, inRegion := range []string{"", "eu-central-1", "\tx y"} {
			b := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", elsewhere.URL+r.URL.Path)
				if inRegion != "" {
					w.Header().Set("X-Amz-Bucket-Region", inRegion)
				}
				w.WriteHeader(status)
			})
			want := "it sends requests elsewhere"
			if inRegion == "eu-central-1" {
				want = "the bucket bucket is in the region eu-central-1"
			}
			broken(t, b, most, want)
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// page writes a page of a listing.
func page(w io.Writer, truncated bool, keys ...string) {
	fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%v</IsTruncated><NextContinuationToken>x"+
		"</NextContinuationToken>", truncated)
	for _, k := range keys {
		fmt.Fprintf(w, `<Contents><Key>%s</Key><Size>1</Size><ETag>"x"</ETag></Contents>`, k)
	}
	io.WriteString(w, "</ListBucketResult>")
}

func TestListings(t *testing.T) {
	list := func(b *Bucket, names *[]string) func(context.Context) error {
		return func(ctx context.Context) error {
			return b.List(ctx, "", func(page []shared.Blob) error {
				for _, blob := range page {
					*names = append(*names, blob.Name)
				}
				return nil
			})
		}
	}
	t.Run("names", func(t *testing.T) {
		b := serve(t, func(w http.ResponseWriter, r *http.Request) {
			page(w, false, "p/", "p/ok1", "p/ok1/../x", "p/ok2", "p/ok2/&#10;x", "p/ok2//x", "q/other", "p/ok3/",
				"/etc/passwd", "p/ok4"+strings.Repeat("x", 2000), "other")
		})
		var names []string
		if err := ask(t, "list", list(b, &names), 5*time.Second); err != nil || fmt.Sprint(names) != "[ok1 ok2]" {
			t.Errorf("%q, %v", names, err)
		}
	})
	var pages atomic.Int64
	for what, one := range map[string]struct {
		answer func(w io.Writer, after string)
		want   string
	}{
		"again":     {func(w io.Writer, _ string) { page(w, true, "p/a", "p/b") }, "is not in order"},
		"empty":     {func(w io.Writer, _ string) { page(w, true) }, "does not go on"},
		"others":    {func(w io.Writer, _ string) { page(w, true, "q/a") }, "does not go on"},
		"backwards": {func(w io.Writer, _ string) { page(w, true, "p/b", "p/a") }, "is not in order"},
		"twice":     {func(w io.Writer, _ string) { page(w, true, "p/b", "p/b") }, "is not in order"},
		"many": {func(w io.Writer, _ string) {
			keys := make([]string, pageSize+1)
			for i := range keys {
				keys[i] = fmt.Sprintf("p/%05d", i)
			}
			page(w, true, keys...)
		}, "more names than were asked for"},
		"nothing": {func(io.Writer, string) {}, ""},
		"half":    {func(w io.Writer, _ string) { io.WriteString(w, "<ListBucketResult><Contents><Key>p/a") }, "cannot be read"},
	} {
		t.Run(what, func(t *testing.T) {
			pages.Store(0)
			b := serve(t, func(w http.ResponseWriter, r *http.Request) {
				pages.Add(1)
				one.answer(w, r.URL.Query().Get("start-after"))
			})
			var names []string
			err := ask(t, "list", list(b, &names), 5*time.Second)
			if (err == nil) != (one.want == "") || err != nil && !strings.Contains(err.Error(), one.want) {
				t.Errorf("%v, want %s", err, one.want)
			}
			if n := pages.Load(); n > 2 {
				t.Errorf("%d pages were asked for", n)
			}
		})
	}
}

// TestLies: a server that sends other bytes than it was asked for, or no end of ETag.
func TestLies(t *testing.T) {
	const size = 3 * partSize
	zeros := make([]byte, size)
	for what, answer := range map[string]http.HandlerFunc{
		"it ignores ranges": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Content-Length", fmt.Sprint(size))
			w.Write(zeros)
		},
		"it sends another range": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"x"`)
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-9/%d", size))
				w.WriteHeader(http.StatusPartialContent)
				io.WriteString(w, "0123456789")
				return
			}
			w.Header().Set("Content-Length", fmt.Sprint(size))
			w.Write(zeros)
		},
	} {
		b := serve(t, answer)
		err := ask(t, "fetch", calls(t, b)["fetch"], most)
		if err == nil || !strings.Contains(err.Error(), "other bytes than were asked for") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, tag := range []string{"", strings.Repeat("x", 10_000), "ü"} {
		b := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", tag)
			io.WriteString(w, "x")
		})
		if data, blob, err := b.Get(t.Context(), "a", 10); err != nil || string(data) != "x" || blob.Tag != "" {
			t.Errorf("%q, %+v, %v", data, blob, err)
		}
	}
}

// TestReplacedMeanwhile: a blob that is another one after its first part is fetched anew.
func TestReplacedMeanwhile(t *testing.T) {
	const size = 3 * partSize
	var asked atomic.Int64
	b := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("ETag", `"old"`)
		} else if w.Header().Set("ETag", `"new"`); r.Header.Get("If-Match") == `"old"` {
			w.WriteHeader(http.StatusPreconditionFailed)
			io.WriteString(w, "<Error><Code>PreconditionFailed</Code></Error>")
			return
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(strings.Repeat("x", size)))
	})
	to := filepath.Join(t.TempDir(), "to")
	blob, err := b.Fetch(t.Context(), "a", to, size, nil)
	if fi, serr := os.Stat(to); err != nil || serr != nil || blob.Tag != `"new"` || fi.Size() != size {
		t.Errorf("%+v, %v, %v", blob, err, serr)
	}
}

// TestChecksumsAreTheCallers: a checksum of S3 that does not match is no error.
func TestChecksumsAreTheCallers(t *testing.T) {
	b := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("X-Amz-Checksum-Crc32", "AAAAAA==")
		w.Header().Set("X-Amz-Checksum-Sha256", "AAAA")
		io.WriteString(w, "damaged")
	})
	if data, _, err := b.Get(t.Context(), "a", 10); err != nil || string(data) != "damaged" {
		t.Errorf("%q, %v", data, err)
	}
	to := filepath.Join(t.TempDir(), "to")
	if _, err := b.Fetch(t.Context(), "a", to, 10, nil); err != nil {
		t.Error(err)
	}
}

// TestCertificates: a server whose certificate nobody has signed is not trusted, unless AWS_CA_BUNDLE
// names it.
func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"x"`)
		io.WriteString(w, "x")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	broken(t, at(t, server.URL), most, "is not trusted")
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, block, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	b := opened(t, remote.Setup{Bucket: "bucket", Region: region, Endpoint: server.URL})
	if data, _, err := b.Get(t.Context(), "a", 10); err != nil || string(data) != "x" {
		t.Errorf("%q, %v", data, err)
	}
	t.Setenv("AWS_CA_BUNDLE", filepath.Join(t.TempDir(), "none"))
	_, err := Open(t.Context(), remote.Setup{Bucket: "bucket", Region: region})
	if err == nil || !strings.Contains(step.Hint(err), "AWS_CA_BUNDLE") {
		t.Errorf("%v, hint %q", err, step.Hint(err))
	}
}

func TestCredentials(t *testing.T) {
	b := at(t, "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	b = opened(t, b.setup)
	broken(t, b, most, "there are no AWS credentials")
	_, _, err := b.Get(t.Context(), "a", 1)
	if !strings.Contains(step.Hint(err), "aws sso login") {
		t.Errorf("hint %q", step.Hint(err))
	}
	_, err = Open(t.Context(), remote.Setup{Bucket: "bucket", Region: region, Profile: "nobody's"})
	if err == nil || err.Error() != `there is no AWS profile "nobody's"` {
		t.Errorf("%v", err)
	}
	if _, err := Open(t.Context(), remote.Setup{Bucket: "bucket"}); err == nil ||
		!strings.Contains(err.Error(), "region") || step.Hint(err) == "" {
		t.Errorf("%v", err)
	}
}

// TestMissingBucket: on the real server, nothing is absent from a bucket that is not there.
func TestMissingBucket(t *testing.T) {
	b := real(t)
	b.setup.Bucket = "no-such-bucket"
	broken(t, b, most, "there is no bucket no-such-bucket")
	b = real(t)
	t.Setenv("AWS_SECRET_ACCESS_KEY", testSecret)
	broken(t, opened(t, b.setup), most, "refuses the credentials", "is denied")
}

// TestEnvironment: where the settings name neither, the endpoint and the region are the environment's.
func TestEnvironment(t *testing.T) {
	b := real(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", b.setup.Endpoint)
	t.Setenv("AWS_REGION", region)
	b = opened(t, remote.Setup{Bucket: "bucket", Prefix: b.setup.Prefix})
	blob, err := b.Put(t.Context(), "a", []byte("x"), shared.When{Absent: true})
	if err != nil {
		t.Fatal(err)
	}
	if data, got, err := b.Get(t.Context(), "a", 1); err != nil || string(data) != "x" || got.Tag != blob.Tag {
		t.Errorf("%q, %+v, %v", data, got, err)
	}
}

// A cutter passes connections on to a server, and cuts some after some bytes.
func cutter(t *testing.T, to string, some, after int64) (url string, cuts *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	cuts = new(atomic.Int64)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", strings.TrimPrefix(to, "http://"))
				if err != nil {
					return
				}
				defer server.Close()
				ended := make(chan struct{}, 2)
				pass := func(to, from net.Conn) {
					if n, _ := io.CopyN(to, from, after); n == after && cuts.Add(1) > some {
						io.Copy(to, from)
					}
					ended <- struct{}{}
				}
				go pass(client, server)
				go pass(server, client)
				<-ended
			}()
		}
	}()
	return "http://" + l.Addr().String(), cuts
}

// TestCutConnections: Fetch and Send go on where a connection was lost.
func TestCutConnections(t *testing.T) {
	straight := real(t)
	const size = 50<<20 + 7
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7 >> 3)
	}
	from := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(from, data, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"send", "fetch"} {
		url, cuts := cutter(t, straight.setup.Endpoint, 5, 5<<20)
		setup := straight.setup
		setup.Endpoint = url
		b := opened(t, setup)
		if what == "send" {
			if _, err := b.Send(t.Context(), "a", from, shared.When{Absent: true}, nil); err != nil {
				t.Errorf("send: %v", err)
			}
		} else {
			var last atomic.Int64
			to := filepath.Join(t.TempDir(), "to")
			if _, err := b.Fetch(t.Context(), "a", to, size, func(n int64) { last.Store(max(last.Load(), n)) }); err != nil {
				t.Errorf("fetch: %v", err)
			}
			got, err := os.ReadFile(to)
			if err != nil || sha256.Sum256(got) != sha256.Sum256(data) || last.Load() != size {
				t.Errorf("%d other bytes, %d reported, %v", len(got), last.Load(), err)
			}
		}
		if cuts.Load() < 4 {
			t.Errorf("%s: only %d connections were cut", what, cuts.Load())
		}
	}
}
