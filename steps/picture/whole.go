//go:build native

package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Whole returns the bytes of a JPEG's first picture. It is an error if they are another format's,
// or if their end is missing.
func Whole(data []byte) ([]byte, error) {
	head := data[:min(len(data), sniffed)]
	switch format := detect(head); format {
	case "jpeg":
	case "":
		return nil, refusal(head)
	default:
		return nil, fmt.Errorf("this is a picture of format %s, not a JPEG", format)
	}
	whole, ok := first(data)
	if !ok {
		return nil, errors.New("the end of the JPEG is missing")
	}
	return whole, nil
}

// first returns the bytes of a JPEG's first picture. ok is false if its end is missing: a decoder
// would return it with grey in place of what it lacks, or only the coarse part of a progressive
// one. What follows the end does not count: phones append smaller pictures, gain maps and videos.
func first(data []byte) (picture []byte, ok bool) {
	for at := 2; at+2 <= len(data); {
		marker := data[at+1]
		switch {
		case data[at] != 0xff: // the coded picture
			n := bytes.IndexByte(data[at:], 0xff)
			if n < 0 {
				return nil, false
			}
			at += n
		case marker == 0xff: // fill
			at++
		case marker == markerEOI:
			return data[:at+2], true
		case marker == 0, marker == markerTEM, marker >= markerRST0 && marker <= markerSOI:
			at += 2
		case at+4 > len(data):
			return nil, false
		default: // a segment
			at += 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		}
	}
	return nil, false
}
