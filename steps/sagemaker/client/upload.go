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
	"os"
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

	"snellen/engine/step"
)

// The keys in the bucket are made of what they hold, so an object is uploaded once, by whoever comes first:
//
//	PREFIX/files/SHA256/NAME             one file; as a channel its prefix is the folder
//	PREFIX/folders/SHA256/PATH           the files of a folder, by the hash of their list
//	PREFIX/jobs/JOB/output/...           what jobs leave
//	PREFIX/checkpoints/KEY/...           of spot jobs, by the step's key
//
// Each object's SHA-256 is sent with it, and the server refuses other bytes. It is kept as metadata, too: of an object that
// went up in parts the server knows the hash of hashes alone.
const digestMetadata = "snellen-sha256"

const maxUploads = 8

// partSize is where an upload is cut in parts.
const partSize = 16 << 20

// A source is a local file with the key that it has in the bucket.
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

// hashFile hashes a file, whose key's folder then holds it alone.
func (c *Cloud) hashFile(path, name string) (source, error) {
	f, err := os.Open(path)
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

// hashFolder hashes a folder's files. Links in it are those that the engine made of objects.
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

// upload brings what is missing into the bucket, and reports bytes.
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
			report(step.Progress{Done: float64(done) / 1e6, Total: float64(total) / 1e6, Unit: "MB uploaded"})
			return nil
		})
	}
	err := g.Wait()
	if err == nil {
		report(step.Progress{Log: fmt.Sprintf("%d of %d files were missing in the bucket and uploaded, %d bytes", len(absent), len(sources), total)})
	}
	return err
}

// hasObject tells whether the bucket has a source already, whole.
func (c *Cloud) hasObject(ctx context.Context, s source, present map[string]int64) (bool, error) {
	if present != nil { // a folder's list told: its keys are hashes of all its bytes, and each was checked when it came
		size, ok := present[s.key]
		return ok && size == s.size, nil
	}
	head, err := c.s3().HeadObject(ctx, &s3.HeadObjectInput{Bucket: &c.settings.Bucket, Key: &s.key, ChecksumMode: s3types.ChecksumModeEnabled})
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return aws.ToInt64(head.ContentLength) == s.size && digestMatches(head, s.digest), nil
}

// digestMatches compares a digest with the server's, or with ours where the server has none of the whole.
func digestMatches(head *s3.HeadObjectOutput, digest [32]byte) bool {
	if sum := aws.ToString(head.ChecksumSHA256); sum != "" && !strings.Contains(sum, "-") {
		return sum == base64.StdEncoding.EncodeToString(digest[:])
	}
	return head.Metadata[digestMetadata] == hex.EncodeToString(digest[:])
}

func commonParent(sources []source) string {
	prefix := sources[0].key
	for _, s := range sources {
		for !strings.HasPrefix(s.key, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return parentKey(prefix)
}

// listKeys gives the keys below a prefix with their sizes.
func (c *Cloud) listKeys(ctx context.Context, prefix string) (map[string]int64, error) {
	all := map[string]int64{}
	pages := s3.NewListObjectsV2Paginator(c.s3(), &s3.ListObjectsV2Input{Bucket: &c.settings.Bucket, Prefix: &prefix})
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

// put uploads one file. Its bytes are those that were hashed, or the server refuses them.
func (c *Cloud) put(ctx context.Context, s source) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := &transfermanager.UploadObjectInput{
		Bucket: &c.settings.Bucket, Key: &s.key, Body: f, Metadata: map[string]string{digestMetadata: hex.EncodeToString(s.digest[:])},
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

// verifyUpload looks at what was uploaded in parts, where the server knows no hash of the whole.
func (c *Cloud) verifyUpload(ctx context.Context, s source) error {
	again, err := c.hashFile(s.path, filepath.Base(s.path))
	if err == nil && again.digest != s.digest {
		err = errors.New("the file changed while it was uploaded")
	}
	if err != nil {
		return err
	}
	there, err := c.hasObject(ctx, s, nil)
	if err == nil && !there {
		err = errors.New("what arrived in the bucket is not what was sent")
	}
	return err
}

// parentKey is a key's folder. It ends in a slash: the service takes prefixes by their letters alone.
func parentKey(key string) string { return key[:strings.LastIndex(key, "/")+1] }
