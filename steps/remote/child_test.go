package remote_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"snellen/engine/shared"
	"snellen/engine/shared/bucketsuite"
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
		URL: "s3://bucket/" + prefix, Endpoint: store.URL,
		Program: os.Executable,
		Env: []string{role + "=good", "AWS_ACCESS_KEY_ID=" + store.AccessKey,
			"AWS_SECRET_ACCESS_KEY=" + store.SecretKey, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
			"AWS_CONFIG_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true"},
	}
}

func open(t testing.TB, s remote.Settings) shared.Bucket {
	t.Helper()
	b, err := remote.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBucket(t *testing.T) {
	bucketsuite.Run(t, func(t *testing.T) shared.Bucket { return open(t, settings(t)) })
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
