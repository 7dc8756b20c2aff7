package starter

import (
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// headerSuffixes are the suffixes of pictures whose header is read.
var headerSuffixes = []string{".jpeg", ".jpg", ".png"}

// pictureSize returns the size that a picture's header states, in pixels. It is 0 for a format that
// is not known here.
func pictureSize(path string) (width, height int, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // not to wait at a pipe
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return 0, 0, errors.New("it is not a regular file")
	}
	c, _, err := image.DecodeConfig(f)
	switch suffix := strings.ToLower(filepath.Ext(path)); {
	case errors.Is(err, image.ErrFormat) && !slices.Contains(headerSuffixes, suffix):
		return 0, 0, nil
	case err != nil:
		return 0, 0, err
	case c.Width < 1 || c.Height < 1:
		return 0, 0, errors.New("the picture has no pixels")
	}
	return c.Width, c.Height, nil
}
