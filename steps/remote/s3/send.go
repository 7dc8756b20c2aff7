package s3

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"snellen/engine/regular"
	"snellen/engine/shared"
)

const (
	maxParts   = 10_000          // that S3 allows
	abortLimit = 2 * time.Second // to take back an upload that failed
)

// Send implements shared.Bucket. The SDK's own manager would hold each part in memory; here the
// parts are read from the file.
func (b *Bucket) Send(ctx context.Context, name, path string, when shared.When,
	progress func(int64)) (blob shared.Blob, err error) {
	if err := shared.CheckName(name); err != nil {
		return blob, err
	}
	file, err := regular.Open(path)
	if err != nil {
		return blob, err
	}
	defer file.Close()
	fi, err := file.Stat()
	if err != nil {
		return blob, err
	}
	if progress == nil {
		progress = func(int64) {}
	}
	watch, stop := watched(ctx, b.limits)
	defer stop()
	if fi.Size() >= partSize {
		return b.sendParts(watch, name, file, fi.Size(), when, progress)
	}
	sent := &total{progress: progress}
	report := sent.part(fi.Size())
	body := io.NewSectionReader(file, 0, fi.Size())
	out, err := b.again.PutObject(reported(watch, report), b.putInput(name, body, fi.Size(), when))
	if err != nil {
		return blob, b.explainWrite(watch, "put", err, when)
	}
	report(fi.Size())
	return b.written(name, fi.Size(), out.ETag), nil
}

// A total is the progress of parts that are sent at once.
type total struct {
	progress func(int64)

	mu  sync.Mutex
	sum int64
}

// part returns what reports the progress of one part. Where a part is sent again, there is none
// until it has come as far as before.
func (t *total) part(size int64) func(int64) {
	var last int64
	return func(at int64) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if at = min(at, size); at > last { // the request's body may be longer, by its checksum
			t.sum, last = t.sum+at-last, at
			t.progress(t.sum)
		}
	}
}

// sendParts sends a file in parts. S3 learns of the condition only with the last request, so it is
// looked up first.
func (b *Bucket) sendParts(ctx context.Context, name string, file *os.File, size int64,
	when shared.When, progress func(int64)) (blob shared.Blob, err error) {
	if (when != shared.When{}) {
		there, err := b.Stat(ctx, name)
		absent := errors.Is(err, shared.ErrAbsent)
		if err != nil && !absent {
			return blob, err
		}
		if when.Absent && !absent || when.Tag != "" && there.Tag != when.Tag {
			return blob, shared.ErrChanged
		}
	}
	begun, err := b.again.CreateMultipartUpload(ctx,
		&s3.CreateMultipartUploadInput{Bucket: &b.setup.Bucket, Key: b.key(name)})
	if err != nil {
		return blob, b.explainWrite(ctx, "put", err, when)
	}
	defer func() {
		if err != nil {
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortLimit)
			defer cancel()
			// Where this fails, the bucket's rules for unfinished uploads remove the parts.
			b.once.AbortMultipartUpload(late, &s3.AbortMultipartUploadInput{
				Bucket: &b.setup.Bucket, Key: b.key(name), UploadId: begun.UploadId})
		}
	}()
	parts, err := b.uploadParts(ctx, name, begun.UploadId, file, size, progress)
	if err != nil {
		return blob, err
	}
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &b.setup.Bucket, Key: b.key(name), UploadId: begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}
	in.IfNoneMatch, in.IfMatch = conditions(when)
	out, err := b.again.CompleteMultipartUpload(ctx, in)
	if err != nil {
		return blob, b.explainWrite(ctx, "put", err, when)
	}
	return b.written(name, size, out.ETag), nil
}

// uploadParts sends the parts of a file, several at once.
func (b *Bucket) uploadParts(ctx context.Context, name string, upload *string, file *os.File,
	size int64, progress func(int64)) ([]types.CompletedPart, error) {
	each := max(partSize, (size+maxParts-1)/maxParts)
	parts := make([]types.CompletedPart, (size+each-1)/each)
	sent := &total{progress: progress}
	sending, ctx := errgroup.WithContext(ctx)
	sending.SetLimit(parallel)
	for i := range parts {
		from := int64(i) * each
		length := min(each, size-from)
		number := aws.Int32(int32(i + 1))
		sending.Go(func() error {
			report := sent.part(length)
			out, err := b.again.UploadPart(reported(ctx, report), &s3.UploadPartInput{
				Bucket: &b.setup.Bucket, Key: b.key(name), UploadId: upload, PartNumber: number,
				Body:          io.NewSectionReader(file, from, length),
				ContentLength: &length,
			})
			if err != nil {
				return b.explainWrite(ctx, "put", err, shared.When{})
			}
			report(length)
			parts[i] = types.CompletedPart{ETag: out.ETag, PartNumber: number,
				ChecksumCRC32: out.ChecksumCRC32}
			return nil
		})
	}
	return parts, sending.Wait()
}
