package s3

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snellen/engine/shared"
	"snellen/engine/shared/bucketsuite"
	"snellen/steps/remote"
	"snellen/steps/standin"
)

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
	log.SetOutput(io.Discard) // as Serve does
	code := m.Run()
	if started != nil {
		started.Close()
	}
	os.Exit(code)
}

var prefixes atomic.Int64

// environment sets what the SDK reads, and hides this machine's own settings from it.
func environment(t *testing.T, key, secret string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "",
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_CONFIG_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "", "AWS_REGION": "",
		"AWS_DEFAULT_REGION": "", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "", "AWS_CA_BUNDLE": "",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "http_proxy": "", "https_proxy": "",
	} {
		t.Setenv(name, value)
	}
}

// real opens an empty bucket of the real server.
func real(t *testing.T) *Bucket {
	t.Helper()
	store, err := storage()
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	environment(t, store.AccessKey, store.SecretKey)
	return opened(t, remote.Setup{Bucket: "bucket", Prefix: fmt.Sprintf("p%d/x", prefixes.Add(1)),
		Region: region, Endpoint: store.URL})
}

// opened opens a bucket that waits for nothing for long.
func opened(t *testing.T, setup remote.Setup) *Bucket {
	t.Helper()
	b, err := open(t.Context(), setup,
		limits{patience: 5 * time.Second, window: 6 * time.Second, least: 1 << 10, backoff: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBucket(t *testing.T) {
	bucketsuite.Run(t, func(t *testing.T) shared.Bucket { return real(t) })
}
