//go:build native

package vision

import (
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"
)

// An Augmentation is what changes in one training picture on its way to the network: where the
// input is cut out, and how it is mirrored, recoloured and warped. It is a value: the same
// augmentation of the same picture gives the same bytes.
type Augmentation struct {
	X, Y       int     // of the cut's first pixel, in the picture
	Mirror     bool    // swap left and right
	Colour     [3]int  // added to hue (of 180), saturation and lightness (of 255)
	Rotation   float64 // degrees
	Shear      float64 // columns that a row moves for each row from the middle
	Aspect     float64 // width over height of what becomes square; 0 and 1 change nothing
	Recolour   bool    // Colour applies
	Transforms bool    // Rotation, Shear and Aspect apply
}

// MaxOffset returns the largest X and Y of an Augmentation for which the cut lies in the picture.
func (p Preparation) MaxOffset(picture Picture) (x, y int) {
	return picture.Width - p.Width, picture.Height - p.Height
}

// Augment writes the augmented cut of a picture into out, which holds 3*Height*Width bytes of RGB.
// The picture stays as it is, so several goroutines may augment one.
func (p Preparation) Augment(picture Picture, a Augmentation, out []byte) error {
	if !a.Transforms {
		p.cut(picture, a.X, a.Y, out)
	} else if err := p.warp(picture, a.matrix(float64(p.Width-1)/2, float64(p.Height-1)/2),
		out); err != nil {
		return err
	}
	if a.Recolour {
		if err := p.recolour(a.Colour, out); err != nil {
			return err
		}
	}
	if a.Mirror {
		p.mirror(out)
	}
	return nil
}

// warp writes into out the pixels that an affine map, two rows of three, takes from the picture. It
// maps each pixel of out to the place that its value comes from. Pixels outside the picture are
// mirrored at its edge.
func (p Preparation) warp(picture Picture, matrix [6]float64, out []byte) error {
	rgb := gocv.MatTypeCV8UC3
	from, err := gocv.NewMatFromBytes(picture.Height, picture.Width, rgb, picture.RGB)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := gocv.NewMatFromBytes(p.Height, p.Width, rgb, out)
	if err != nil {
		return err
	}
	defer to.Close()
	m := gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F)
	defer m.Close()
	for i, x := range matrix {
		m.SetDoubleAt(i/3, i%3, x)
	}
	size := image.Pt(p.Width, p.Height)
	how := gocv.InterpolationLinear | gocv.WarpInverseMap
	err = gocv.WarpAffineWithParams(from, &to, m, size, how, gocv.BorderReflect101, color.RGBA{})
	if err != nil {
		return err
	}
	return copyPixels(to, out)
}

// matrix returns the map of warp that rotates, shears and stretches around the middle of the cut, at
// x and y.
func (a Augmentation) matrix(x, y float64) [6]float64 {
	sin, cos := math.Sincos(a.Rotation * math.Pi / 180)
	aspect := a.Aspect
	if aspect == 0 {
		aspect = 1
	}
	stretch := math.Sqrt(aspect)
	xx, xy := cos*stretch, (a.Shear*cos-sin)/stretch
	yx, yy := sin*stretch, (a.Shear*sin+cos)/stretch
	return [6]float64{
		xx, xy, float64(a.X) + x - xx*x - xy*y,
		yx, yy, float64(a.Y) + y - yx*x - yy*y,
	}
}

// recolour adds to hue, saturation and lightness, in place. Hue wraps around; the others are
// clamped to 0 and 255.
func (p Preparation) recolour(add [3]int, out []byte) error {
	m, err := gocv.NewMatFromBytes(p.Height, p.Width, gocv.MatTypeCV8UC3, out)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := gocv.CvtColor(m, &m, gocv.ColorRGBToHLS); err != nil {
		return err
	}
	data, err := m.DataPtrUint8()
	if err != nil {
		return err
	}
	hue, lightness, saturation := tables(add)
	for i := 0; i < len(data); i += 3 {
		data[i], data[i+1], data[i+2] = hue[data[i]], lightness[data[i+1]], saturation[data[i+2]]
	}
	if err := gocv.CvtColor(m, &m, gocv.ColorHLSToRGB); err != nil {
		return err
	}
	return copyPixels(m, out)
}

// tables returns the new value for each value of OpenCV's hue, lightness and saturation. A table is
// faster than arithmetic for each pixel.
func tables(add [3]int) (hue, lightness, saturation [256]byte) {
	for v := range 256 {
		hue[v] = byte(((v+add[0])%180 + 180) % 180)
		lightness[v] = byte(max(0, min(255, v+add[2])))
		saturation[v] = byte(max(0, min(255, v+add[1])))
	}
	return hue, lightness, saturation
}

// copyPixels copies the bytes of m into out.
func copyPixels(m gocv.Mat, out []byte) error {
	data, err := m.DataPtrUint8()
	if err != nil {
		return err
	}
	copy(out, data)
	return nil
}

// mirror swaps left and right, in place.
func (p Preparation) mirror(out []byte) {
	for row := range p.Height {
		line := out[row*p.Width*3 : (row+1)*p.Width*3]
		for i, j := 0, len(line)-3; i < j; i, j = i+3, j-3 {
			for c := range 3 {
				line[i+c], line[j+c] = line[j+c], line[i+c]
			}
		}
	}
}
