package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"snellen/engine/shared"
)

const (
	partSize    = 16 << 20 // of what is fetched and sent in parts, in bytes
	parallel    = 4        // parts of one blob at once
	maxReplaced = 3        // times that a blob may be replaced while it is fetched
)

// errReplaced is the error of a blob that is another one than when its download began.
var errReplaced = errors.New("the blob was replaced meanwhile")

// Fetch implements shared.Bucket. It fetches large blobs in parts, and goes on where a connection
// was lost. The SDK's own manager for this trusts the server with how many parts there are.
func (b *Bucket) Fetch(ctx context.Context, name, path string, limit int64, progress func(int64)) (
	blob shared.Blob, err error) {
	if err := shared.CheckName(name); err != nil {
		return blob, err
	}
	var file *os.File // made once the blob is known to be there
	defer func() {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	watch, stop := watched(ctx, b.limits)
	defer stop()
	for range maxReplaced {
		d := &download{bucket: b, name: name, limit: limit, progress: progress}
		if err = d.begin(watch); err != nil {
			return blob, err
		}
		if file == nil {
			file, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		} else {
			err = file.Truncate(0)
		}
		if err != nil {
			d.body.Close()
			return blob, err
		}
		d.file = file
		if blob, err = d.run(watch); err != errReplaced {
			return blob, err
		}
	}
	return blob, err
}

// A download is one attempt to fetch a blob.
type download struct {
	bucket   *Bucket
	name     string
	limit    int64
	progress func(int64)
	file     *os.File

	blob shared.Blob
	size int64         // of the blob; -1: the server does not say
	body io.ReadCloser // of the first answer
	done atomic.Int64  // bytes written
}

// begin asks for the whole blob, and repeats that where a connection fails.
func (d *download) begin(ctx context.Context) error {
	b := d.bucket
	out, err := b.again.GetObject(forBytes(ctx),
		&s3.GetObjectInput{Bucket: &b.setup.Bucket, Key: b.key(d.name)})
	if err != nil {
		return b.explain(ctx, "get", err)
	}
	d.body, d.size = out.Body, -1
	if out.ContentLength != nil && *out.ContentLength >= 0 {
		d.size = *out.ContentLength
	}
	d.blob = b.blob(d.name, &d.size, out.ETag, out.LastModified)
	if d.size > d.limit {
		d.body.Close()
		return shared.ErrTooLarge
	}
	return nil
}

// run writes the file. The first part is the beginning of the first answer.
func (d *download) run(ctx context.Context) (shared.Blob, error) {
	if d.size < 0 {
		defer d.body.Close()
		if err := d.copyUnknown(ctx); err != nil {
			return shared.Blob{}, err
		}
		d.blob.Size = d.done.Load()
		return d.blob, nil
	}
	first := d.size
	if d.size > 2*partSize {
		first = partSize
	}
	parts, ctx := errgroup.WithContext(ctx)
	parts.SetLimit(parallel)
	parts.Go(func() error { return d.part(ctx, d.body, 0, first) })
	for from := first; from < d.size; from += partSize {
		parts.Go(func() error { return d.part(ctx, nil, from, min(from+partSize, d.size)) })
	}
	if err := parts.Wait(); err != nil {
		return shared.Blob{}, err
	}
	return d.blob, nil
}

// copyUnknown writes what comes, up to the limit. It cannot go on where a connection was lost.
func (d *download) copyUnknown(ctx context.Context) error {
	_, err := d.copy(ctx, io.LimitReader(d.body, d.limit), 0)
	if err != nil {
		return err
	}
	if d.done.Load() == d.limit {
		var one [1]byte
		if n, _ := io.ReadFull(d.body, one[:]); n > 0 {
			return shared.ErrTooLarge
		}
	}
	return nil
}

// part writes the bytes from one place to another. body begins there; nil: it is asked for.
func (d *download) part(ctx context.Context, body io.ReadCloser, from, to int64) error {
	for failed := 0; ; {
		if body == nil {
			var err error
			if body, err = d.ask(ctx, from, to); err != nil {
				return err
			}
		}
		n, err := d.copy(ctx, io.LimitReader(body, to-from), from)
		body.Close()
		body = nil
		if from += n; from == to && err == nil {
			return nil
		}
		if n > 0 {
			failed = 0
		}
		if failed++; ctx.Err() != nil || failed == attempts || err != nil && !lost(err) {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			if file, ok := errors.AsType[*os.PathError](err); ok {
				return file
			}
			return d.bucket.explain(ctx, "get", err)
		}
		wait := min(100*time.Millisecond<<failed, d.bucket.limits.backoff)
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
		case <-ctx.Done():
		}
	}
}

// ask asks for the bytes from one place to another, of the blob whose download began.
func (d *download) ask(ctx context.Context, from, to int64) (io.ReadCloser, error) {
	b := d.bucket
	in := &s3.GetObjectInput{Bucket: &b.setup.Bucket, Key: b.key(d.name),
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1))}
	if d.blob.Tag != "" {
		in.IfMatch = &d.blob.Tag
	}
	out, err := b.again.GetObject(forBytes(ctx), in)
	if codeOf(err) == "PreconditionFailed" {
		return nil, errReplaced
	}
	if err != nil {
		return nil, b.explain(ctx, "get", err)
	}
	begins := strings.HasPrefix(aws.ToString(out.ContentRange), fmt.Sprintf("bytes %d-", from))
	if !begins {
		out.Body.Close()
		return nil, b.foreign("it sends other bytes than were asked for")
	}
	return out.Body, nil
}

// copy writes at a place of the file what it reads, and returns the number of bytes.
func (d *download) copy(ctx context.Context, from io.Reader, at int64) (sum int64, err error) {
	buffer := make([]byte, 128<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, err := d.file.WriteAt(buffer[:n], at+sum); err != nil {
				return sum, err
			}
			sum += int64(n)
			if done := d.done.Add(int64(n)); d.progress != nil {
				d.progress(done)
			}
		}
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
		if ctx.Err() != nil {
			return sum, ctx.Err()
		}
	}
}

// lost reports whether an error says that a connection was lost.
func lost(err error) bool {
	if _, file := errors.AsType[*os.PathError](err); file {
		return false
	}
	_, net := errors.AsType[net.Error](err)
	return net || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
