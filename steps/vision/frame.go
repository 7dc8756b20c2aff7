//go:build native

package vision

import (
	"errors"
	"image"

	"gocv.io/x/gocv"
)

// A Frame is one picture of a video or a camera. It may be used by one goroutine at a time.
type Frame struct{ mat gocv.Mat }

// NewFrame makes a picture of width and height pixels, whose values are what Pixels is filled with.
func NewFrame(width, height int) *Frame {
	settle()
	return &Frame{gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3)}
}

// Pixels are the picture's bytes, blue, green and red, row by row. They are the picture itself, until it is scaled or closed.
func (f *Frame) Pixels() []byte {
	data, err := f.mat.DataPtrUint8()
	if err != nil {
		panic("BUG: the pixels of a picture: " + err.Error())
	}
	return data
}

// Close frees the picture. Nil has nothing to free.
func (f *Frame) Close() error {
	if f == nil {
		return nil
	}
	return f.mat.Close()
}

// Copy gives the same picture once more.
func (f *Frame) Copy() *Frame { return &Frame{f.mat.Clone()} }

// Size is that of the picture, in pixels.
func (f *Frame) Size() (width, height int) { return f.mat.Cols(), f.mat.Rows() }

// Scale makes the picture smaller or larger, as a camera of that size would see it: by area where it shrinks.
func (f *Frame) Scale(width, height int) error {
	size := image.Pt(width, height)
	return f.resize(size, interpolation(f.mat, size))
}

// Enlarge makes the picture larger without smoothing, to be looked at.
func (f *Frame) Enlarge(width, height int) error {
	return f.resize(image.Pt(width, height), gocv.InterpolationNearestNeighbor)
}

func (f *Frame) resize(size image.Point, by gocv.InterpolationFlags) error {
	to := gocv.NewMat()
	if err := gocv.Resize(f.mat, &to, size, 0, 0, by); err != nil {
		return errors.Join(err, to.Close())
	}
	old := f.mat
	f.mat = to
	return old.Close()
}

// JPEG encodes the picture.
func (f *Frame) JPEG(quality int) ([]byte, error) { return encode(f.mat, quality) }

// Crop encodes a part of the picture: x, y, width and height in pixels, which must be within it.
func (f *Frame) Crop(rect [4]int, quality int) ([]byte, error) {
	part := f.mat.Region(rectangle(rect))
	defer part.Close()
	return encode(part, quality)
}

func rectangle(r [4]int) image.Rectangle { return image.Rect(r[0], r[1], r[0]+r[2], r[1]+r[3]) }
