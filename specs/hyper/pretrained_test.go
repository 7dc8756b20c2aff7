package hyper

import (
	"fmt"
	"strings"
	"testing"
)

// TestStartDefaults: a network that is trained whole takes smaller steps and a smaller input, and a
// file's network has the input that SageMaker's have.
func TestStartDefaults(t *testing.T) {
	for s, want := range map[Start]string{
		{}:                              "0 3,160,160 180",
		{FineTune: true}:                "0 3,160,160 180",
		{OwnFile: true}:                 "0 3,224,224 252",
		{OwnFile: true, FineTune: true}: "0 3,224,224 252",
	} {
		p := s.of(t, nil)
		if got := fmt.Sprint(p.NumLayers, " ", p.ImageShape, " ", p.Resize); got != want {
			t.Errorf("%+v: got %s, want %s", s, got, want)
		}
		h, w, err := p.InputSize()
		if err != nil || !s.FineTune && (h != s.Sides()[0] || w != h) {
			t.Errorf("%+v: the input is %dx%d, %v, and the network's %v", s, w, h, err, s.Sides())
		}
		if found := s.Problems(p, func(string) bool { return false }); len(found) > 0 {
			t.Errorf("%+v: its defaults are wrong: %+v", s, found)
		}
		if whole := (Start{OwnFile: s.OwnFile, FineTune: true}).of(t, nil); s.FineTune !=
			(p.LearningRate == whole.LearningRate) {
			t.Errorf("%+v: a learning rate of %g", s, p.LearningRate)
		}
	}
}

// of returns the defaults with changes.
func (s Start) of(t *testing.T, change func(*Parameters)) Parameters {
	t.Helper()
	p := s.Parameters()
	if change != nil {
		change(&p)
	}
	return p
}

func TestStartProblems(t *testing.T) {
	layers := func(n int) func(*Parameters) { return func(p *Parameters) { p.NumLayers = n } }
	shape := func(s string) func(*Parameters) { return func(p *Parameters) { p.ImageShape = s } }
	own, tuned := Start{OwnFile: true}, Start{FineTune: true}
	for _, c := range []struct {
		s       Start
		name    string
		change  func(*Parameters)
		message string // ""; nothing is wrong
	}{
		{Start{}, "num_layers", layers(18), "has its own depth: num_layers cannot be 18"},
		{tuned, "num_layers", layers(18), "has its own depth: num_layers cannot be 18"},
		{own, "num_layers", layers(18), ""},
		{own, "num_layers", layers(152), ""},
		{own, "num_layers", layers(200), "200 layers cannot be read from a file"},
		{own, "num_layers", layers(8), "8 layers cannot be read from a file"},
		{Start{}, "image_shape", shape("3, 227, 227"), ""},
		{Start{}, "image_shape", shape("3,160,160"), ""},
		{Start{}, "image_shape", shape("3,227,160"), "its own input of 160x160 pixels"},
		{Start{}, "image_shape", shape("3,224,224"), "its own input of 160x160 pixels"},
		{own, "image_shape", shape("3,227,224"), "its own input of 224x224 pixels"},
		{tuned, "image_shape", shape("3,64,100"), ""},
		{tuned, "image_shape", shape("3,100,63"), "at least 64x64 pixels, not 63x100"},
		{tuned, "image_shape", shape("64"), ""}, // another rule says what is wrong
	} {
		p := c.s.of(t, c.change)
		found := c.s.Problems(p, func(name string) bool { return name == c.name })
		if c.message == "" {
			if len(found) > 0 {
				t.Errorf("%+v, %s: %+v", c.s, c.name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Name != c.name || found[0].Hint == "" ||
			!strings.Contains(found[0].Message, c.message) {
			t.Errorf("%+v, %s: %+v, want %q", c.s, c.name, found, c.message)
		}
	}
}
