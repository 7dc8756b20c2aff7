//go:build native

package vision

import "math"

// A Cut is a part of a picture that becomes a network's input, whatever its size and shape. It is a
// value: the same cut of the same picture gives the same bytes.
type Cut struct {
	Area   float64 // share of the picture's, over 0 to 1
	Shape  float64 // width over height; a cut that would not fit is made narrower or lower
	X, Y   float64 // its place: 0 at the left or the top, 1 at the right or the bottom
	Turn   float64 // degrees, around its middle
	Mirror bool    // swap left and right
	Light  Light
}

// A Light is how a picture is lit otherwise: factors, which are applied in this order.
type Light struct {
	Brightness float64
	Contrast   float64 // of the differences from the picture's mean value
	Saturation float64 // of the differences from each pixel's grey
	Tint       [3]float64
}

// Fits reports whether the cut lies in a picture of that size without being made narrower or lower.
func (c Cut) Fits(width, height int) bool {
	w, h := c.size(width, height)
	return w <= float64(width) && h <= float64(height)
}

// size returns the cut's size, in pixels, in a picture of that size.
func (c Cut) size(width, height int) (w, h float64) {
	area := c.Area * float64(width) * float64(height)
	return math.Sqrt(area * c.Shape), math.Sqrt(area / c.Shape)
}

// Enlarged returns a preparation for Decode that makes pictures larger by a factor: for cuts, which
// are enlarged less by it.
func (p Preparation) Enlarged(by float64) Preparation {
	larger := func(n int) int { return int(math.Ceil(float64(n) * by)) }
	if p.Resize == 0 {
		return Preparation{Height: larger(p.Height), Width: larger(p.Width)}
	}
	return Preparation{Resize: larger(p.Resize), Long: larger(p.Long), Height: p.Height,
		Width: p.Width}
}

// Cut writes a cut of a picture into out, which holds 3*Height*Width bytes of RGB. Pixels outside
// the picture are mirrored at its edge. The picture stays as it is, so several goroutines may cut
// one.
func (p Preparation) Cut(picture Picture, c Cut, out []byte) error {
	matrix := c.matrix(picture.Width, picture.Height, p.Width, p.Height)
	if err := p.warp(picture, matrix, out); err != nil {
		return err
	}
	c.Light.apply(out)
	if c.Mirror {
		p.mirror(out)
	}
	return nil
}

// matrix returns the map of warp for a picture of width by height pixels and an input of w by h.
func (c Cut) matrix(width, height, w, h int) [6]float64 {
	cutWidth, cutHeight := c.size(width, height)
	cutWidth, cutHeight = min(cutWidth, float64(width)), min(cutHeight, float64(height))
	// Pixels are places of their middles: the first one's is at 0.
	x := c.X*(float64(width)-cutWidth) + (cutWidth-1)/2
	y := c.Y*(float64(height)-cutHeight) + (cutHeight-1)/2
	sin, cos := math.Sincos(c.Turn * math.Pi / 180)
	across, down := cutWidth/float64(w), cutHeight/float64(h)
	xx, xy := cos*across, -sin*down
	yx, yy := sin*across, cos*down
	middleX, middleY := float64(w-1)/2, float64(h-1)/2
	return [6]float64{
		xx, xy, x - xx*middleX - xy*middleY,
		yx, yy, y - yx*middleX - yy*middleY,
	}
}

// apply lights RGB pixels, in place.
func (l Light) apply(rgb []byte) {
	sum := 0
	for _, v := range rgb {
		sum += int(v)
	}
	mean := l.Brightness * float64(sum) / float64(len(rgb))
	for i := 0; i < len(rgb); i += 3 {
		pixel := rgb[i : i+3 : i+3]
		var x [3]float64
		for c, v := range pixel {
			x[c] = mean + (float64(v)*l.Brightness-mean)*l.Contrast
		}
		grey := 0.299*x[0] + 0.587*x[1] + 0.114*x[2]
		for c := range pixel {
			v := (grey + (x[c]-grey)*l.Saturation) * l.Tint[c]
			pixel[c] = byte(max(0, min(255, v+0.5)))
		}
	}
}
