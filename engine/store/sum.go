package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// The store's own files carry checksums: what a disk, a copy or an editor has changed must be taken
// for damage, and not for another digest or key. A file that is written as a whole begins with a
// line, "NAME HEX", where NAME says what it is and HEX is the SHA-256 of all that follows. A file
// that is appended to has a checksum at the end of each line.

var errSum = errors.New("its checksum does not match")

// withSum returns a file's content: the line, with this name, and the body.
func withSum(name string, body []byte) []byte {
	sum := sha256.Sum256(body)
	data := make([]byte, 0, len(name)+2*len(sum)+2+len(body))
	data = hex.AppendEncode(append(append(data, name...), ' '), sum[:])
	return append(append(data, '\n'), body...)
}

// checkSum returns the body of what withSum returned for this name.
func checkSum(name string, data []byte) ([]byte, error) {
	head, body, ok := bytes.Cut(data, newline)
	want, is := bytes.CutPrefix(head, []byte(name))
	if !ok || !is {
		return nil, fmt.Errorf("it begins with %.40q", head)
	}
	sum := sha256.Sum256(body)
	var digits [1 + 2*sha256.Size]byte
	digits[0] = ' '
	hex.Encode(digits[1:], sum[:])
	if !bytes.Equal(digits[:], want) {
		return nil, errSum
	}
	return body, nil
}

// lineSum is the number of bytes of a line's checksum.
const lineSum = 8

// lineWithSum returns a line with its checksum: the text, " #" and the first digits of the text's
// SHA-256.
func lineWithSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return text + " #" + hex.EncodeToString(sum[:lineSum]) + "\n"
}

// checkLine returns the text of what lineWithSum returned. A line of an earlier version is its own
// text: it has no checksum. A line without its end was cut short by a crash.
func checkLine(line string) (text string, ok bool) {
	line, ended := strings.CutSuffix(line, "\n")
	text, _, summed := strings.Cut(line, " #")
	return text, ended && (!summed || lineWithSum(text) == line+"\n")
}
