package folder

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"snellen/engine/regular"
	"snellen/engine/shared"
	"snellen/engine/step"
)

// Put implements shared.Bucket.
func (b *Bucket) Put(ctx context.Context, name string, data []byte, when shared.When) (
	shared.Blob, error) {
	return small(ctx, b, func(ctx context.Context, root *os.Root) (shared.Blob, error) {
		return b.write(ctx, root, name, bytes.NewReader(data), when, nil)
	})
}

// Send implements shared.Bucket.
func (b *Bucket) Send(ctx context.Context, name, from string, when shared.When,
	progress func(int64)) (shared.Blob, error) {
	return do(ctx, b, func(root *os.Root) (shared.Blob, error) {
		f, err := regular.Open(from)
		if err != nil {
			return shared.Blob{}, err
		}
		defer f.Close()
		return b.write(ctx, root, name, f, when, progress)
	})
}

// write writes a blob under a temporary name, and publishes it.
func (b *Bucket) write(ctx context.Context, root *os.Root, name string, from io.Reader,
	when shared.When, progress func(int64)) (blob shared.Blob, err error) {
	file, err := local(name)
	if err != nil {
		return blob, err
	}
	there, err := look(root, file)
	if err != nil {
		return blob, err
	}
	if !allows(when, there) { // before the bytes are copied; publish asks again
		return blob, shared.ErrChanged
	}
	temporary, err := newName(root, incoming, "")
	if err != nil {
		return blob, err
	}
	defer func() {
		rerr := root.Remove(temporary)
		if err == nil && rerr != nil && !errors.Is(rerr, fs.ErrNotExist) { // a rename took it away
			err = rerr
		}
	}()
	if err := writeFile(ctx, root, temporary, from, progress); err != nil {
		return blob, err
	}
	fi, err := stamp(root, temporary, there)
	if err != nil {
		return blob, err
	}
	if err := makeFolder(root, file); err != nil {
		return blob, err
	}
	if ctx.Err() != nil {
		return blob, ctx.Err()
	}
	if err := b.publish(root, temporary, file, fi, when); err != nil {
		return blob, err
	}
	return blobOf(name, fi), syncFolder(root, parent(file))
}

