// Package s3 keeps a shared.Bucket in a bucket of S3, and serves it to snellen (see steps/remote).
//
// Nothing that a server answers is believed. Whoever reads a blob hashes it, so the SDK's own
// checks of downloads are off: a checksum that does not match would look like an outage. What is
// read is bounded, in bytes and in time, and no redirect is followed, since it could lead anywhere.
//
// A blob's tag is its ETag. The conditions of writes are S3's own: If-None-Match and If-Match.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"snellen/engine/shared"
	"snellen/engine/step"
	"snellen/steps/remote"
)

const (
	dialTimeout = time.Second
	patience    = 10 * time.Second // for a small request, and one second more for each MiB
	pageSize    = 1000             // names in a page of a listing, which is the most that S3 gives
	attempts    = 5                // of a request of Fetch and Send
	connections = 64               // that are kept for the next request
	idle        = 15 * time.Second // for which they are: S3 closes them after 20
)

// A Bucket is a shared.Bucket in S3.
type Bucket struct {
	setup  remote.Setup
	root   string     // of all keys
	host   string     // for messages; "": AWS
	once   *s3.Client // makes one attempt
	again  *s3.Client // repeats what failed
	limits limits
	known  atomic.Bool // the bucket exists: a server has said so
}

// limits bound how long a server is waited for. Tests have smaller ones.
type limits struct {
	patience time.Duration
	window   time.Duration // in which Fetch and Send must make some progress
	least    int64         // bytes of progress in it
	backoff  time.Duration // between attempts, at most
}

// Open returns a bucket. It reads the configuration as the AWS CLI does, and makes no request.
func Open(ctx context.Context, setup remote.Setup) (*Bucket, error) {
	return open(ctx, setup, limits{patience, 30 * time.Second, 30 << 10, 3 * time.Second})
}

func open(ctx context.Context, setup remote.Setup, l limits) (*Bucket, error) {
	cfg, err := load(ctx, setup)
	if err != nil {
		return nil, err
	}
	b := &Bucket{setup: setup, limits: l}
	if setup.Prefix != "" {
		b.root = setup.Prefix + "/"
	}
	// The SDK's client follows redirects, so its transport gets another one.
	base, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		return nil, errors.New("BUG: the AWS SDK has another client for HTTP")
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := &doer{&http.Client{Transport: base.GetTransport(), CheckRedirect: stay}}
	cfg.Credentials = provider{cfg.Credentials}
	options := func(o *s3.Options) {
		o.HTTPClient = client
		if setup.Endpoint != "" {
			o.BaseEndpoint = &setup.Endpoint
		}
		if o.BaseEndpoint != nil { // a server of one's own has no host names for buckets
			o.UsePathStyle = true
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			_, b.host, _ = strings.Cut(*o.BaseEndpoint, "://")
			if o.Region == "" {
				o.Region = "us-east-1" // it asks for one, and does not care which
			}
		}
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
	}
	b.once = s3.NewFromConfig(cfg, options,
		func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	b.again = s3.NewFromConfig(cfg, options, func(o *s3.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = attempts, l.backoff
		})
	})
	if b.once.Options().Region == "" {
		return nil, step.WithHint(errors.New("the region of the bucket is not known"),
			"name it: region = \"eu-central-1\", or AWS_REGION in the environment")
	}
	return b, nil
}

// load reads the configuration and the credentials' sources by the SDK's default chain.
func load(ctx context.Context, setup remote.Setup) (aws.Config, error) {
	client := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = connections, connections
			t.TLSHandshakeTimeout = patience / 2
			t.IdleConnTimeout = idle
			t.MaxResponseHeaderBytes = maxError
		})
	options := []func(*config.LoadOptions) error{
		config.WithAppID("snellen"), config.WithLogger(logging.Nop{}),
		config.WithHTTPClient(client),
	}
	if setup.Region != "" {
		options = append(options, config.WithRegion(setup.Region))
	}
	if setup.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(setup.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err == nil {
		return cfg, nil
	}
	if e, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return cfg, step.WithHint(fmt.Errorf("there is no AWS profile %.100q", e.Profile),
			"aws configure list-profiles says which there are")
	}
	// The SDK's own text may quote what it read.
	return cfg, step.WithHint(errors.New("the AWS configuration cannot be read"),
		"see ~/.aws/config and ~/.aws/credentials, and AWS_PROFILE and AWS_CA_BUNDLE in the "+
			"environment")
}

// URL implements shared.Bucket.
func (b *Bucket) URL() string { return b.setup.URL() }

// Close implements shared.Bucket.
func (b *Bucket) Close() error { return nil }

// key returns a blob's key in S3.
func (b *Bucket) key(name string) *string { return aws.String(b.root + name) }

// small returns a context for a small request with that many bytes.
func (b *Bucket) small(ctx context.Context, bytes int64) (context.Context, context.CancelFunc) {
	limit := b.limits.patience + time.Duration(bytes>>20)*time.Second
	return context.WithTimeoutCause(ctx, limit, lateError(limit))
}

// Get implements shared.Bucket.
func (b *Bucket) Get(ctx context.Context, name string, limit int64) ([]byte, shared.Blob, error) {
	if err := shared.CheckName(name); err != nil {
		return nil, shared.Blob{}, err
	}
	limited, cancel := b.small(ctx, min(limit, 1<<30))
	defer cancel()
	out, err := b.once.GetObject(forBytes(limited),
		&s3.GetObjectInput{Bucket: &b.setup.Bucket, Key: b.key(name)})
	if err != nil {
		return nil, shared.Blob{}, b.explain(limited, "get", err)
	}
	defer out.Body.Close()
	blob := b.blob(name, out.ContentLength, out.ETag, out.LastModified)
	if blob.Size > limit {
		return nil, shared.Blob{}, shared.ErrTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(out.Body, limit))
	if err == nil && int64(len(data)) == limit { // is there more?
		var one [1]byte
		if n, _ := io.ReadFull(out.Body, one[:]); n > 0 {
			return nil, shared.Blob{}, shared.ErrTooLarge
		}
	}
	if err != nil {
		return nil, shared.Blob{}, b.explain(limited, "get", err)
	}
	blob.Size = int64(len(data))
	return data, blob, nil
}

