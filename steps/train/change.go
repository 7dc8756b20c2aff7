//go:build native

package train

import (
	"fmt"
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

// An augmentation changes training pictures at random. The changes of a picture depend only on the
// seed, the epoch and the picture's index, so pictures can be prepared in any order.
type augmentation struct {
	seed        uint64
	level       int // 0 none, 1 crop, 2 crop_color, 3 crop_color_transform
	preparation vision.Preparation
}

func newAugmentation(p Params, preparation vision.Preparation) (augmentation, error) {
	for level, name := range []string{"", "crop", "crop_color", "crop_color_transform"} {
		if name == p.AugmentationType {
			return augmentation{uint64(p.Seed), level, preparation}, nil
		}
	}
	return augmentation{}, fmt.Errorf("augmentation_type %q is not known", p.AugmentationType)
}

// input writes the network's input of a picture, for one epoch, to out.
func (a augmentation) input(epoch, index int, picture vision.Picture, out []byte) error {
	if a.level == 0 {
		a.preparation.CropCentre(picture, out)
		return nil
	}
	random := rand.New(rand.NewPCG(a.seed, uint64(epoch)<<32|uint64(index)))
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

// randomInt returns an integer from -most to most.
func randomInt(random *rand.Rand, most int) int { return random.IntN(2*most+1) - most }

// randomFloat returns a number from -most to most.
func randomFloat(random *rand.Rand, most float64) float64 { return (2*random.Float64() - 1) * most }
