package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	transfertypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"snellen/engine/regular"
	"snellen/engine/step"
)

// Keys in the bucket are made of what the objects contain, so whoever comes first uploads an
// object, and nobody uploads it again:
//
//	PREFIX/files/SHA256/NAME             one file; as a channel its prefix is the folder
//	PREFIX/folders/SHA256/PATH           the files of a folder, by the hash of their list
//	PREFIX/jobs/JOB/output/...           the outputs of jobs
//	PREFIX/checkpoints/KEY/...           the checkpoints of spot jobs, by the step's key
//
// The SHA-256 is sent with each object, and the server refuses other bytes. It is also stored as
// metadata, because for an object sent in parts the server only has a hash of the parts' hashes.
const digestMetadata = "snellen-sha256"

// maxUploads limits the files in transfer. More files than that are looked up by one listing in
// place of one request each.
const maxUploads = 8

// partSize is the size in bytes from which an upload is sent in parts.
const partSize = 16 << 20

// A source is a local file and its key in the bucket.
type source struct {
	path   string
	key    string
	digest [32]byte
	size   int64
}

func (c *Cloud) key(parts ...string) string {
	return strings.Join(append([]string{c.settings.Prefix}, parts...), "/")
}

func (c *Cloud) uri(key string) string { return "s3://" + c.settings.Bucket + "/" + key }

