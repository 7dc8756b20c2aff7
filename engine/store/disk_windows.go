package store

import (
	"errors"
	"io/fs"
	"os"

	"snellen/engine/regular"
)

// readRecord reads a record's file. It does not use the buffer.
func readRecord(path string, _ []byte) ([]byte, error) {
	return regular.Read(path, maxRecord)
}

// rename renames a file and replaces one that has the name already. The store's files are
// read-only, and Windows does not replace a read-only file, so the old one loses that attribute
// first.
func rename(from, to string) error {
	err := os.Rename(from, to)
	if errors.Is(err, fs.ErrPermission) && os.Chmod(to, 0o666) == nil {
		err = os.Rename(from, to)
	}
	return err
}

// syncFolder does nothing: Windows has no call that makes the names in a folder durable, and NTFS
// keeps a log of them.
func syncFolder(string) error { return nil }