// blob returns what an answer says about a blob. One whose ETag cannot be one has none: a server
// may have lost it, and that is no reason not to use what else it has.
func (b *Bucket) blob(name string, size *int64, tag *string, changed *time.Time) shared.Blob {
	b.known.Store(true)
	blob := shared.Blob{Name: name, Size: max(aws.ToInt64(size), 0), Tag: aws.ToString(tag)}
	if changed != nil {
		blob.Changed = *changed
	}
	if !remote.GoodTag(blob.Tag) {
		blob.Tag = ""
	}
	return blob
}

// Stat implements shared.Bucket.
func (b *Bucket) Stat(ctx context.Context, name string) (shared.Blob, error) {
	if err := shared.CheckName(name); err != nil {
		return shared.Blob{}, err
	}
	limited, cancel := b.small(ctx, 0)
	defer cancel()
	out, err := b.once.HeadObject(limited,
		&s3.HeadObjectInput{Bucket: &b.setup.Bucket, Key: b.key(name)})
	if err == nil {
		return b.blob(name, out.ContentLength, out.ETag, out.LastModified), nil
	}
	err = b.explain(limited, "head", err)
	if errors.Is(err, shared.ErrAbsent) && !b.known.Load() {
		// An answer to HEAD has no body, which alone says whether the bucket is there.
		if _, _, err := b.Get(ctx, name, 0); err != nil && !errors.Is(err, shared.ErrTooLarge) {
			return shared.Blob{}, err
		}
	}
	return shared.Blob{}, err
}

// Put implements shared.Bucket.
func (b *Bucket) Put(ctx context.Context, name string, data []byte, when shared.When) (
	shared.Blob, error) {
	if err := shared.CheckName(name); err != nil {
		return shared.Blob{}, err
	}
	limited, cancel := b.small(ctx, int64(len(data)))
	defer cancel()
	in := b.putInput(name, bytes.NewReader(data), int64(len(data)), when)
	out, err := b.once.PutObject(limited, in)
	if err != nil {
		return shared.Blob{}, b.explainWrite(limited, "put", err, when)
	}
	return b.written(name, int64(len(data)), out.ETag), nil
}

func (b *Bucket) putInput(name string, body io.Reader, size int64, when shared.When) (
	in *s3.PutObjectInput) {
	in = &s3.PutObjectInput{Bucket: &b.setup.Bucket, Key: b.key(name), Body: body,
		ContentLength: &size}
	in.IfNoneMatch, in.IfMatch = conditions(when)
	return in
}

// conditions returns S3's own.
func conditions(when shared.When) (ifNoneMatch, ifMatch *string) {
	if when.Absent {
		ifNoneMatch = aws.String("*")
	}
	if when.Tag != "" {
		ifMatch = &when.Tag
	}
	return ifNoneMatch, ifMatch
}

// written returns what is known of a blob that was written.
func (b *Bucket) written(name string, size int64, tag *string) shared.Blob {
	now := time.Now()
	return b.blob(name, &size, tag, &now)
}

// List implements shared.Bucket.
func (b *Bucket) List(ctx context.Context, prefix string, each func([]shared.Blob) error) error {
	for after := ""; ; {
		page, next, err := b.page(ctx, prefix, after)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			if err := each(page); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		after = next
	}
}

// page returns the blobs whose names begin with prefix and follow after, or some of them, and what
// the next page follows, or "" if there is none. Keys that no blob can have are left out.
func (b *Bucket) page(ctx context.Context, prefix, after string) (
	page []shared.Blob, next string, err error) {
	limited, cancel := b.small(ctx, 0)
	defer cancel()
	in := &s3.ListObjectsV2Input{Bucket: &b.setup.Bucket, Prefix: b.key(prefix),
		MaxKeys: aws.Int32(pageSize)}
	if after != "" {
		in.StartAfter = b.key(after)
	}
	out, err := b.once.ListObjectsV2(limited, in)
	if err != nil {
		return nil, "", b.explain(limited, "list", err)
	}
	if len(out.Contents) > pageSize {
		return nil, "", b.foreign("its listing has more names than were asked for")
	}
	b.known.Store(true)
	last := after
	for _, o := range out.Contents {
		name, ours := strings.CutPrefix(aws.ToString(o.Key), b.root)
		if !ours || name == "" || !strings.HasPrefix(name, prefix) {
			continue
		}
		if name <= last {
			return nil, "", b.foreign("its listing is not in order")
		}
		last = name
		if shared.CheckName(name) == nil {
			page = append(page, b.blob(name, o.Size, o.ETag, o.LastModified))
		}
	}
	if !aws.ToBool(out.IsTruncated) {
		return page, "", nil
	}
	if last == after {
		return nil, "", b.foreign("its listing does not go on")
	}
	return page, last, nil
}

// Remove implements shared.Bucket.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	if err := shared.CheckName(name); err != nil {
		return err
	}
	limited, cancel := b.small(ctx, 0)
	defer cancel()
	_, err := b.once.DeleteObject(limited,
		&s3.DeleteObjectInput{Bucket: &b.setup.Bucket, Key: b.key(name)})
	if err != nil {
		err = b.explain(limited, "delete", err)
	}
	if errors.Is(err, shared.ErrAbsent) { // some servers say so
		return nil
	}
	return err
}
