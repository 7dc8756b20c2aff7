// Package folder keeps a shared.Bucket in a folder that several machines see, such as one of an NFS
// server. It never locks anything, since locks are what network file systems do worst: every blob
// is a file of its own, written under a temporary name and then linked to its own name, or renamed
// to it, in one step.
//
// The folder itself must exist, and is never made: where its file system is not mounted, the bucket
// is not there, which is an error, and not an empty bucket that whoever writes next fills. A mount
// point exists even when nothing is mounted, so the folder should be one below it. Folders in it
// are made when they are needed.
//
// Only regular files are blobs. A folder, a link or a named pipe in the place of a blob is no blob:
// nobody follows or opens it, and the next who writes the blob moves it aside, to the folder
// ".aside". So no blob may have a name that is a folder of another one's. All is done through an
// os.Root, so that no link leads out of the folder.
//
// # Tags
//
// A blob's tag is its size and the time of its last change, in nanoseconds. A hash of the bytes
// would read gigabytes to write a condition. The inode's number would do on most NFS clients, but
// others, of SMB and FUSE, make numbers up as they go, so that a tag would not outlive a cache. The
// size and the time are the server's, and the same for all. A time alone can be too coarse: of two
// files written in the same tick, neither would be told from the other. So who writes a blob sets
// the time itself, to a random moment of the second in which the server wrote it, and makes sure
// that its tag is not that of the blob which it replaces.
//
// # Conditions
//
// When.Absent is kept by the file system: a link to a name that exists fails, on NFS too. Where
// there are no links, as on FAT, the name is first made as an empty file, which only one can do,
// and then replaced. A reader may see the empty file in between, or after a crash; it is a damaged
// blob like any other. When.Tag is not as strict: the tag is compared first, and then the name
// replaced, and a blob that another machine writes between the two is lost. Who uses When.Tag
// replaces what is damaged, and what is written in its place is right whoever wrote it.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"snellen/engine/regular"
	"snellen/engine/shared"
	"snellen/engine/step"
)

// Folders in the bucket's folder that hold no blobs.
const (
	incoming = ".incoming" // files that are being written
	aside    = ".aside"    // what was in the place of a blob, or of a folder
)

// patience is how long a small request may take: a file system whose server is gone may never
// answer.
const patience = 10 * time.Second

// A Bucket is a shared.Bucket in a folder.
type Bucket struct {
	dir      string
	patience time.Duration
	link     func(root *os.Root, from, to string) error
	swept    atomic.Bool
}

// Open returns the bucket in a folder, whose path must be absolute. It does not look at it: the
// folder is opened anew by each request, so that one that is mounted later is found.
func Open(dir string) *Bucket {
	return &Bucket{dir: filepath.Clean(dir), patience: patience, link: (*os.Root).Link}
}

// URL implements shared.Bucket.
func (b *Bucket) URL() string {
	return "file:///" + strings.TrimPrefix(filepath.ToSlash(b.dir), "/")
}

// Close implements shared.Bucket.
func (b *Bucket) Close() error { return nil }

