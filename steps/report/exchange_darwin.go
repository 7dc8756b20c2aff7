package report

import "golang.org/x/sys/unix"

// exchange gives two folders each other's name, so that neither name is missing at any moment.
func exchange(a, b string) error {
	return unix.RenamexNp(a, b, unix.RENAME_SWAP)
}
