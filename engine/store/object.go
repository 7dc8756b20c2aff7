package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"snellen/engine/regular"
)

// ErrGone is the error of an object that does not exist or is damaged.
var ErrGone = errors.New("object gone")

// Put makes the file at path an object. The file must be in a Workspace, and is moved, not copied.
// An object that exists is replaced by the same bytes, which repairs it if it was damaged. The
// caller must Hold the store until a record names the object: see the gate.
func (s *Store) Put(path string) (Output, error) {
	if err := separate(path); err != nil {
		return Output{}, fmt.Errorf("write an object: %w", err)
	}
	digest, size, err := SumFile(path)
	if err != nil {
		return Output{}, fmt.Errorf("hash an output: %w", err)
	}
	if err := seal(path); err != nil {
		return Output{}, fmt.Errorf("write an object: %w", err)
	}
	if err := s.publish(path, s.path("objects", digest.hex())); err != nil {
		return Output{}, fmt.Errorf("write an object: %w", err)
	}
	return Output{digest, size}, nil
}

// Adopt makes the file at path, which comes from elsewhere and is in a Workspace, the object of that
// digest, as Put does. A file of other bytes is an error that wraps ErrGone, and stays. A record
// that was committed must name the object, or the caller must Hold the store until one does.
func (s *Store) Adopt(path string, o Output) error {
	digest, size, err := SumFile(path)
	if err != nil {
		return fmt.Errorf("hash what was fetched: %w", err)
	}
	if digest != o.Digest || size != o.Size {
		return fmt.Errorf("%w: its bytes do not match its name", ErrGone)
	}
	if err = seal(path); err == nil {
		err = s.publish(path, s.path("objects", digest.hex()))
	}
	if err != nil {
		return fmt.Errorf("write an object: %w", err)
	}
	return nil
}

// separate makes a file that has other names too a file of its own: who has those would change the
// object, and lose the right to change what is theirs.
func separate(path string) (err error) {
	fi, err := os.Lstat(path)
	if err != nil || nameCount(fi) <= 1 {
		return err
	}
	from, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(path), "copy-")
	if err != nil {
		return err
	}
	defer os.Remove(to.Name()) // it fails, as it should, after the file was renamed
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return err
	}
	return os.Rename(to.Name(), path)
}

// seal makes a file read-only and its bytes durable.
func seal(path string) error {
	f, err := regular.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o444), f.Sync(), f.Close())
}

// PutBytes makes data an object, under the same rules as Put.
func (s *Store) PutBytes(data []byte) (Output, error) {
	out := Output{Sum(data), int64(len(data))}
	path := s.path("objects", out.Digest.hex())
	if fi, err := os.Stat(path); err == nil && fi.Size() == out.Size {
		return out, nil
	}
	return out, s.WriteFile(path, data)
}

// Path returns the path at which an object's bytes can be read. The caller must not change the
// file, and must not keep the path for longer than it relies on a record that names the object.
func (s *Store) Path(d Digest) string { return s.path("objects", d.hex()) }

// Has reports whether an object of that size exists, without reading it.
func (s *Store) Has(o Output) bool {
	fi, err := os.Stat(s.Path(o.Digest))
	return err == nil && fi.Mode().IsRegular() && fi.Size() == o.Size
}

// sum reads an object. A link to nothing is no regular file, rather than no file.
func (s *Store) sum(o Output) (Digest, int64, error) {
	d, size, err := SumFile(s.Path(o.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		if _, lerr := os.Lstat(s.Path(o.Digest)); lerr == nil {
			err = fmt.Errorf("%w but a link to nothing", regular.ErrNot)
		}
	}
	return d, size, err
}

// Damaged reads an object and reports whether its bytes differ from its name. An object that does
// not exist is not damaged.
func (s *Store) Damaged(o Output) (bool, error) {
	got, size, err := s.sum(o)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, regular.ErrNot):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read object %s: %w", o.Digest, err)
	}
	return got != o.Digest || size != o.Size, nil
}

// Check reads an object and compares it with its name. It returns ErrGone where the object does not
// exist. A damaged object is moved to the quarantine, with an error that wraps ErrGone.
func (s *Store) Check(o Output) error {
	got, size, err := s.sum(o)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrGone
	case err != nil && !errors.Is(err, regular.ErrNot):
		return fmt.Errorf("read object %s: %w", o.Digest, err)
	case err == nil && got == o.Digest && size == o.Size:
		return nil
	}
	away, err := s.quarantine(s.Path(o.Digest))
	if err != nil {
		return fmt.Errorf("quarantine object %s: %w", o.Digest, err)
	}
	return fmt.Errorf("%w: its bytes did not match its name and were moved to %s", ErrGone, away)
}

// quarantine moves what is in the place of one of the store's files to where a person may look at
// it, and returns the new path.
func (s *Store) quarantine(path string) (away string, err error) {
	away = filepath.Join(s.dir, "quarantine", filepath.Base(path))
	if err = os.Rename(path, away); err == nil {
		return away, nil
	}
	// A folder does not replace what an earlier call left there.
	dir, err := os.MkdirTemp(filepath.Dir(away), filepath.Base(path)+"-")
	if err != nil {
		return "", err
	}
	away = filepath.Join(dir, filepath.Base(path))
	return away, os.Rename(path, away)
}

// Read returns an object's bytes and checks them. An object over limit bytes is an error. Where it
// does not exist or is damaged, the error wraps ErrGone.
func (s *Store) Read(o Output, limit int64) ([]byte, error) {
	if o.Size > limit {
		return nil, fmt.Errorf("object %s has %d bytes, more than the %d expected at most",
			o.Digest, o.Size, limit)
	}
	data, err := regular.Read(s.Path(o.Digest), limit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("object %s: %w", o.Digest, ErrGone)
	case errors.Is(err, regular.ErrNot), errors.Is(err, regular.ErrTooLarge),
		err == nil && Sum(data) != o.Digest:
		return nil, fmt.Errorf("object %s: %w", o.Digest, s.Check(o))
	case err != nil:
		return nil, fmt.Errorf("read object %s: %w", o.Digest, err)
	}
	return data, nil
}
