package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"snellen/engine/regular"
)

// A Digest is the SHA-256 of bytes. Its text form is "sha256:" and 64 digits.
type Digest [sha256.Size]byte

// A Key is the SHA-256 of a manifest. Its text form is 64 digits.
type Key [sha256.Size]byte

// A Shape is the SHA-256 of a manifest without its inputs' digests. It is known before the inputs
// are.
type Shape [sha256.Size]byte

// Sum returns the digest of data.
func Sum(data []byte) Digest { return sha256.Sum256(data) }

// SumFile returns the digest and the length of a file's bytes. It reads the file once, in pieces.
func SumFile(path string) (Digest, int64, error) {
	f, err := regular.Open(path)
	if err != nil {
		return Digest{}, 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{h}, f, make([]byte, 1<<17))
	return Digest(h.Sum(nil)), n, err
}

// onlyWriter hides a hash's other methods, so that io.CopyBuffer uses the caller's buffer.
type onlyWriter struct{ io.Writer }

func (d Digest) String() string { return "sha256:" + hex.EncodeToString(d[:]) }

// Append appends the text form to b.
func (d Digest) Append(b []byte) []byte { return hex.AppendEncode(append(b, "sha256:"...), d[:]) }

func (d Digest) hex() string { return hex.EncodeToString(d[:]) }
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// MarshalText returns the text form.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text form and refuses any other.
func (d *Digest) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), "sha256:")
	if !ok {
		return fmt.Errorf("digest %.80q does not begin with %q", text, "sha256:")
	}
	return decodeHex(d[:], digits)
}

// MarshalText returns the text form.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the text form and refuses any other.
func (k *Key) UnmarshalText(text []byte) error { return decodeHex(k[:], string(text)) }

// decodeHex fills to from lower-case digits. Upper-case ones are refused, so that a digest has one
// text form and one file name.
func decodeHex(to []byte, digits string) error {
	if len(digits) != 2*len(to) || strings.ContainsAny(digits, "ABCDEF") {
		return fmt.Errorf("%.80q is not %d lower-case hexadecimal digits", digits, 2*len(to))
	}
	_, err := hex.Decode(to, []byte(digits))
	return err
}
