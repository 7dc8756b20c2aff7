//go:build native

package train

import (
	"fmt"
	"math/rand/v2"

	"snellen/steps/vision"
)

// What crop_color and crop_color_transform do at most. Turning and shearing are as SageMaker documents them; of colour it
// documents 36 in hue and 50 in saturation and lightness, which makes green of orange: products that differ in colour could
// not be told apart.
const (
	maxHue      = 8  // of 180
	maxColour   = 20 // saturation and lightness, of 255
	maxRotation = 10 // degrees
	maxShear    = 0.1
	maxAspect   = 0.25
)

// An augmentation draws how training pictures are changed. Each draw depends on the seed, the epoch and the picture alone,
// so that pictures can be prepared in any order.
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

// input writes a picture's input for one epoch to out.
func (a augmentation) input(epoch, index int, picture vision.Picture, out []byte) error {
	if a.level == 0 {
		a.preparation.CropCentre(picture, out)
		return nil
	}
	random := rand.New(rand.NewPCG(a.seed, uint64(epoch)<<32|uint64(index)))
	x, y := a.preparation.MaxOffset(picture)
	c := vision.Augmentation{X: random.IntN(x + 1), Y: random.IntN(y + 1), Mirror: random.IntN(2) == 1}
	if c.Recolour = a.level >= 2; c.Recolour {
		c.Colour = [3]int{within(random, maxHue), within(random, maxColour), within(random, maxColour)}
	}
	if c.Transforms = a.level >= 3; c.Transforms {
		c.Rotation, c.Shear, c.Aspect = part(random, maxRotation), part(random, maxShear), 1+part(random, maxAspect)
	}
	return a.preparation.Augment(picture, c, out)
}

// within is a whole number from -most to most.
func within(random *rand.Rand, most int) int { return random.IntN(2*most+1) - most }

// part is a number from -most to most.
func part(random *rand.Rand, most float64) float64 { return (2*random.Float64() - 1) * most }
