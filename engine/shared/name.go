package shared

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"
)

// maxName bounds a name, in bytes. S3 allows 1,024, which the bucket's prefix is part of.
const maxName = 800

// CheckName returns an error where a blob cannot have the name: it must be a valid path of package
// fs without control characters, which neither a listing in XML nor a terminal bears.
func CheckName(name string) error {
	if fs.ValidPath(name) && name != "." && len(name) <= maxName &&
		!strings.ContainsFunc(name, unicode.IsControl) {
		return nil
	}
	return fmt.Errorf("no blob can have the name %.100q", name)
}
