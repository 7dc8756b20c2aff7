//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"snellen/engine/regular"
)

// readRecord reads a record's file into data, which must have some capacity and grows as needed. It
// makes four system calls where os.ReadFile makes six: a plan of ten thousand steps reads as many
// files, and the calls are most of its time. Like package regular, it waits for nothing.
func readRecord(path string, data []byte) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err == syscall.ENXIO || err == syscall.ELOOP { // a socket, or a link to itself
		return nil, regular.ErrNot
	}
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	var about syscall.Stat_t
	switch err := syscall.Fstat(fd, &about); {
	case err != nil:
		return nil, err
	case about.Mode&syscall.S_IFMT != syscall.S_IFREG:
		return nil, regular.ErrNot
	}
	for {
		n, err := syscall.Read(fd, data[len(data):cap(data)])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if data = data[:len(data)+n]; len(data) < cap(data) { // only the last read is short
			return data, nil
		}
		if len(data) > maxRecord {
			return nil, fmt.Errorf("it has more than %d bytes", maxRecord)
		}
		data = slices.Grow(data, len(data))
	}
}

// rename renames a file and replaces one that has the name already.
func rename(from, to string) error { return os.Rename(from, to) }

// syncFolder makes the names in a folder durable: a crash after it does not lose them.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}
