package hyper

import (
	"fmt"
	"reflect"
	"slices"
)

// A Start is the pretrained network from which a training of trainer "local" starts.
type Start struct {
	OwnFile  bool // weights from a file of one's own; else the built-in SqueezeNet 1.1
	FineTune bool // the network is trained whole; else its last layer, the head, alone
}

// LargeDepths are the depths of the residual network for large input, which is also the one that
// was trained on ImageNet. It halves the sides five times.
var LargeDepths = []int{18, 34, 50, 101, 152}

// MinLargeInput is the shortest side of an input that this network can use, and the built-in one,
// in pixels.
const MinLargeInput = 64

// Sides returns the sides of the square inputs that a network takes whose head alone is trained, in
// pixels, the default first. The built-in network was made for 227 pixels. On a shelf of groceries
// it was as good with 160, in less than half the time (see DESIGN.md).
func (s Start) Sides() []int {
	if s.OwnFile {
		return []int{224}
	}
	return []int{160, 227}
}

// Default returns a row's default in p, which has its image_shape. That of num_layers is 0: the
// network's own depth.
func (s Start) Default(r Row, p Parameters) any {
	if height, width, err := p.InputSize(); r.Name == "resize" && err == nil {
		// What is cut off at the sides is an eighth, as in the usual 256 pixels for 224.
		return max(height, width) * 9 / 8
	}
	def := r.Frozen
	if s.FineTune {
		def = r.Tuned
	}
	// The table has the built-in network's input, and a file's is Default, with fine_tune as well.
	if def == nil || s.OwnFile && r.Name == "image_shape" {
		return r.Default
	}
	return def
}

// Parameters returns the defaults of a training that starts so.
func (s Start) Parameters() Parameters {
	var p Parameters
	for _, r := range Table {
		r.field(&p).Set(reflect.ValueOf(s.Default(r, p)))
	}
	return p
}

// A Problem is what is wrong with a hyperparameter.
type Problem struct{ Name, Message, Hint string }

// Problems returns which hyperparameters contradict the network. Written reports whether the author
// wrote a hyperparameter, and without a mistake.
func (s Start) Problems(p Parameters, written func(name string) bool) []Problem {
	var list []Problem
	if written("num_layers") && !s.OwnFile {
		list = append(list, Problem{"num_layers", fmt.Sprintf(
			"the pretrained network has its own depth: num_layers cannot be %d", p.NumLayers),
			"leave num_layers out"})
	}
	if written("num_layers") && s.OwnFile && !slices.Contains(LargeDepths, p.NumLayers) {
		list = append(list, Problem{"num_layers", fmt.Sprintf(
			"a pretrained network of %d layers cannot be read from a file", p.NumLayers),
			"leave num_layers out: the network has its own depth"})
	}
	height, width, err := p.InputSize()
	switch {
	case err != nil || !written("image_shape"):
	case s.FineTune && min(height, width) < MinLargeInput:
		list = append(list, Problem{"image_shape", fmt.Sprintf("a pretrained network needs an "+
			"input of at least %dx%[1]d pixels, not %dx%d", MinLargeInput, width, height),
			"raise image_shape, or leave it out"})
	case !s.FineTune && (height != width || !slices.Contains(s.Sides(), height)):
		list = append(list, Problem{"image_shape", fmt.Sprintf("the pretrained network has its "+
			"own input of %dx%[1]d pixels: image_shape cannot be %q", s.Sides()[0], p.ImageShape),
			`leave image_shape out, or write fine_tune = true in trainer "local": a network ` +
				"that is trained whole takes another input"})
	}
	return list
}
