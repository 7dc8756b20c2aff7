//go:build native

package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"gocv.io/x/gocv"
)

// A Preparation is how a picture becomes the network's input. Training, validation and judging share it.
type Preparation struct {
	Resize        int // pixels of the short side; 0: the picture is squeezed to Height and Width
	Long          int // pixels of the long side, where pictures of any shape are squeezed to one; 0: each keeps its shape
	Height, Width int // pixels of the network's input, cut out of the middle
}

// ForShapeOf gives the preparation that brings pictures of any shape to that of the JPEG data, so that the same share of each is
// cut off.
func (p Preparation) ForShapeOf(data []byte) (Preparation, error) {
	header, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return p, fmt.Errorf("this is no JPEG: %w", err)
	}
	if p.Resize > 0 {
		size := p.size(header.Width, header.Height)
		p.Long = max(size.X, size.Y)
	}
	return p, nil
}

// size is that of a picture after it was resized.
func (p Preparation) size(width, height int) image.Point {
	if p.Resize == 0 {
		return image.Pt(p.Width, p.Height)
	}
	long := p.Long
	switch {
	case long > 0 && width < height:
		return image.Pt(p.Resize, long)
	case long > 0:
		return image.Pt(long, p.Resize)
	case width < height:
		return image.Pt(p.Resize, max(height*p.Resize/width, 1))
	}
	return image.Pt(max(width*p.Resize/height, 1), p.Resize)
}

// A Picture is 8-bit RGB, row by row: what is kept of a frame between epochs.
type Picture struct {
	Width, Height int // pixels
	RGB           []byte
}

// maxPicture bounds a picture, in pixels, before and after: a JPEG of a line would grow without end.
const maxPicture = 1 << 24

// Decode makes a picture of a JPEG and resizes it: by area where it shrinks, by linear interpolation where it grows.
func (p Preparation) Decode(data []byte) (Picture, error) {
	settle()
	m, err := decode(data)
	if err != nil {
		return Picture{}, err
	}
	defer m.Close()
	size := p.size(m.Cols(), m.Rows())
	if size.X*size.Y > maxPicture {
		return Picture{}, fmt.Errorf("a picture of %dx%d would be resized to %dx%d", m.Cols(), m.Rows(), size.X, size.Y)
	}
	if size.X < p.Width || size.Y < p.Height {
		return Picture{}, fmt.Errorf("resized to %dx%d a picture is smaller than the network's %dx%d", size.X, size.Y, p.Width, p.Height)
	}
	resized := gocv.NewMat()
	defer resized.Close()
	if err := gocv.Resize(m, &resized, size, 0, 0, interpolation(m, size)); err != nil {
		return Picture{}, err
	}
	if err := gocv.CvtColor(resized, &resized, gocv.ColorBGRToRGB); err != nil {
		return Picture{}, err
	}
	data, err = resized.DataPtrUint8()
	if err != nil {
		return Picture{}, err
	}
	return Picture{size.X, size.Y, append([]byte(nil), data...)}, nil
}

func interpolation(m gocv.Mat, size image.Point) gocv.InterpolationFlags {
	if size.X < m.Cols() || size.Y < m.Rows() {
		return gocv.InterpolationArea
	}
	return gocv.InterpolationLinear
}

func decode(data []byte) (gocv.Mat, error) {
	header, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return gocv.Mat{}, fmt.Errorf("this is no JPEG: %w", err)
	}
	if header.Width*header.Height > maxPicture {
		return gocv.Mat{}, fmt.Errorf("this JPEG of %dx%d pixels is too large", header.Width, header.Height)
	}
	m, err := gocv.IMDecode(data, gocv.IMReadColor)
	if err != nil {
		return gocv.Mat{}, fmt.Errorf("decode a JPEG: %w", err)
	}
	if m.Empty() {
		m.Close()
		return gocv.Mat{}, errors.New("this JPEG cannot be decoded")
	}
	return m, nil
}

// CropCentre copies the middle of a picture into out, which holds 3*Height*Width bytes.
func (p Preparation) CropCentre(picture Picture, out []byte) {
	p.cut(picture, (picture.Width-p.Width)/2, (picture.Height-p.Height)/2, out)
}

func (p Preparation) cut(picture Picture, x, y int, out []byte) {
	for row := range p.Height {
		from := ((y+row)*picture.Width + x) * 3
		copy(out[row*p.Width*3:(row+1)*p.Width*3], picture.RGB[from:])
	}
}

// Preview gives the network's input for a JPEG: resized, and the middle cut out.
func (p Preparation) Preview(data []byte, quality int) ([]byte, error) {
	picture, err := p.Decode(data)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 3*p.Height*p.Width)
	p.CropCentre(picture, out)
	m, err := gocv.NewMatFromBytes(p.Height, p.Width, gocv.MatTypeCV8UC3, out)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := gocv.CvtColor(m, &m, gocv.ColorRGBToBGR); err != nil {
		return nil, err
	}
	return encode(m, quality)
}