// look returns what is known of a blob's file, or nil where there is none.
func look(root *os.Root, file string) (fs.FileInfo, error) {
	f, fi, err := open(root, file)
	if err == shared.ErrAbsent {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return fi, f.Close()
}

// allows reports whether a blob may be written where there is one already, or none.
func allows(when shared.When, there fs.FileInfo) bool {
	return (!when.Absent || there == nil) &&
		(when.Tag == "" || there != nil && tagOf(there) == when.Tag)
}

// newName returns a name in one of the folders that hold no blobs, which is made.
func newName(root *os.Root, dir, after string) (string, error) {
	if err := root.MkdirAll(dir, 0o775); err != nil {
		return "", writable(err)
	}
	return filepath.Join(dir, rand.Text()+after), nil
}

// writeFile makes a file of its own and makes its bytes durable.
func writeFile(ctx context.Context, root *os.Root, name string, from io.Reader,
	progress func(int64)) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return writable(err)
	}
	_, err = copyTo(ctx, f, from, progress)
	if err == nil && runtime.GOOS != "windows" { // where no read-only file can be replaced
		err = f.Chmod(0o444)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// stamp gives a new file a time that no other of its name has, and returns what is known of it
// then. there is the file that it replaces, or nil.
func stamp(root *os.Root, name string, there fs.FileInfo) (fs.FileInfo, error) {
	fi, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	// Some servers keep a time in units of 100 ns.
	part := 100 * time.Duration(mathrand.Int64N(int64(time.Second/100)))
	return stampAt(root, name, there, fi.ModTime().Truncate(time.Second).Add(part))
}

// stampAt is stamp with a time, or with a later one where the file that is replaced has the same.
func stampAt(root *os.Root, name string, there fs.FileInfo, changed time.Time) (
	fi fs.FileInfo, err error) {
	for range 3 {
		kept := root.Chtimes(name, changed, changed) // by a file system that sets no times
		if fi, err = root.Lstat(name); err != nil {
			return nil, err
		}
		if kept != nil || there == nil || tagOf(fi) != tagOf(there) {
			break
		}
		changed = changed.Add(2 * time.Second) // what FAT can tell apart
	}
	return fi, nil
}

// makeFolder makes the folder of a file. What is in the place of a folder is moved aside, but for a
// regular file, which may be a blob.
func makeFolder(root *os.Root, file string) error {
	dir := parent(file)
	err := root.MkdirAll(dir, 0o775)
	for err != nil {
		at := obstacle(root, file)
		if at == "" {
			return writable(err)
		}
		if fi, err := root.Lstat(at); err == nil && fi.Mode().IsRegular() {
			return step.WithHint(fmt.Errorf("a file is in the place of a folder: %s",
				filepath.Join(root.Name(), at)), "move it away")
		}
		if err := moveAside(root, at); err != nil {
			return err
		}
		err = root.MkdirAll(dir, 0o775)
	}
	return nil
}

// attempts bounds how often what is in the place of a blob is moved aside.
const attempts = 3

// publish gives a file the name of a blob. fi is what is known of it.
func (b *Bucket) publish(root *os.Root, temporary, file string, fi fs.FileInfo,
	when shared.When) error {
	for range attempts {
		if when.Tag != "" {
			there, err := look(root, file)
			if err != nil {
				return err
			}
			if !allows(when, there) {
				return shared.ErrChanged
			}
		}
		var err error
		if when.Absent {
			err = b.create(root, temporary, file)
		} else {
			err = root.Rename(temporary, file)
		}
		if err == nil {
			return nil
		}
		there, serr := root.Lstat(file)
		switch {
		case errors.Is(serr, fs.ErrNotExist) && errors.Is(err, fs.ErrExist):
			continue // it was there a moment ago
		case serr != nil:
			return writable(err)
		case when.Absent && os.SameFile(there, fi):
			return nil // NFS did it, lost the answer, and asked again
		case when.Absent && there.Mode().IsRegular() && errors.Is(err, fs.ErrExist):
			return shared.ErrChanged
		case there.Mode().IsRegular():
			return writable(err)
		}
		if err := moveAside(root, file); err != nil {
			return err
		}
	}
	return fmt.Errorf("what is in the place of %s comes back again and again",
		filepath.Join(root.Name(), file))
}

// create gives a file a name that must not exist.
func (b *Bucket) create(root *os.Root, temporary, file string) error {
	err := b.link(root, temporary, file)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// There may be no links here: see the package's comment.
	f, cerr := root.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(cerr, fs.ErrExist) {
		return cerr
	}
	if cerr != nil {
		return err
	}
	return errors.Join(f.Close(), root.Rename(temporary, file))
}

// moveAside moves what is in the place of a blob, or of a folder, out of the way. A link is removed.
// A regular file stays: somebody else was first, and wrote the blob.
//
// Only one machine at a time moves a thing: who came late would move the blob that has its place
// since, and whoever writes one meanwhile would win a second time.
func moveAside(root *os.Root, file string) error {
	moving := movingName(file)
	if err := root.MkdirAll(aside, 0o775); err != nil {
		return writable(err)
	}
	began := time.Now()
	for {
		err := root.Mkdir(moving, 0o775)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return writable(err)
		}
		if fi, err := root.Lstat(file); err != nil || fi.Mode().IsRegular() {
			return nil // somebody else did; a folder that cannot be read is the next one's trouble
		}
		if time.Since(began) > mostMoving { // who moved it has died
			root.Remove(moving)
			began = time.Now()
		}
		time.Sleep(time.Millisecond) // nothing tells of it across machines
	}
	defer root.Remove(moving)
	fi, err := root.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && fi.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return writable(err)
	}
	to, err := newName(root, aside, "-"+filepath.Base(file))
	if err != nil {
		return err
	}
	if err := root.Rename(file, to); err != nil {
		return writable(err)
	}
	if fi.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	return root.Remove(to)
}

// movingName returns the folder that who moves a thing aside makes before.
func movingName(file string) string {
	sum := sha256.Sum256([]byte(file)) // a path may be longer than a name
	return filepath.Join(aside, hex.EncodeToString(sum[:8])+".moving")
}

// mostMoving is how long it may take to move something aside.
const mostMoving = 2 * time.Second

// writable adds what to do about missing rights.
func writable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnly) {
		return step.WithHint(err, "give the folder to a group that you share (chgrp -R GROUP DIR; "+
			"find DIR -type d -exec chmod g+rwxs {} +), and let each of you set umask 002; or "+
			"only read it: read_only = true")
	}
	return err
}

// syncFolder makes the names in a folder durable.
func syncFolder(root *os.Root, dir string) error {
	if runtime.GOOS == "windows" { // where folders cannot be synced
		return nil
	}
	f, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
