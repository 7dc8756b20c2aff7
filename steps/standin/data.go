package standin

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"snellen/engine/regular"
)

// transfers bounds how many objects are read at once.
const transfers = 16

// location splits an S3 URI.
func location(uri string) (bucket, key string, err error) {
	rest, ok := strings.CutPrefix(uri, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return "", "", fmt.Errorf("%q is no URI of S3", uri)
	}
	return bucket, key, nil
}

// nothing returns an error for a prefix without objects.
func (s *Server) nothing(uri, role string) error {
	bucket, prefix, err := location(uri)
	if err != nil {
		return invalid("%v", err)
	}
	out, err := s.options.S3.ListObjectsV2(s.ctx,
		&s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, MaxKeys: aws.Int32(1)})
	if err == nil && len(out.Contents) > 0 {
		return nil
	}
	return invalid(
		"No S3 objects found under S3 URL %q given in input data source. Please ensure that the "+
			"bucket exists in the selected region (%s), "+
			"that objects exist under that S3 prefix, and that the role %q has \"s3:ListBucket\" "+
			"permissions on bucket %q.", uri, s.options.Region, role, bucket)
}

// exists reports whether an object exists.
func (s *Server) exists(uri string) bool {
	bucket, key, err := location(uri)
	if err != nil {
		return false
	}
	_, err = s.options.S3.HeadObject(s.ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	return err == nil
}

// A fetcher copies the objects below a prefix into a folder, as File mode does: the part of a key
// after the prefix's last slash becomes a path.
type fetcher struct {
	client *s3.Client
	dir    string
	budget *atomic.Int64 // bytes left on the instance's volume
}

// prefix copies all objects. A prefix matches letters, not folders: a folder's should end in a
// slash.
func (f *fetcher) prefix(ctx context.Context, uri string) error {
	bucket, prefix, err := location(uri)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transfers)
	pages := s3.NewListObjectsV2Paginator(f.client,
		&s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return errors.Join(group.Wait(), err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if strings.HasSuffix(key, "/") {
				continue
			}
			if f.budget.Add(-aws.ToInt64(o.Size)) < 0 {
				return errors.Join(group.Wait(),
					&clientError{said(
						"No space left on device: VolumeSizeInGB is too small for the data")})
			}
			group.Go(func() error {
				return f.object(ctx, bucket, key,
					key[strings.LastIndex(prefix, "/")+1:])
			})
		}
	}
	return group.Wait()
}

func (f *fetcher) object(ctx context.Context, bucket, key, path string) error {
	if !filepath.IsLocal(path) {
		return &clientError{fmt.Errorf("the key %q leads out of its folder", key)}
	}
	out, err := f.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	target := filepath.Join(f.dir, path)
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, out.Body)
	return errors.Join(err, file.Close())
}

// folder returns the prefix of the objects in a folder of S3.
func folder(uri string) string { return strings.TrimSuffix(uri, "/") + "/" }

// putCheckpoints uploads the folder of checkpoints, for this job or another one to go on from. It
// is called without the lock.
func (j *job) putCheckpoints(d *dataset) error {
	if d.checkpoints == "" {
		return nil
	}
	bucket, prefix, err := location(folder(j.asked.CheckpointConfig.S3Uri))
	if err != nil {
		return err
	}
	return filepath.WalkDir(d.checkpoints, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(d.checkpoints, path)
		if err != nil {
			return err
		}
		file, err := regular.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		key := prefix + filepath.ToSlash(name)
		_, err = j.server.options.S3.PutObject(j.server.ctx,
			&s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: file})
		return err
	})
}

// putModel packs a folder as model.tar.gz and uploads it.
func (s *Server) putModel(uri, dir string) (err error) {
	bucket, key, err := location(uri)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(s.dir, "model-*.tar.gz")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	if err := pack(file, dir); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = s.options.S3.PutObject(s.ctx,
		&s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: file})
	return err
}

// pack writes the regular files of a folder as a compressed tar archive. It leaves times out, so
// the same files make the same bytes.
func pack(w io.Writer, dir string) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := regular.Open(path)
		if err != nil {
			return err
		}
		defer data.Close()
		fi, err := data.Stat()
		if err != nil {
			return err
		}
		if err := t.WriteHeader(
			&tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: fi.Size()}); err != nil {
			return err
		}
		_, err = io.Copy(t, data)
		return err
	})
	return errors.Join(err, t.Close(), z.Close())
}

// maxUnpacked bounds an unpacked model.tar.gz, in bytes.
const maxUnpacked = 4 << 30

// getModel downloads a model.tar.gz and unpacks it.
func (s *Server) getModel(ctx context.Context, uri, dir string) error {
	bucket, key, err := location(uri)
	if err != nil {
		return err
	}
	out, err := s.options.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	z, err := gzip.NewReader(out.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", uri, err)
	}
	return unpack(tar.NewReader(io.LimitReader(z, maxUnpacked)), dir, maxUnpacked)
}

// unpack writes an archive's files to a folder. They may have that many bytes together: a file with
// holes is longer than its part of the archive.
func unpack(t *tar.Reader, dir string, left int64) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
			return fmt.Errorf("the archive has %q, which is no file of its own", h.Name)
		}
		if left -= h.Size; left < 0 {
			return fmt.Errorf("the archive has more than %d bytes", int64(maxUnpacked))
		}
		if err := unpackFile(t, filepath.Join(dir, filepath.FromSlash(h.Name))); err != nil {
			return err
		}
	}
}

func unpackFile(t *tar.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, t)
	return errors.Join(err, file.Close())
}
