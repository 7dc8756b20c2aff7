package standin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"snellen/engine/draft"
	"snellen/engine/filelock"
	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/proc"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3Module is the S3 server, at the tested version. It honours S3's conditions and checksums, which
// others do not.
const S3Module = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// An S3 is a real S3 server on loopback, whose objects are files in a folder. It dies with this
// process.
type S3 struct {
	URL       string // its endpoint, for path-style addresses
	Region    string
	AccessKey string // random, as is the secret
	SecretKey string

	server    *proc.Cmd
	cancel    context.CancelFunc
	ended     chan struct{}
	temporary *draft.Draft // what Close discards; nil: none
}

// HaveS3 returns the path of the server's program, from PATH or from where FindS3 installs it, or
// "".
func HaveS3() string {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	if path, err := installed(); err == nil {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// installed returns where FindS3 installs the program.
func installed() (string, error) {
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "snellen-tools", "versitygw-v1.8.0", "versitygw"), err
}

// FindS3 returns the path of the server's program. If it is missing, it is installed into the
// user's cache, which needs Go, the network, and a minute or two. The error has a hint.
func FindS3(ctx context.Context) (program string, err error) {
	if path := HaveS3(); path != "" {
		return path, nil
	}
	path, err := installed()
	if err != nil {
		return "", err
	}
	return path, step.WithHint(installS3(ctx, filepath.Dir(filepath.Dir(path)), path),
		"install it with: go install "+S3Module)
}

// installS3 builds the program in a temporary folder and moves it into place. If several processes
// need it, one builds it.
func installS3(ctx context.Context, dir, path string) (err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	lock, err := regular.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	defer lock.Close() // which releases the lock
	if err := filelock.Lock(lock, filelock.Exclusive); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	own := filepath.Join(dir, "install") // who holds the lock is the only one that needs it
	if err := errors.Join(os.RemoveAll(own), os.Mkdir(own, 0o777)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(own)) }()
	tail := proc.NewTail(1 << 12)
	c := proc.Command(ctx, "go", "install", S3Module)
	c.Env = append(os.Environ(), "GOBIN="+own, "GOFLAGS=", "CGO_ENABLED=0")
	c.Dir = own
	c.Stderr = tail
	if err := c.Run(); err != nil {
		return fmt.Errorf("installing versitygw, the S3 server: %w: %s", err, tail.Last(2))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.Rename(filepath.Join(own, "versitygw"), path)
}

// TemporaryS3 starts a server whose objects Close deletes. It installs the program if necessary.
func TemporaryS3(ctx context.Context, region string) (*S3, error) {
	program, err := FindS3(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := draft.NewTemporary()
	if err != nil {
		return nil, err
	}
	s, err := StartS3(ctx, program, dir.Path, region)
	if err != nil {
		dir.Discard()
		return nil, err
	}
	s.temporary = dir
	return s, nil
}

// attempts bounds the search for a free port, since another program may take it first.
const attempts = 5

// StartS3 starts the program with its objects in dir, which is made if it is missing. The caller
// calls Close.
func StartS3(ctx context.Context, program, dir, region string) (*S3, error) {
	objects, meta := filepath.Join(dir, "objects"), filepath.Join(dir, "meta")
	if err := errors.Join(os.MkdirAll(objects, 0o777), os.MkdirAll(meta, 0o777)); err != nil {
		return nil, err
	}
	var err error
	for range attempts {
		var s *S3
		if s, err = startS3(ctx, program, objects, meta, region); err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func startS3(ctx context.Context, program, objects, meta, region string) (*S3, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	listener.Close()
	tail := proc.NewTail(1 << 12)
	ctx, cancel := context.WithCancel(ctx)
	health := "/health-" + rand.Text() // so that no other server can answer for it
	s := &S3{URL: "http://" + address, Region: region, AccessKey: "AKIA" + rand.Text()[:16],
		SecretKey: rand.Text() + rand.Text(), cancel: cancel, ended: make(chan struct{})}
	s.server = proc.Command(ctx, program, "--port", address, "--region", region, "--quiet",
		"--keep-alive", "--health", health,
		"posix", "--sidecar", meta, objects)
	s.server.Env = s.environment()
	s.server.Stderr, s.server.Stdout = tail, tail
	if err := s.server.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("starting the S3 server: %w", err)
	}
	go func() {
		s.server.Wait()
		close(s.ended)
	}()
	if err := s.healthy(ctx, health); err != nil {
		s.Close()
		return nil, fmt.Errorf("starting the S3 server: %w: %s", err, tail.Last(2))
	}
	return s, nil
}

// environment returns the server's: what any program needs of this process's, and the keys.
func (s *S3) environment() []string {
	env := []string{"ROOT_ACCESS_KEY=" + s.AccessKey, "ROOT_SECRET_KEY=" + s.SecretKey}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG", "SYSTEMROOT"} {
		if value, there := os.LookupEnv(name); there {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// Credentials are the server's keys.
func (s *S3) Credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: s.AccessKey, SecretAccessKey: s.SecretKey}
}

// healthy waits until the server answers or has ended.
func (s *S3) healthy(ctx context.Context, path string) error {
	ask := time.NewTicker(20 * time.Millisecond)
	defer ask.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ask.C:
		case <-s.ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close stops the server.
func (s *S3) Close() {
	s.cancel()
	<-s.ended
	if s.temporary != nil {
		s.temporary.Discard()
	}
}

// Client returns a client of the server.
func (s *S3) Client() *s3.Client {
	return s3.New(s3.Options{Region: s.Region, BaseEndpoint: &s.URL, UsePathStyle: true,
		Credentials: aws.NewCredentialsCache(
			credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""))})
}

// Bucket makes a bucket, unless it exists.
func (s *S3) Bucket(ctx context.Context, name string) error {
	client := s.Client()
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name}); err == nil {
		return nil
	}
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
	return err
}
