package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// readRecord reads a record's file. It does not use the buffer.
func readRecord(path string, _ []byte) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	if err == nil && len(data) > maxRecord {
		err = fmt.Errorf("it has more than %d bytes", maxRecord)
	}
	return data, err
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
