//go:build native

package vision

import (
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"
)

// A Augmentation is what is done to one picture on its way to the network, beside cutting the input out of it. It is a value:
// the same change of the same picture gives the same bytes.
type Augmentation struct {
	X, Y       int     // of the cut's first pixel, in the picture
	Mirror     bool    // left and right
	Colour     [3]int  // added to hue (of 180), saturation and lightness (of 255)
	Rotation   float64 // degrees
	Shear      float64 // columns that a row is moved for each row from the middle
	Aspect     float64 // width over height, of what becomes square; 0 and 1 leave it
	Recolour   bool    // Colour counts
	Transforms bool    // Rotation, Shear and Aspect count
}

// MaxOffset is how far a cut may be moved in a picture: X and Y of a Augmentation go from 0 to these.
func (p Preparation) MaxOffset(picture Picture) (x, y int) {
	return picture.Width - p.Width, picture.Height - p.Height
}

// Augment copies the changed cut of a picture into out, which holds 3*Height*Width bytes.
func (p Preparation) Augment(picture Picture, c Augmentation, out []byte) error {
	if !c.Transforms {
		p.cut(picture, c.X, c.Y, out)
	} else if err := p.warp(picture, c, out); err != nil {
		return err
	}
	if c.Recolour {
		if err := p.recolour(c.Colour, out); err != nil {
			return err
		}
	}
	if c.Mirror {
		p.mirror(out)
	}
	return nil
}

// warp turns, shears and stretches around the middle of the cut. Pixels from outside the picture are those mirrored at its edge.
func (p Preparation) warp(picture Picture, c Augmentation, out []byte) error {
	from, err := gocv.NewMatFromBytes(picture.Height, picture.Width, gocv.MatTypeCV8UC3, picture.RGB)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := gocv.NewMatFromBytes(p.Height, p.Width, gocv.MatTypeCV8UC3, out)
	if err != nil {
		return err
	}
	defer to.Close()
	m := gocv.NewMatWithSize(2, 3, gocv.MatTypeCV64F)
	defer m.Close()
	for i, x := range c.matrix(float64(p.Width-1)/2, float64(p.Height-1)/2) {
		m.SetDoubleAt(i/3, i%3, x)
	}
	if err := gocv.WarpAffineWithParams(from, &to, m, image.Pt(p.Width, p.Height), gocv.InterpolationLinear|gocv.WarpInverseMap, gocv.BorderReflect101, color.RGBA{}); err != nil {
		return err
	}
	return take(to, out)
}

// matrix leads from a pixel of the cut, whose middle is at x and y, to where its value comes from in the picture.
func (c Augmentation) matrix(x, y float64) [6]float64 {
	sin, cos := math.Sincos(c.Rotation * math.Pi / 180)
	aspect := c.Aspect
	if aspect == 0 {
		aspect = 1
	}
	wide := math.Sqrt(aspect)
	a, b := cos*wide, (c.Shear*cos-sin)/wide
	d, e := sin*wide, (c.Shear*sin+cos)/wide
	return [6]float64{a, b, float64(c.X) + x - a*x - b*y, d, e, float64(c.Y) + y - d*x - e*y}
}

// recolour adds to hue, saturation and lightness. Hue goes round; the others end at 0 and 255.
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
	tables := tables(add)
	for i := 0; i < len(data); i += 3 {
		data[i], data[i+1], data[i+2] = tables[0][data[i]], tables[1][data[i+1]], tables[2][data[i+2]]
	}
	if err := gocv.CvtColor(m, &m, gocv.ColorHLSToRGB); err != nil {
		return err
	}
	return take(m, out)
}

// tables are what each value of OpenCV's hue, lightness and saturation becomes.
func tables(add [3]int) (t [3][256]byte) {
	for v := range 256 {
		t[0][v] = byte(((v+add[0])%180 + 180) % 180)
		t[1][v] = byte(max(0, min(255, v+add[2])))
		t[2][v] = byte(max(0, min(255, v+add[1])))
	}
	return t
}

// take copies a picture's bytes.
func take(m gocv.Mat, out []byte) error {
	data, err := m.DataPtrUint8()
	if err != nil {
		return err
	}
	copy(out, data)
	return nil
}

func (p Preparation) mirror(out []byte) {
	for row := range p.Height {
		line := out[row*p.Width*3 : (row+1)*p.Width*3]
		for i, j := 0, len(line)-3; i < j; i, j = i+3, j-3 {
			line[i], line[i+1], line[i+2], line[j], line[j+1], line[j+2] = line[j], line[j+1], line[j+2], line[i], line[i+1], line[i+2]
		}
	}
}
