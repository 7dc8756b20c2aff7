package starter

import (
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"syscall"
)

func pictureSize(path string) (width, height int, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return 0, 0, errors.New("it is not a regular file")
	}
	c, _, err := image.DecodeConfig(f)
	return c.Width, c.Height, err
}
