package remote_test

import (
	"context"
	"fmt"
	"os"
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
	return remote.Settings{
		URL: fmt.Sprintf("s3://bucket/p%d/x", prefixes.Add(1)), Endpoint: store.URL,
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
