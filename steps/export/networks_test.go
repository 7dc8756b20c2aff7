package export

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"snellen/steps/train"
)

// compareNetworks is run with the folders of models without weights. For each it makes random
// weights, writes them as the model's, and compares classify.py with torchvision.
//
//go:embed networks_test.py
var compareNetworks string

// The Python example's networks are those that others trained: torchvision's SqueezeNet and residual
// networks, and MXNet's residual networks, written down once more. It prepares pictures for each.
func TestExampleIsThePretrainedNetwork(t *testing.T) {
	python := python(t, "torch", "torchvision", "numpy", "PIL")
	imageNet := train.Preparation{
		Resize: 72, Long: 96, Height: 64, Width: 64, Filter: "area/linear", Colour: "RGB",
		Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225},
	}
	squeeze := imageNet
	squeeze.Height, squeeze.Width, squeeze.Resize, squeeze.Long = 227, 227, 260, 346
	squeeze.Colour, squeeze.Range = "BGR", 255
	squeeze.Mean, squeeze.Std = [3]float64{103.939, 116.779, 123.68}, [3]float64{1, 1, 1}
	var folders []string
	for _, m := range []train.Model{
		{Network: "squeezenet1.1", Preparation: squeeze},
		{Network: "resnet-v1", NumLayers: 18, Preparation: imageNet},
		{Network: "resnet-v1", NumLayers: 50, Preparation: imageNet},
		{Network: "resnet-v2", NumLayers: 18, Preparation: imageNet},
		{Network: "resnet-v2", NumLayers: 50, Preparation: imageNet},
	} {
		dir := t.TempDir()
		m.Format, m.Classes = 1, []string{"A", "B ü", "C"}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		put(t, string(data), dir, "model.json")
		put(t, string(classifyPy), dir, "classify.py")
		folders = append(folders, dir)
	}
	out := string(runPython(t, python, compareNetworks, folders...))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(folders) {
		t.Fatalf("%d results for %d networks:\n%s", len(lines), len(folders), out)
	}
	for _, line := range lines {
		t.Log(line)
		// "resnet-v1 18 OUTPUT PICTURE": the largest differences, as shares of the largest number.
		f := strings.Fields(line)
		for _, number := range f[2:] {
			if d, err := strconv.ParseFloat(number, 64); err != nil || !(d <= 1e-5) {
				t.Errorf("%s: a difference of %s", strings.Join(f[:2], " "), number)
			}
		}
	}
}
