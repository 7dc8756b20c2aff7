package picture

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"snellen/steps/video"
)

// A Set is the content of pictures.json: what is known of a label's pictures, in order.
type Set struct {
	Pictures []Picture `json:"pictures"`
}

// A Picture describes one picture.
type Picture struct {
	Width   int           `json:"width"` // pixels, as shown
	Height  int           `json:"height"`
	Digest  string        `json:"digest"`  // SHA-256 of the file, 64 hexadecimal digits
	Hash    string        `json:"hash"`    // of what it shows: video.DifferenceHash
	Reading video.Reading `json:"reading"` // how the file becomes a picture
}

// LoadSet reads a pictures.json and checks it.
func LoadSet(path string) (*Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s Set
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	if len(s.Pictures) == 0 {
		return nil, errors.New("pictures: there are none")
	}
	for i, p := range s.Pictures {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("picture %d: %w", i, err)
		}
	}
	return &s, nil
}

// check refuses what no step writes.
func (p Picture) check() error {
	w, h := p.Reading.DisplaySize()
	switch {
	case !isHex(p.Digest, 32):
		return fmt.Errorf("%.80q is not a digest", p.Digest)
	case !isHex(p.Hash, video.HashHeight):
		return fmt.Errorf("%.80q is not a hash", p.Hash)
	case w != p.Width || h != p.Height:
		return fmt.Errorf("it is %dx%d, and its reading %dx%d", p.Width, p.Height, w, h)
	}
	return p.Reading.Check()
}

// isHex reports whether a text is so many bytes in hexadecimal digits.
func isHex(text string, bytes int) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == bytes
}
