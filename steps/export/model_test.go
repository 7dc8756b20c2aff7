//go:build native

package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/steps/torch"
	"snellen/steps/train"
)

// An example is a network, its preparation of pictures, and the size of a picture.
type example struct {
	network       string // torch.Config.Network
	layers        int
	preparation   train.Preparation
	width, height int
	soften        float32 // factor for the last layer: a deep untrained network is too sure
}

// runExamples runs the classify.py of each folder as a person does, but in one process: PyTorch
// takes seconds to start.
const runExamples = `
import runpy, sys
for folder in sys.argv[1:]:
    sys.argv = ["classify.py", folder + "/picture.jpg"]
    runpy.run_path(folder + "/classify.py", run_name="__main__")
    print("--")
`

// The Python example and the worker return the same probabilities for a picture, for every sort of
// network and every way of resizing, but for rounding: it resizes to the same bytes, and sums in
// another order.
func TestExampleClassifiesAsTheWorker(t *testing.T) {
	python := python(t, "torch", "numpy", "PIL")
	builtin := train.Preparation{
		Resize: 227, Long: 302, Height: 227, Width: 227, Colour: "BGR", Range: 255,
		Mean: [3]float64{103.939, 116.779, 123.68}, Std: [3]float64{1, 1, 1},
	}
	examples := []example{
		// shrinks
		{"", 8, train.Preparation{Resize: 110, Long: 146, Height: 96, Width: 96}, 640, 480, 1},
		// shrinks by whole numbers: by two, and by others
		{"", 8, train.Preparation{Height: 32, Width: 32}, 64, 64, 1},
		{"", 8, train.Preparation{Height: 32, Width: 32}, 96, 64, 1},
		// the same for all shapes
		{"", 8, train.Preparation{Height: 32, Width: 32}, 64, 48, 1},
		// grows
		{"", 20, train.Preparation{Resize: 40, Height: 36, Width: 40}, 33, 51, 0.5},
		// one side grows, one shrinks
		{"", 8, train.Preparation{Resize: 60, Long: 80, Height: 48, Width: 48}, 121, 50, 1},
		// large
		{"", 18, train.Preparation{Resize: 72, Long: 96, Height: 64, Width: 64}, 120, 128, 0.2},
		// with bottlenecks; upright
		{"", 50, train.Preparation{Resize: 64, Long: 85, Height: 64, Width: 64}, 90, 200, 0.02},
		// pretrained: blue first, and values up to 255
		{"squeezenet1.1", 0, builtin, 320, 240, 0.01},
		{"resnet-v1", 50, train.Preparation{Resize: 72, Long: 96, Height: 64, Width: 64}, 120, 128,
			0.02},
		{"resnet-v2", 18, train.Preparation{Resize: 72, Long: 96, Height: 64, Width: 64,
			Colour: "RGB", Range: 255, Std: [3]float64{1, 1, 1}}, 120, 128, 0.2},
	}
	var folders []string
	var want []map[string]float64
	for _, e := range examples {
		p := e.preparation
		if p.Filter = "area/linear"; p.Colour == "" {
			p.Colour, p.Mean, p.Std = "RGB", [3]float64{0.485, 0.456, 0.406},
				[3]float64{0.229, 0.224, 0.225}
		}
		dir := t.TempDir()
		writeModel(t, dir, train.Model{Format: 1, Classes: []string{"A", "B ü", "C"},
			Network: e.network, NumLayers: e.layers, Preparation: p}, e.soften)
		picture := drawn(t, e.width, e.height)
		put(t, string(picture), dir, "picture.jpg")
		put(t, string(classifyPy), dir, "classify.py")
		folders, want = append(folders, dir), append(want, asked(t, dir, picture))
	}
	outs := strings.Split(string(runPython(t, python, runExamples, folders...)), "--\n")
	for i, probabilities := range want {
		t.Logf("%+v: %v\n%s", examples[i], probabilities, outs[i])
		for line := range strings.Lines(outs[i]) {
			var probability float64
			number, label, _ := strings.Cut(strings.TrimSpace(line), " ")
			_, err := fmt.Sscan(number, &probability)
			if of, ok := probabilities[label]; !ok || err != nil ||
				!(math.Abs(probability-of) <= 1e-5) { // not a number either
				t.Errorf("%q is %s, want %.6f", label, number, of)
			}
			delete(probabilities, label)
		}
		if len(probabilities) > 0 {
			t.Errorf("%q, %d layers: %v are missing", examples[i].network, examples[i].layers,
				probabilities)
		}
	}
}

// asked returns the worker's probabilities of a picture, by label.
func asked(t *testing.T, dir string, picture []byte) map[string]float64 {
	t.Helper()
	c, err := train.Open(filepath.Join(dir, "model.json"), filepath.Join(dir, "model.safetensors"),
		1, "cpu")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	probabilities, err := c.Classify(t.Context(), [][]byte{picture})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for i, name := range c.Classes() {
		all[name] = probabilities[0][i]
	}
	return all
}

// writeModel writes a network that was trained for a few steps, so that every weight and statistic
// differs from its initial value.
func writeModel(t *testing.T, dir string, m train.Model, soften float32) {
	t.Helper()
	p := m.Preparation
	net, err := torch.New(torch.Config{
		Network: m.Network, NumLayers: m.NumLayers, Height: p.Height, Width: p.Width,
		Classes: len(m.Classes), Seed: 7, Threads: 1, Device: "cpu",
		BGR: p.Colour == "BGR", Range: p.Range, Mean: p.Mean, Std: p.Std,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer net.Close()
	// SqueezeNet has no normalisation, and values up to 255: it would learn too fast.
	steps := 3
	if m.Network == "squeezenet1.1" {
		steps = 0
	}
	if err := net.Optimize(torch.Optimizer{Name: "sgd", Momentum: 0.9}); err != nil {
		t.Fatal(err)
	}
	const n = 6
	rgb := make([]byte, n*3*p.Height*p.Width)
	classes := make([]int64, n)
	for i := range rgb {
		rgb[i] = byte(i * i / 7 % 251)
	}
	for i := range classes {
		classes[i] = int64(i % len(m.Classes))
	}
	for range steps {
		if _, _, err := net.Train(rgb, classes, 0.001); err != nil {
			t.Fatal(err)
		}
	}
	tensors, err := net.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range tensors {
		for i := range tensor.Data {
			if strings.HasSuffix(tensor.Name, ".bias") && steps == 0 {
				tensor.Data[i] = float32(i%7)/7 - 0.5
			}
			if strings.HasPrefix(tensor.Name, "fc.") {
				tensor.Data[i] *= soften
			}
		}
	}
	var weights bytes.Buffer
	if err := torch.Write(&weights, tensors); err != nil {
		t.Fatal(err)
	}
	put(t, weights.String(), dir, "model.safetensors")
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "model.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// drawn returns a JPEG with edges and gradients.
func drawn(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{
				uint8(255 * x / width), uint8(255 * y / height),
				uint8(128 + 100*math.Sin(float64(x+y)/9)), 255,
			}
			if (x-width/3)*(x-width/3)+(y-height/2)*(y-height/2) < height*height/16 {
				c = color.RGBA{220, 40, 30, 255}
			}
			picture.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