// root opens the folder.
func (b *Bucket) root() (*os.Root, error) {
	fi, err := os.Stat(b.dir) // what is no folder must not be opened: it may be a named pipe
	if err == nil && !fi.IsDir() {
		err = errors.New("it is not a folder")
	}
	if err == nil {
		return os.OpenRoot(b.dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, step.WithHint(fmt.Errorf("there is no folder %s", b.dir),
			"is it mounted? If it is new: mkdir "+b.dir)
	}
	return nil, fmt.Errorf("open %s: %w", b.dir, err)
}

// do calls f with the folder, and ends when the context does, though f may wait for a file system
// that hangs. f must look at the context before it publishes anything.
func do[T any](ctx context.Context, b *Bucket, f func(*os.Root) (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, ctx.Err()
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		root, err := b.root()
		if err != nil {
			done <- result{none, err}
			return
		}
		defer root.Close()
		value, err := f(root)
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// small is do for a small request, which has a limit of its own.
func small[T any](ctx context.Context, b *Bucket, f func(context.Context, *os.Root) (T, error)) (
	T, error) {
	late := step.WithHint(fmt.Errorf("%s did not answer within %v", b.dir, b.patience),
		"does the server of this file system run?")
	limited, cancel := context.WithTimeoutCause(ctx, b.patience, late)
	defer cancel()
	return do(limited, b, func(root *os.Root) (T, error) { return f(limited, root) })
}

// local checks a name and returns it as the system writes paths.
func local(name string) (string, error) {
	if err := shared.CheckName(name); err != nil {
		return "", err
	}
	if reserved(name) {
		return "", fmt.Errorf("no blob can have the name %q", name)
	}
	return filepath.Localize(name)
}

// reserved reports whether a name is in a folder that holds no blobs.
func reserved(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == incoming || first == aside
}

// tagOf returns the tag of a file.
func tagOf(fi fs.FileInfo) string {
	return fmt.Sprintf("%x-%x", fi.Size(), fi.ModTime().UnixNano())
}

func blobOf(name string, fi fs.FileInfo) shared.Blob {
	return shared.Blob{Name: name, Size: fi.Size(), Tag: tagOf(fi), Changed: fi.ModTime()}
}

// open opens a blob's file. It returns shared.ErrAbsent where there is no regular file.
func open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	fi, err := root.Lstat(name)
	if err != nil || !fi.Mode().IsRegular() {
		return nil, nil, absentOr(root, name, err)
	}
	f, err := regular.OpenIn(root, name)
	if err != nil {
		return nil, nil, absentOr(root, name, err)
	}
	// NFS clients ask the server again about a file that they open, so this is the latest.
	fi, err = f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, fi, nil
}

// absentOr returns the error of a file that could not be opened, and shared.ErrAbsent where it is
// not there, or not a regular file, or where a folder of it is not one.
func absentOr(root *os.Root, name string, err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, regular.ErrNot) ||
		obstacle(root, name) != "" {
		return shared.ErrAbsent
	}
	return err
}

// obstacle returns the path of what is in the place of one of a name's folders, or "".
func obstacle(root *os.Root, name string) string {
	for i, r := range name {
		if r != filepath.Separator {
			continue
		}
		fi, err := root.Lstat(name[:i])
		if err != nil {
			return ""
		}
		if !fi.IsDir() {
			return name[:i]
		}
	}
	return ""
}

// Get implements shared.Bucket.
func (b *Bucket) Get(ctx context.Context, name string, limit int64) ([]byte, shared.Blob, error) {
	type result struct {
		data []byte
		blob shared.Blob
	}
	file, err := local(name)
	if err != nil {
		return nil, shared.Blob{}, err
	}
	r, err := small(ctx, b, func(_ context.Context, root *os.Root) (r result, err error) {
		f, fi, err := open(root, file)
		if err != nil {
			return r, err
		}
		defer f.Close()
		r.data, err = regular.ReadFrom(f, limit)
		if errors.Is(err, regular.ErrTooLarge) {
			return result{}, shared.ErrTooLarge
		}
		r.blob = blobOf(name, fi)
		r.blob.Size = int64(len(r.data))
		return r, err
	})
	return r.data, r.blob, err
}

// Stat implements shared.Bucket.
func (b *Bucket) Stat(ctx context.Context, name string) (shared.Blob, error) {
	file, err := local(name)
	if err != nil {
		return shared.Blob{}, err
	}
	return small(ctx, b, func(_ context.Context, root *os.Root) (shared.Blob, error) {
		f, fi, err := open(root, file)
		if err != nil {
			return shared.Blob{}, err
		}
		return blobOf(name, fi), f.Close()
	})
}

// Fetch implements shared.Bucket.
func (b *Bucket) Fetch(ctx context.Context, name, to string, limit int64, progress func(int64)) (
	shared.Blob, error) {
	file, err := local(name)
	if err != nil {
		return shared.Blob{}, err
	}
	return do(ctx, b, func(root *os.Root) (shared.Blob, error) {
		f, fi, err := open(root, file)
		if err != nil {
			return shared.Blob{}, err
		}
		defer f.Close()
		if fi.Size() > limit {
			return shared.Blob{}, shared.ErrTooLarge
		}
		out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err != nil {
			return shared.Blob{}, err
		}
		n, err := copyTo(ctx, out, io.LimitReader(f, limit), progress)
		blob := blobOf(name, fi)
		blob.Size = n
		return blob, errors.Join(err, out.Close())
	})
}

// buffers are what files are copied through. Most files are far smaller than one.
var buffers = sync.Pool{New: func() any { return new([1 << 20]byte) }}

// copyTo copies until the end or until the context ends, and returns the number of bytes.
func copyTo(ctx context.Context, to io.Writer, from io.Reader, progress func(int64)) (
	int64, error) {
	buffer := buffers.Get().(*[1 << 20]byte)
	defer buffers.Put(buffer)
	for sum := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := from.Read(buffer[:])
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return sum, err
			}
			if sum += int64(n); progress != nil {
				progress(sum)
			}
		}
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
	}
}

// Remove implements shared.Bucket.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	file, err := local(name)
	if err != nil {
		return err
	}
	_, err = small(ctx, b, func(_ context.Context, root *os.Root) (struct{}, error) {
		fi, err := root.Lstat(file)
		if err == nil && !fi.IsDir() {
			err = root.Remove(file)
		}
		if err != nil && absentOr(root, file, err) == shared.ErrAbsent {
			err = nil
		}
		return struct{}{}, err
	})
	return err
}

// parent returns the folder of a name, or "." for one that has none.
func parent(file string) string { return filepath.FromSlash(path.Dir(filepath.ToSlash(file))) }
