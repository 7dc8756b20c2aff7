// Package regular opens and reads regular files at paths where anything may be. Who may write to a
// folder may also put a named pipe, a device or a folder in the place of a file: opening it must
// not wait, and reading it must not fill the memory. The package imports only the standard library.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ErrNot is wrapped by the error of a file that is not a regular one.
var ErrNot = errors.New("not a regular file")

// ErrTooLarge is wrapped by the error of a file that is larger than its reader allows.
var ErrTooLarge = errors.New("file too large")

// Open opens a regular file for reading. A link is followed. An error of anything else wraps ErrNot
// and says what it is; it never waits.
func Open(path string) (*os.File, error) { return OpenFile(path, os.O_RDONLY, 0) }

// OpenFile is os.OpenFile for regular files alone: see Open. A file that is created is regular, and
// where one may be created a link is not followed: it could lead anywhere.
func OpenFile(path string, flag int, perm fs.FileMode) (*os.File, error) {
	if flag&os.O_CREATE != 0 {
		flag |= noFollow
	}
	return check(path, func() (*os.File, error) {
		return os.OpenFile(path, flag|syscall.O_NONBLOCK, perm)
	}, os.Stat)
}

// OpenIn is Open for a name in a root.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	return check(name, func() (*os.File, error) {
		return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}, root.Stat)
}

// check opens a file by open and looks at what it opened. Where that failed, stat says whether it
// was because the file is not a regular one: a folder cannot be opened for writing, nor a socket.
func check(path string, open func() (*os.File, error),
	stat func(string) (fs.FileInfo, error)) (*os.File, error) {
	f, err := open()
	if errors.Is(err, syscall.ELOOP) {
		return nil, notBut(path, "a link that cannot be followed")
	}
	if err != nil {
		if fi, serr := stat(path); serr == nil && !fi.Mode().IsRegular() {
			return nil, not(path, fi.Mode())
		}
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = not(path, fi.Mode())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// not returns the error of a file with that mode.
func not(path string, mode fs.FileMode) error {
	what := "something else"
	switch {
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	}
	return notBut(path, what)
}

func notBut(path, what string) error {
	return &fs.PathError{Op: "open", Path: path,
		Err: fmt.Errorf("%w but %s; move it away", ErrNot, what)}
}

// Read returns the bytes of a regular file. An error of a file of more than limit bytes wraps
// ErrTooLarge.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadFrom(f, limit)
}

// ReadFrom returns what is left of an open regular file, within the bound that Read has.
func ReadFrom(f *os.File, limit int64) ([]byte, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if fi.Size() > limit {
		return nil, tooLarge(f.Name(), limit)
	}
	// One byte more than the file has, so that the end is met without growing.
	data := make([]byte, 0, max(fi.Size()+1, 512))
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooLarge(f.Name(), limit)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

func tooLarge(path string, limit int64) error {
	return &fs.PathError{Op: "read", Path: path,
		Err: fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)}
}
