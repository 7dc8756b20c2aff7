//go:build native

package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"snellen/steps/vision"
)

// The most that crop_color and crop_color_transform change. Rotation, shear and aspect are as
// SageMaker documents them. For colour it documents 36 in hue and 50 in saturation and lightness,
// which turns orange into green: a network could not distinguish products by their colour.
const (
	maxHue      = 8  // of 180
	maxColour   = 20 // saturation and lightness, of 255
	maxRotation = 10 // degrees
	maxShear    = 0.1
	maxAspect   = 0.25
)

// What cuts do. Parts of a picture are taken as Szegedy et al. (2014), "Going Deeper with
// Convolutions", take them, but for the smallest area. Their light is another lamp's, and leaves
// colours that distinguish products. All were measured on the shelf of DESIGN.md.
const (
	minCut      = 0.25 // of the picture's area
	maxCutShape = 2    // width over height, or height over width
	maxLight    = 0.15 // of brightness and of contrast, both ways
	maxChroma   = 0.2  // of saturation, both ways
	maxTint     = 0.05 // of each channel, both ways
)

// An augmentation changes training pictures at random.
type augmentation struct {
	level       int // 0 none, 1 crop, 2 crop_color, 3 crop_color_transform, 4 cuts
	preparation vision.Preparation
}

// newAugmentation returns the augmentation of an augmentation_type, or of Cuts.
func newAugmentation(name string, preparation vision.Preparation) (augmentation, error) {
	for level, known := range []string{
		"", "crop", "crop_color", "crop_color_transform", Cuts,
	} {
		if name == known {
			return augmentation{level, preparation}, nil
		}
	}
	return augmentation{}, fmt.Errorf("augmentation_type %q is not known", name)
}

// cuts reports whether the changes are cuts.
func (a augmentation) cuts() bool { return a.level == 4 }

// decoding returns how pictures are decoded for the augmentation. The smallest cut of a picture is
// enlarged a little at most.
func (a augmentation) decoding() vision.Preparation {
	if !a.cuts() {
		return a.preparation
	}
	return a.preparation.Enlarged(1 / math.Sqrt(minCut))
}

// input writes the network's input of a picture, decoded as decoding says, to out.
func (a augmentation) input(random *rand.Rand, picture vision.Picture, out []byte) error {
	switch a.level {
	case 0:
		a.preparation.CropCentre(picture, out)
		return nil
	case 4:
		return a.preparation.Cut(picture, randomCut(random, picture), out)
	}
	x, y := a.preparation.MaxOffset(picture)
	c := vision.Augmentation{X: random.IntN(x + 1), Y: random.IntN(y + 1),
		Mirror: random.IntN(2) == 1}
	if c.Recolour = a.level >= 2; c.Recolour {
		c.Colour = [3]int{randomInt(random, maxHue), randomInt(random, maxColour),
			randomInt(random, maxColour)}
	}
	if c.Transforms = a.level >= 3; c.Transforms {
		c.Rotation, c.Shear, c.Aspect = randomFloat(random, maxRotation),
			randomFloat(random, maxShear), 1+randomFloat(random, maxAspect)
	}
	return a.preparation.Augment(picture, c, out)
}

// maxTries is how often a cut is drawn that does not fit. The last one is made to.
const maxTries = 10

func randomCut(random *rand.Rand, picture vision.Picture) vision.Cut {
	var c vision.Cut
	for range maxTries {
		c.Area = minCut + (1-minCut)*random.Float64()
		c.Shape = math.Exp(randomFloat(random, math.Log(maxCutShape)))
		if c.Fits(picture.Width, picture.Height) {
			break
		}
	}
	c.X, c.Y = random.Float64(), random.Float64()
	c.Turn, c.Mirror = randomFloat(random, maxRotation), random.IntN(2) == 1
	c.Light = vision.Light{
		Brightness: 1 + randomFloat(random, maxLight),
		Contrast:   1 + randomFloat(random, maxLight),
		Saturation: 1 + randomFloat(random, maxChroma),
	}
	for i := range c.Light.Tint {
		c.Light.Tint[i] = 1 + randomFloat(random, maxTint)
	}
	return c
}

// randomInt returns an integer from -most to most.
func randomInt(random *rand.Rand, most int) int { return random.IntN(2*most+1) - most }

// randomFloat returns a number from -most to most.
func randomFloat(random *rand.Rand, most float64) float64 { return (2*random.Float64() - 1) * most }
