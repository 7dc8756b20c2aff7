package standin_test

import (
	"errors"
	"strings"
	"testing"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// What Snellen needs of an S3, on the server that the tests have: conditions, and checksums that
// are given back.
func TestS3Conditions(t *testing.T) {
	w := newWorld(t, standin.Options{})
	put := func(key, match, noneMatch string) (*s3.PutObjectOutput, error) {
		in := &s3.PutObjectInput{Bucket: &w.bucket, Key: &key, Body: strings.NewReader("x"),
			ChecksumAlgorithm: types.ChecksumAlgorithmSha256}
		if match != "" {
			in.IfMatch = &match
		}
		if noneMatch != "" {
			in.IfNoneMatch = &noneMatch
		}
		return w.s3.PutObject(t.Context(), in)
	}
	first, err := put("lock", "", "*")
	if err != nil || aws.ToString(first.ChecksumSHA256) == "" {
		t.Fatalf("%v, %+v", err, first)
	}
	_, err = put("lock", "", "*")
	failed(t, err)
	_, err = put("lock", `"0123"`, "")
	failed(t, err)
	_, err = w.s3.DeleteObject(t.Context(),
		&s3.DeleteObjectInput{Bucket: &w.bucket, Key: aws.String("lock"),
			IfMatch: aws.String(`"0123"`)})
	failed(t, err)
	if _, err := w.s3.DeleteObject(t.Context(),
		&s3.DeleteObjectInput{Bucket: &w.bucket, Key: aws.String("lock"),
			IfMatch: first.ETag}); err != nil {
		t.Error(err)
	}
	w.multipart("lock")
	failed(t, w.multipart("lock"))
}

func failed(t *testing.T, err error) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "PreconditionFailed" {
		t.Errorf("got %v, want PreconditionFailed", err)
	}
}

// multipart puts an object in parts, if there is none.
func (w *world) multipart(key string) error {
	up, err := w.s3.CreateMultipartUpload(w.t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: &w.bucket, Key: &key})
	if err != nil {
		w.t.Fatal(err)
	}
	part, err := w.s3.UploadPart(w.t.Context(),
		&s3.UploadPartInput{Bucket: &w.bucket, Key: &key, UploadId: up.UploadId,
			PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.s3.CompleteMultipartUpload(w.t.Context(),
		&s3.CompleteMultipartUploadInput{Bucket: &w.bucket, Key: &key, UploadId: up.UploadId,
			IfNoneMatch: aws.String("*"),
			MultipartUpload: &types.CompletedMultipartUpload{
				Parts: []types.CompletedPart{{ETag: part.ETag, PartNumber: aws.Int32(1)}}}})
	return err
}

// What is in the folder is there again when the server starts again.
func TestS3Restart(t *testing.T) {
	if _, err := storage(); err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	program, err := standin.FindS3(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for round := range 2 {
		store, err := standin.StartS3(t.Context(), program, dir, region)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Bucket(t.Context(), "kept"); err != nil {
			t.Error(err)
		}
		in := &s3.PutObjectInput{Bucket: aws.String("kept"), Key: aws.String("a/b"),
			Body: strings.NewReader("x"), IfNoneMatch: aws.String("*")}
		if _, err := store.Client().PutObject(t.Context(), in); (err == nil) != (round == 0) {
			t.Errorf("round %d: %v", round, err)
		}
		store.Close()
	}
}

func TestS3Fails(t *testing.T) {
	if _, err := standin.StartS3(t.Context(), "/bin/false", t.TempDir(), region); err == nil ||
		!strings.Contains(err.Error(), "it ended") {
		t.Errorf("got %v", err)
	}
}
