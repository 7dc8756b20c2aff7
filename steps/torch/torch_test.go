//go:build native

package torch

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"testing"
)

var small = Config{
	NumLayers: 8, Height: 32, Width: 32, Classes: 3, Seed: 1, Threads: 2, Device: "cpu",
	Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.25, 0.25, 0.25},
}

func open(t testing.TB, c Config) *Net {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// pictures returns count random pictures. Each has a bright third, whose number is its class.
func pictures(c Config, count int, seed uint64) (rgb []byte, classes []int64) {
	random := rand.New(rand.NewPCG(seed, 0))
	size := 3 * c.Height * c.Width
	for range count {
		class := random.IntN(c.Classes)
		picture := make([]byte, size)
		for i := range picture {
			picture[i] = byte(random.IntN(100))
			if i*c.Classes/size == class {
				picture[i] += 120
			}
		}
		rgb, classes = append(rgb, picture...), append(classes, int64(class))
	}
	return rgb, classes
}

func TestVersionNamesWhatComputes(t *testing.T) {
	want := `^[0-9]+\.[0-9.]+ (cpu|cuda) (default|avx2|avx512)/[a-z0-9_]+, .*(?i:blas).*$`
	v := Version()
	if !regexp.MustCompile(want).MatchString(v) && runtime.GOARCH == "amd64" {
		t.Errorf("libtorch is %q", v)
	}
}

func TestSafetensorsKeepTheNetwork(t *testing.T) {
	n := open(t, small)
	all, err := n.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := Write(&file, all); err != nil {
		t.Fatal(err)
	}
	back, err := Read(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	c := small
	c.Seed = 2
	other := open(t, c)
	rgb, _ := pictures(small, 4, 1)
	want, err := n.Classify(rgb, 4)
	if err != nil {
		t.Fatal(err)
	}
	before, err := other.Classify(rgb, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.SetTensors(back); err != nil {
		t.Fatal(err)
	}
	got, err := other.Classify(rgb, 4)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the copy returns %v, and the network %v", got, want)
	}
	if fmt.Sprint(before) == fmt.Sprint(want) {
		t.Error("another seed makes the same network")
	}
	if err := other.SetTensors(back[1:]); err == nil {
		t.Error("a tensor is missing, without an error")
	}
}

func TestNetworksLearn(t *testing.T) {
	for _, optimizer := range []Optimizer{
		{Name: "sgd", Momentum: 0.9, WeightDecay: 1e-4},
		{Name: "adam", Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
	} {
		n := open(t, small)
		if err := n.Optimize(optimizer); err != nil {
			t.Fatal(err)
		}
		rgb, classes := pictures(small, 48, 1)
		for range 12 {
			if _, _, err := n.Train(rgb, classes, 0.01); err != nil {
				t.Fatal(err)
			}
		}
		_, right, err := n.Train(rgb, classes, 0.01)
		if err != nil {
			t.Fatal(err)
		}
		if right < 44 {
			t.Errorf("%s: %d of 48 are right after 12 steps", optimizer.Name, right)
		}
	}
}

// Every depth that a spec may name has a network that answers, and training it twice makes the same
// bytes.
func TestEveryDepth(t *testing.T) {
	for _, layers := range []int{8, 20, 32, 44, 56, 110, 18, 34, 50, 101, 152} {
		c := small
		c.NumLayers = layers
		if !bytes.Equal(trainOnce(t, c), trainOnce(t, c)) {
			t.Errorf("%d layers: two trainings differ", layers)
		}
	}
	for _, layers := range []int{0, 7, 9, 19, 1 << 20} {
		c := small
		if c.NumLayers = layers; layers == 1<<20 {
			c.NumLayers = 1<<20 + 1
		}
		if n, err := New(c); err == nil {
			n.Close()
			t.Errorf("%d layers: there is a network", c.NumLayers)
		}
	}
}

// trainOnce takes one step with a new network, classifies, and returns the weights as safetensors.
func trainOnce(t *testing.T, c Config) []byte {
	t.Helper()
	n := open(t, c)
	if err := n.Optimize(Optimizer{Name: "sgd", Momentum: 0.9}); err != nil {
		t.Fatal(err)
	}
	rgb, classes := pictures(c, 4, 1)
	if _, _, err := n.Train(rgb, classes, 0.1); err != nil {
		t.Fatalf("%d layers: %v", c.NumLayers, err)
	}
	p, err := n.Classify(rgb, 4)
	if err != nil || len(p) != 4*c.Classes {
		t.Fatalf("%d layers: %d probabilities, %v", c.NumLayers, len(p), err)
	}
	all, err := n.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := Write(&file, all); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A picture's answer and its features do not depend on the threads, nor on what goes through the
// network with it.
func TestThreadsDoNotMatter(t *testing.T) {
	for _, c := range []Config{
		small,
		{Network: "squeezenet1.1", Height: 64, Width: 64, BGR: true, Range: 255},
		{Network: "resnet-v1", NumLayers: 18, Height: 64, Width: 64},
	} {
		c.Classes, c.Device, c.Seed, c.Std = 4, "cpu", 1, small.Std
		rgb, _ := pictures(c, 45, 1)
		size := len(rgb) / 45
		var first *Net
		for _, threads := range []int{1, 2, 3} {
			c.Threads = threads
			n := open(t, c)
			if first == nil {
				first = n
			}
			want := answers(t, first, rgb, 45)
			for _, count := range []int{1, 17, 45} {
				part := rgb[len(rgb)-count*size:]
				got := answers(t, n, part, count)
				if !slices.Equal(got[0], want[0][len(want[0])-len(got[0]):]) ||
					!slices.Equal(got[1], want[1][len(want[1])-len(got[1]):]) {
					t.Errorf("%q: %d pictures with %d threads have other answers", c.Network,
						count, threads)
				}
			}
		}
	}
}

// TestQuicken: a quick network says the same of pictures as before, but for the last digits. Rounding
// is in proportion to what is added up: features of bright pictures reach 1,500, and one of 0.3 may be
// the difference of two such. So each number is held to 1e-4 where the pictures are dark, and features
// reach 100; and to a share of the answer's largest number in all pictures.
func TestQuicken(t *testing.T) {
	c := Config{Network: "squeezenet1.1", Height: 64, Width: 64, Range: 255, Classes: 4,
		Device: "cpu", Seed: 1, Std: small.Std, Threads: 2}
	n, quick := open(t, c), open(t, c)
	quick.Quicken()
	for _, dark := range []bool{false, true} {
		for _, count := range []int{1, 2, 9, 10, 15, 16, 17, 33} {
			rgb, _ := pictures(c, count, 1)
			for i := range rgb {
				if dark {
					rgb[i] /= 16
				}
			}
			want, got := answers(t, n, rgb, count), answers(t, quick, rgb, count)
			for i := range want {
				if len(want[i]) != len(got[i]) {
					t.Fatalf("%d pictures: %d numbers, not %d", count, len(got[i]), len(want[i]))
				}
				most := 5e-6 * float64(slices.Max(want[i])) // no answer is below zero
				for k := range want[i] {
					d := math.Abs(float64(want[i][k] - got[i][k]))
					own := 1e-4 * math.Max(1, math.Abs(float64(want[i][k])))
					if !(d <= most) || dark && !(d < own) {
						t.Fatalf("%d pictures: %g, not %g", count, got[i][k], want[i][k])
					}
				}
			}
		}
	}
}

// answers returns the probabilities and the features of pictures.
func answers(t *testing.T, n *Net, rgb []byte, count int) (both [2][]float32) {
	t.Helper()
	for i, f := range []func([]byte, int) ([]float32, error){n.Classify, n.Features} {
		var err error
		if both[i], err = f(rgb, count); err != nil {
			t.Fatal(err)
		}
	}
	return both
}

func TestWrongSizesAreErrors(t *testing.T) {
	n := open(t, small)
	if _, err := n.Classify(make([]byte, 10), 1); err == nil {
		t.Error("a picture of ten bytes is classified")
	}
	if _, err := n.Classify(nil, 0); err == nil {
		t.Error("no picture is classified")
	}
	c := small
	c.Device = "cuda"
	if n, err := New(c); err == nil { // there is a GPU
		n.Close()
	}
}
