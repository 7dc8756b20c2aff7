package client

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The limits of a model.tar.gz. A pretrained ResNet-200 takes 260 MB, and the user's own image may
// write many files.
const (
	maxArchive  = 20 << 30 // bytes, packed
	maxUnpacked = 64 << 30
	maxEntries  = 10_000
)

// checkArchive reads a model.tar.gz to its end and returns the names of its files. The archive
// comes from elsewhere, so every entry must be a regular file or a folder whose path stays inside,
// and the total size is limited. Nothing is unpacked.
func checkArchive(r io.Reader) ([]string, error) {
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("it is not a gzip file: %w", err)
	}
	bounded := &io.LimitedReader{R: zipped, N: maxUnpacked}
	archive := tar.NewReader(bounded)
	var names []string
	for entries := 0; ; entries++ {
		head, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it is not a complete tar archive: %w", err)
		}
		if entries >= maxEntries {
			return nil, fmt.Errorf("it holds more than %d files", maxEntries)
		}
		if err := checkEntry(head); err != nil {
			return nil, err
		}
		if head.Typeflag == tar.TypeReg {
			names = append(names, path.Clean(head.Name))
		}
		if _, err := io.Copy(io.Discard, archive); err != nil {
			return nil, fmt.Errorf("%q in it is cut off: %w", head.Name, err)
		}
	}
	// The checksum is at the end.
	if _, err := io.Copy(io.Discard, bounded); err != nil {
		return nil, fmt.Errorf("its end is damaged: %w", err)
	}
	if bounded.N == 0 {
		return nil, errors.New("it is larger than a model may be")
	}
	return names, nil
}

// checkEntry refuses links, devices, and paths that lead out of the folder.
func checkEntry(head *tar.Header) error {
	if head.Typeflag != tar.TypeReg && head.Typeflag != tar.TypeDir {
		return fmt.Errorf("%q in it is neither a file nor a folder", head.Name)
	}
	clean := path.Clean(head.Name)
	if path.IsAbs(head.Name) || clean == ".." || strings.HasPrefix(clean, "../") ||
		strings.ContainsAny(head.Name, "\\\x00") {
		return fmt.Errorf("%q in it leads out of its folder", head.Name)
	}
	return nil
}

var s3URI = regexp.MustCompile(`^s3://([^/]+)/(.+)$`)

// fetch downloads an object to a new file, checks the archive in it, and returns the names of its
// files. It fails if the file exists. IfMatch makes sure that the object checked is the one
// downloaded.
func (c *Cloud) fetch(ctx context.Context, uri, to string) (names []string, err error) {
	m := s3URI.FindStringSubmatch(uri)
	if m == nil {
		return nil, fmt.Errorf("the service names %q, which is not an S3 object", uri)
	}
	head, err := c.s3().HeadObject(ctx, &s3.HeadObjectInput{Bucket: &m[1], Key: &m[2],
		ChecksumMode: s3types.ChecksumModeEnabled})
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", uri, shortError(err))
	}
	if aws.ToInt64(head.ContentLength) > maxArchive {
		return nil, fmt.Errorf("%s has %d bytes, more than a model may have", uri,
			aws.ToInt64(head.ContentLength))
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = c.current.Load().transfer.DownloadObject(ctx,
		&transfermanager.DownloadObjectInput{Bucket: &m[1], Key: &m[2], WriterAt: f,
			IfMatch: head.ETag})
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", uri, shortError(err))
	}
	if err := c.verifyDownload(to, head); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", uri, err)
	}
	if names, err = checkArchive(f); err != nil {
		return nil, fmt.Errorf("%s is refused: %w", uri, err)
	}
	return names, nil
}

// verifyDownload compares a downloaded file with the server's size and, if it has one, its SHA-256.
// A sum with a hyphen is a hash of the parts' hashes, and cannot be compared.
func (c *Cloud) verifyDownload(path string, head *s3.HeadObjectOutput) error {
	s, err := c.hashFile(path, "model.tar.gz")
	if err != nil {
		return err
	}
	if s.size != aws.ToInt64(head.ContentLength) {
		return fmt.Errorf("received %d of %d bytes", s.size, aws.ToInt64(head.ContentLength))
	}
	sum := aws.ToString(head.ChecksumSHA256)
	if sum != "" && !strings.Contains(sum, "-") &&
		sum != base64.StdEncoding.EncodeToString(s.digest[:]) {
		return errors.New("the download has another SHA-256")
	}
	return nil
}
