//go:build native

package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"gocv.io/x/gocv"
)

// A Preparation says how a picture becomes the network's input: it is resized, then cut to Height
// and Width. Training, validation and judging share one. All sizes are in pixels.
type Preparation struct {
	Resize        int // short side after resizing; 0: resize to Height and Width at once
	Long          int // long side after resizing; 0: each picture keeps its shape
	Height, Width int // of the network's input
}

// ForShapeOf returns the preparation that resizes pictures of any shape to the shape of this JPEG
// or PNG, so that the cut removes the same share of each.
func (p Preparation) ForShapeOf(data []byte) (Preparation, error) {
	header, err := header(data)
	if err != nil {
		return p, err
	}
	if p.Resize > 0 {
		size := p.size(header.Width, header.Height)
		p.Long = max(size.X, size.Y)
	}
	return p, nil
}

// size returns the size that a picture of width and height pixels is resized to.
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

// A Picture is a resized picture that is kept in memory between epochs: 8-bit RGB, row by row.
type Picture struct {
	Width, Height int // pixels
	RGB           []byte
}

// maxPicture bounds a picture, in pixels, before and after resizing: a dataset's largest resolution
// has as many. Resizing by the short side would make a picture of one row very large.
const maxPicture = 1 << 26

// Decode decodes and resizes a JPEG or a PNG. Pixels are averaged by area where it shrinks, and interpolated
// linearly where it grows. A picture that is smaller than the network's input after resizing is an
// error. Decode may be called from several goroutines.
func (p Preparation) Decode(data []byte) (Picture, error) {
	all, err := DecodeEach(data, p)
	if err != nil {
		return Picture{}, err
	}
	return all[0], nil
}

// DecodeEach decodes a JPEG or a PNG once, and returns the picture that Decode returns of each preparation.
func DecodeEach(data []byte, list ...Preparation) ([]Picture, error) {
	configure()
	m, err := decode(data)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var all []Picture
	for _, p := range list {
		picture, err := p.resize(m)
		if err != nil {
			return nil, err
		}
		all = append(all, picture)
	}
	return all, nil
}

// resize returns a resized copy of m.
func (p Preparation) resize(m gocv.Mat) (Picture, error) {
	size := p.size(m.Cols(), m.Rows())
	if size.X*size.Y > maxPicture {
		return Picture{}, fmt.Errorf("a picture of %dx%d would be too large, resized to %dx%d",
			m.Cols(), m.Rows(), size.X, size.Y)
	}
	if size.X < p.Width || size.Y < p.Height {
		return Picture{}, fmt.Errorf("resized to %dx%d, a picture is smaller than the input, %dx%d",
			size.X, size.Y, p.Width, p.Height)
	}
	return p.convert(m, size)
}

// convert resizes m and copies it as RGB.
func (p Preparation) convert(m gocv.Mat, size image.Point) (Picture, error) {
	resized := gocv.NewMat()
	defer resized.Close()
	if err := gocv.Resize(m, &resized, size, 0, 0, interpolation(m, size)); err != nil {
		return Picture{}, err
	}
	if err := gocv.CvtColor(resized, &resized, gocv.ColorBGRToRGB); err != nil {
		return Picture{}, err
	}
	data, err := resized.DataPtrUint8()
	if err != nil {
		return Picture{}, err
	}
	return Picture{size.X, size.Y, append([]byte(nil), data...)}, nil
}

// interpolation returns the method for resizing m: by area if either side shrinks.
func interpolation(m gocv.Mat, size image.Point) gocv.InterpolationFlags {
	if size.X < m.Cols() || size.Y < m.Rows() {
		return gocv.InterpolationArea
	}
	return gocv.InterpolationLinear
}

// header reads the header of a JPEG or a PNG. What is neither is called a bad JPEG.
func header(data []byte) (image.Config, error) {
	name, read := "JPEG", jpeg.DecodeConfig
	if bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		name, read = "PNG", png.DecodeConfig
	}
	config, err := read(bytes.NewReader(data))
	if err != nil {
		return config, fmt.Errorf("read the header of a %s: %w", name, err)
	}
	return config, nil
}

// decode decodes a JPEG or a PNG. Its header is checked first, so that a small file cannot claim
// much memory.
func decode(data []byte) (gocv.Mat, error) {
	header, err := header(data)
	if err != nil {
		return gocv.Mat{}, err
	}
	if w, h := header.Width, header.Height; w*h > maxPicture {
		return gocv.Mat{}, fmt.Errorf("a picture of %dx%d pixels is too large", w, h)
	}
	m, err := gocv.IMDecode(data, gocv.IMReadColor)
	if err != nil {
		return gocv.Mat{}, fmt.Errorf("decode a picture: %w", err)
	}
	if m.Empty() {
		m.Close()
		return gocv.Mat{}, errors.New("decode a picture: OpenCV cannot read it")
	}
	return m, nil
}

// CropCentre copies the middle of a picture into out, which holds 3*Height*Width bytes of RGB.
func (p Preparation) CropCentre(picture Picture, out []byte) {
	p.cut(picture, (picture.Width-p.Width)/2, (picture.Height-p.Height)/2, out)
}

// cut copies the network's input out of a picture, from pixel x, y on.
func (p Preparation) cut(picture Picture, x, y int, out []byte) {
	for row := range p.Height {
		from := ((y+row)*picture.Width + x) * 3
		copy(out[row*p.Width*3:(row+1)*p.Width*3], picture.RGB[from:])
	}
}

// Preview returns the network's input for a JPEG or a PNG, as a JPEG of that quality, 0 to 100.
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