// hashFile returns a source for a file. The folder of its key contains nothing else, so that it can
// be a channel.
func (c *Cloud) hashFile(path, name string) (source, error) {
	f, err := regular.Open(path)
	if err != nil {
		return source{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	s := source{path: path, size: n}
	h.Sum(s.digest[:0])
	s.key = c.key("files", hex.EncodeToString(s.digest[:]), name)
	return s, err
}

// hashFolder returns sources for a folder's files, sorted by key, below a prefix made of their
// hashes and paths. WalkDir does not follow links to folders; links to files are the engine's,
// which link to objects of the store.
func (c *Cloud) hashFolder(dir string) (prefix string, sources []source, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		s, err := c.hashFile(path, filepath.Base(path))
		s.key = filepath.ToSlash(rel)
		sources = append(sources, s)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	slices.SortFunc(sources, func(a, b source) int { return strings.Compare(a.key, b.key) })
	list := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(list, "%x %s\n", s.digest, s.key)
	}
	prefix = c.key("folders", hex.EncodeToString(list.Sum(nil))) + "/"
	for i := range sources {
		sources[i].key = prefix + sources[i].key
	}
	return prefix, sources, nil
}

// upload sends the sources that the bucket does not have, and reports megabytes. report may be
// called from several goroutines, one at a time.
func (c *Cloud) upload(ctx context.Context, sources []source, report func(step.Progress)) error {
	var absent []source
	var total, done int64
	var present map[string]int64
	if len(sources) > maxUploads {
		var err error
		if present, err = c.listKeys(ctx, commonParent(sources)); err != nil {
			return err
		}
	}
	for _, s := range sources {
		there, err := c.hasObject(ctx, s, present)
		if err != nil {
			return fmt.Errorf("look for %s: %w", c.uri(s.key), shortError(err))
		}
		if !there {
			absent, total = append(absent, s), total+s.size
		}
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxUploads)
	for _, s := range absent {
		g.Go(func() error {
			if err := c.put(ctx, s); err != nil {
				return fmt.Errorf("upload to %s: %w", c.uri(s.key), shortError(err))
			}
			mu.Lock()
			defer mu.Unlock()
			done += s.size
			report(step.Progress{Done: float64(done) / 1e6, Total: float64(total) / 1e6,
				Unit: "MB uploaded"})
			return nil
		})
	}
	err := g.Wait()
	if err == nil {
		report(step.Progress{Log: fmt.Sprintf(
			"%d of %d files were missing in the bucket and uploaded, %d bytes", len(absent),
			len(sources), total)})
	}
	return err
}

// hasObject reports whether the bucket has a source, complete. present is the listing of a folder,
// or nil to ask for this object.
func (c *Cloud) hasObject(ctx context.Context, s source, present map[string]int64) (bool, error) {
	// A folder's listing is enough: its key is a hash of all bytes, and each object was checked
	// when it was uploaded.
	if present != nil {
		size, ok := present[s.key]
		return ok && size == s.size, nil
	}
	head, err := c.s3().HeadObject(ctx, &s3.HeadObjectInput{Bucket: &c.settings.Bucket, Key: &s.key,
		ChecksumMode: s3types.ChecksumModeEnabled})
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return aws.ToInt64(head.ContentLength) == s.size && digestMatches(head, s.digest), nil
}

// digestMatches compares a digest with the server's SHA-256 or, if the server has none of the whole
// object, with our metadata.
func digestMatches(head *s3.HeadObjectOutput, digest [32]byte) bool {
	if sum := aws.ToString(head.ChecksumSHA256); sum != "" && !strings.Contains(sum, "-") {
		return sum == base64.StdEncoding.EncodeToString(digest[:])
	}
	return head.Metadata[digestMetadata] == hex.EncodeToString(digest[:])
}

// commonParent returns the longest folder that contains all the sources' keys.
func commonParent(sources []source) string {
	prefix := sources[0].key
	for _, s := range sources {
		for !strings.HasPrefix(s.key, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return parentKey(prefix)
}

// listKeys returns the keys below a prefix with their sizes in bytes.
func (c *Cloud) listKeys(ctx context.Context, prefix string) (map[string]int64, error) {
	all := map[string]int64{}
	pages := s3.NewListObjectsV2Paginator(c.s3(), &s3.ListObjectsV2Input{Bucket: &c.settings.Bucket,
		Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", c.uri(prefix), shortError(err))
		}
		for _, o := range page.Contents {
			all[aws.ToString(o.Key)] = aws.ToInt64(o.Size)
		}
	}
	return all, nil
}

// put uploads one file. The server refuses bytes other than those that were hashed.
func (c *Cloud) put(ctx context.Context, s source) error {
	f, err := regular.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := &transfermanager.UploadObjectInput{
		Bucket: &c.settings.Bucket, Key: &s.key, Body: f,
		Metadata:          map[string]string{digestMetadata: hex.EncodeToString(s.digest[:])},
		ChecksumAlgorithm: transfertypes.ChecksumAlgorithmSha256,
	}
	if s.size < partSize {
		in.ChecksumSHA256 = aws.String(base64.StdEncoding.EncodeToString(s.digest[:]))
	}
	if key := c.settings.OutputKey; key != "" {
		in.ServerSideEncryption, in.SSEKMSKeyID = transfertypes.ServerSideEncryptionAwsKms, &key
	}
	_, err = c.current.Load().transfer.UploadObject(ctx, in, func(o *transfermanager.Options) {
		o.MultipartUploadThreshold, o.PartSizeBytes = partSize, partSize
	})
	if err != nil || s.size < partSize {
		return err
	}
	return c.verifyUpload(ctx, s)
}

// verifyUpload checks an upload that was sent in parts. The server has no hash of the whole, so the
// file is hashed again and the stored metadata compared.
func (c *Cloud) verifyUpload(ctx context.Context, s source) error {
	again, err := c.hashFile(s.path, filepath.Base(s.path))
	if err == nil && again.digest != s.digest {
		err = errors.New("the file changed during the upload")
	}
	if err != nil {
		return err
	}
	there, err := c.hasObject(ctx, s, nil)
	if err == nil && !there {
		err = errors.New("the object in the bucket differs from the file")
	}
	return err
}

// parentKey returns the folder of a key, with its slash at the end: the service compares prefixes
// letter by letter.
func parentKey(key string) string { return key[:strings.LastIndex(key, "/")+1] }
