//go:build native

package picture

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// FuzzFirst checks that the first picture of a file is where the file begins, and ends with the mark
// of an end.
func FuzzFirst(f *testing.F) {
	for _, digits := range []string{
		"ffd8ffe000044a46ffda0004000012ff0034ffd0ffd9ffd8ffd9", "ffd8ffe0", "ffd8ffe000",
		"ffd8ffffffd9", "ffd8ffe00000ffd9",
	} {
		data, err := hex.DecodeString(digits)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		picture, ok := first(data)
		if ok && (!bytes.HasPrefix(data, picture) || !bytes.HasSuffix(picture, []byte{0xff, 0xd9})) {
			t.Errorf("%x of %x", picture, data)
		}
	})
}
