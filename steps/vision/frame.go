//go:build native

package vision

import (
	"errors"
	"image"

	"gocv.io/x/gocv"
)

// A Frame is one picture of a video or a camera. It holds memory of OpenCV's, so it must be closed.
// It may be used by one goroutine at a time.
type Frame struct{ mat gocv.Mat }

// NewFrame returns a picture of width and height pixels. Its values are undefined until the caller
// writes them into Pixels.
func NewFrame(width, height int) *Frame {
	configure()
	return &Frame{gocv.NewMatWithSize(height, width, gocv.MatTypeCV8UC3)}
}

// Decode decodes a JPEG or a PNG, turned upright. It is an error if it has more than maxPicture
// pixels. The caller must close the picture.
func Decode(data []byte) (*Frame, error) {
	configure()
	m, err := decode(data)
	if err != nil {
		return nil, err
	}
	return &Frame{m}, nil
}

// Pixels returns the picture's bytes: blue, green and red, row by row, 3*width*height in all. They
// are the picture itself, not a copy, and are valid until it is scaled or closed.
func (f *Frame) Pixels() []byte {
	data, err := f.mat.DataPtrUint8()
	if err != nil {
		panic("BUG: the pixels of a picture: " + err.Error())
	}
	return data
}

// Close frees the picture. A nil frame has nothing to free.
func (f *Frame) Close() error {
	if f == nil {
		return nil
	}
	return f.mat.Close()
}

// Copy returns a copy, which the caller must close.
func (f *Frame) Copy() *Frame { return &Frame{f.mat.Clone()} }

// Size returns the picture's size in pixels.
func (f *Frame) Size() (width, height int) { return f.mat.Cols(), f.mat.Rows() }

// Scale resizes the picture to what a camera of that size would see. Pixels are averaged by area
// where the picture shrinks, and interpolated linearly where it grows.
func (f *Frame) Scale(width, height int) error {
	size := image.Pt(width, height)
	return f.resize(size, interpolation(f.mat, size))
}

// Enlarge resizes the picture without smoothing, so that a person sees its pixels.
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

// JPEG encodes the picture. Quality is 0 to 100.
func (f *Frame) JPEG(quality int) ([]byte, error) { return encode(f.mat, quality) }

// PNG encodes the picture without loss.
func (f *Frame) PNG() ([]byte, error) { return encoded(gocv.IMEncode(gocv.PNGFileExt, f.mat)) }

// Crop encodes a part of the picture as a JPEG. The rectangle is x, y, width and height in pixels,
// and must lie within the picture.
func (f *Frame) Crop(rect [4]int, quality int) ([]byte, error) {
	part := f.mat.Region(rectangle(rect))
	defer part.Close()
	return encode(part, quality)
}

func rectangle(r [4]int) image.Rectangle { return image.Rect(r[0], r[1], r[0]+r[2], r[1]+r[3]) }

// Thumbnail returns a JPEG whose sides are at most side pixels. A smaller one is returned as it is.
func Thumbnail(data []byte, side, quality int) ([]byte, error) {
	f, err := Decode(data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w, h := f.Size()
	long := max(w, h)
	if long <= side {
		return data, nil
	}
	if err := f.Scale(max(w*side/long, 1), max(h*side/long, 1)); err != nil {
		return nil, err
	}
	return f.JPEG(quality)
}
