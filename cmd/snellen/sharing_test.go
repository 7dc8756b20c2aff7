package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"snellen/steps/standin"
)

// A lab is a bucket of a real S3 server, whose files are at hand.
type lab struct {
	t      *testing.T
	server *standin.S3
	dir    string // of the blobs
	study  *exec.Cmd
}

const labURL = "s3://lab/tiny"

func newLab(t *testing.T) *lab {
	program, err := standin.FindS3(t.Context())
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	l := &lab{t: t, study: tiny(t), dir: t.TempDir()}
	if l.server, err = standin.StartS3(t.Context(), program, l.dir, "us-east-1"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.server.Close)
	if err := l.server.Bucket(t.Context(), "lab"); err != nil {
		t.Fatal(err)
	}
	l.dir = filepath.Join(l.dir, "objects", "lab", "tiny")
	spec := tinyStudy + "\nshared {\n  url = \"" + labURL + "\"\n  region = \"us-east-1\"\n}\n"
	if err := os.WriteFile(filepath.Join(l.study.Dir, "tiny.hcl"), []byte(spec), 0o666); err != nil {
		t.Fatal(err)
	}
	return l
}

// command returns a command of a person, in the study's folder. Each person has a store, and all
// have the credentials.
func (l *lab) command(person, endpoint string, args ...string) *exec.Cmd {
	cmd := exec.Command("snellen", args...)
	cmd.Dir = l.study.Dir
	cmd.Env = append(os.Environ(), "SNELLEN_STORE="+filepath.Join(cmd.Dir, "store-"+person),
		"SNELLEN_WORKER=fake-worker", "SNELLEN_REMOTE=snellen-remote", "SNELLEN_SHARED=",
		"AWS_ENDPOINT_URL_S3="+endpoint, "AWS_ACCESS_KEY_ID="+l.server.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+l.server.SecretKey, "AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	return cmd
}

// run runs a command, wants an exit code, and that what it prints fits a pattern.
func (l *lab) run(code int, want, person string, args ...string) {
	l.t.Helper()
	l.end(l.command(person, l.server.URL, args...), code, want)
}

func (l *lab) end(cmd *exec.Cmd, code int, want string) {
	l.t.Helper()
	out, err := cmd.CombinedOutput()
	got := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else if err != nil {
		l.t.Fatal(err)
	}
	if got != code || !regexp.MustCompile(want).Match(out) {
		l.t.Errorf("%q: exit code %d, want %d and %s\n%s", cmd.Args[1:], got, code, want, out)
	}
	if bytes.Contains(out, []byte(l.server.SecretKey)) {
		l.t.Errorf("%q: the secret is shown\n%s", cmd.Args[1:], out)
	}
}

// blobs calls each with every file of a kind on the server, and returns how many there are.
func (l *lab) blobs(kind string, each func(path string)) (n int) {
	l.t.Helper()
	err := filepath.WalkDir(filepath.Join(l.dir, kind), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.IsDir() {
			return nil
		}
		n++
		each(path)
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// flip changes one bit of the first file of a kind that is not empty, and not its time.
func (l *lab) flip(kind string) {
	l.t.Helper()
	done := false
	l.blobs(kind, func(path string) {
		fi, err := os.Stat(path)
		if done || err == nil && fi.Size() == 0 {
			return
		}
		done = true
		data, problem := os.ReadFile(path)
		if err := errors.Join(err, problem, os.Chmod(path, 0o644)); err != nil {
			l.t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			l.t.Fatal(err)
		}
		_, err = f.Write(data)
		if err := errors.Join(err, f.Close(), os.Chtimes(path, time.Now(), fi.ModTime())); err != nil {
			l.t.Fatal(err)
		}
	})
	if !done {
		l.t.Fatalf("there are no %s", kind)
	}
}

// TestSharing has people share a bucket of S3, and look after it.
func TestSharing(t *testing.T) {
	l := newLab(t)
	l.run(0, `tiny.report`, "a", "apply", "-auto-approve")
	l.run(0, `(?m)^No changes\.`, "a", "plan")
	l.run(0, `"ran":0,`, "b", "apply", "-auto-approve", "-json")
	l.run(0, `(?m)^No changes\.`, "b", "plan", "-shared=false")
	l.run(0, `(?m)^[0-9]+ results are in s3://lab/tiny already: nothing is sent\.$`,
		"a", "store", "push")
	l.run(0, `(?m)^The shared store s3://lab/tiny has [0-9]+ results and [0-9]+ objects: `,
		"a", "store", "stats")
	l.run(0, `(?m)^Fetched [0-9]+ results \([0-9.]+ KiB\) from s3://lab/tiny\.$`,
		"c", "store", "pull")
	l.run(0, `(?m)^No changes\.`, "c", "apply", "-shared=false")

	// Bits flip on the server's disk.
	l.run(0, `all whole\.`, "c", "store", "verify", "-shared")
	l.flip("records")
	l.flip("objects")
	l.run(1, `2 damaged \(2 healed\)\.`, "c", "store", "verify", "-shared")
	l.run(0, `all whole\.`, "d", "store", "verify", "-shared")
	l.flip("objects")
	l.run(1, `1 damaged \(1 removed\)\.(?s:.*)there without all outputs`,
		"d", "store", "verify", "-shared")
	l.run(0, `(?m)^Sent [1-9][0-9]* results? \(`, "c", "store", "push")
	l.run(0, `all whole\.\n`, "d", "store", "verify", "-shared")

	// The collection of somebody without a lock file would take all, and does not before it is asked.
	long := time.Now().Add(-48 * time.Hour)
	blobs := l.blobs("", func(path string) {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	})
	lock := filepath.Join(l.study.Dir, "tiny.lock.hcl")
	l.run(0, `There is nothing to remove; (?s:.*) for lock files\.`,
		"d", "gc", "-shared", "-older-than", "1d", "-auto-approve")
	if err := os.Rename(lock, lock+".away"); err != nil {
		t.Fatal(err)
	}
	l.run(0, `can be removed from s3://lab/tiny: [0-9]+ results, and [0-9]+ objects`,
		"d", "gc", "-shared", "-older-than", "1d", "-dry-run")
	l.run(1, `nothing was removed`, "d", "gc", "-shared", "-older-than", "1d")
	if n := l.blobs("", func(string) {}); n != blobs {
		t.Errorf("%d blobs of %d are left", n, blobs)
	}
	l.run(0, `Removed [0-9.]+ [KM]iB: [0-9]+ results, and [0-9]+ objects`,
		"d", "gc", "-shared", "-older-than", "1d", "-auto-approve")
	if n := l.blobs("", func(path string) { t.Error(path) }); n != 0 {
		t.Errorf("%d blobs are left", n)
	}

	// A person who relied on it has it in their own store, and pushes it again, elsewhere, too.
	l.run(0, `(?m)^Sent [0-9]+ results \([0-9.]+ [KM]iB\) to s3://lab/tiny\.$`, "b", "store", "push")
	l.run(0, `(?m)^Sent [0-9]+ results \([0-9.]+ [KM]iB\) to s3://lab/other\.$`,
		"b", "store", "push", "-shared", "s3://lab/other")
	l.run(1, `(?s)error: s3://none/x: .*hint: `, "b", "store", "push", "-shared", "s3://none/x")
}

// TestInterruptedPush: what was sent stays, and the next push sends the rest.
func TestInterruptedPush(t *testing.T) {
	l := newLab(t)
	l.run(0, `tiny.report`, "a", "apply", "-auto-approve", "-shared=false")
	target, err := url.Parse(l.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var puts atomic.Int64
	interrupt := make(chan struct{})
	proxy := &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // which is signed
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			n := puts.Add(1)
			if n == 40 {
				close(interrupt)
			}
			if n >= 40 {
				io.Copy(io.Discard, r.Body) // only then is it seen that snellen gives up
				<-r.Context().Done()
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	defer server.Close()
	cmd := l.command("a", server.URL, "store", "push")
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-interrupt:
			cmd.Process.Signal(syscall.SIGINT)
		case <-ended:
		}
	}()
	l.end(cmd, exitInterrupted, `(?s)Sent [0-9]+ results? \(.*Interrupted\. What is done is kept`)
	if n := l.blobs("", func(string) {}); n == 0 {
		t.Error("nothing was sent")
	}
	l.run(0, `(?m)^Sent [1-9]`, "a", "store", "push")
	l.run(0, `all 23 steps have their results in s3://lab/tiny`, "b", "plan")
}
