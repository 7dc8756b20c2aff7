package builtin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"snellen/engine/regular"
)

// IsRegular reports whether path is a regular file, following symbolic links.
func IsRegular(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

// ReadFile reads a regular file of at most the given number of bytes. Its errors are complete
// messages for the user.
func ReadFile(path string, limit int) ([]byte, error) {
	data, err := regular.Read(path, int64(limit))
	switch {
	case err == nil:
		return data, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s does not exist", path)
	case errors.Is(err, regular.ErrTooLarge):
		return nil, fmt.Errorf("%s has more than %d bytes", path, limit)
	case errors.Is(err, regular.ErrNot) && isFolder(path):
		return nil, fmt.Errorf("%s is a folder", path)
	case errors.Is(err, regular.ErrNot):
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return nil, ReadError(path, err)
}

func isFolder(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.IsDir()
}

// ReadError returns a file's error without the name of the system call.
func ReadError(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s cannot be read: %w", path, err)
}

// Resolve returns a path of a spec as seen from the caller's folder.
func Resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}
