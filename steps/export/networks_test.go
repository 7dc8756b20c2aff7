package export

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"snellen/engine/store"
	"snellen/steps/train"
)

// compareNetworks is run with the folders of models without weights. For each it makes random
// weights, writes them as the model's, and compares classify.py with torchvision.
//
//go:embed networks_test.py
var compareNetworks string

// The Python example's networks are those that others trained: torchvision's SqueezeNet and
// residual networks, and MXNet's residual networks, written down once more. It prepares
// pictures for each.
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

// A model says which network it began with, and the licences of Snellen's own go with it.
func TestModelNamesItsOrigin(t *testing.T) {
	squeeze := train.Origin{
		Name: "SqueezeNet 1.1", Digest: "6b31", Licence: "BSD-2-Clause AND MIT", FineTuned: true,
	}
	own := train.Origin{Name: "ResNet-50", Digest: "abcd"}
	for _, c := range []struct {
		model    train.Model
		licences bool
		want     []string
	}{
		{
			train.Model{NumLayers: 8}, false,
			[]string{
				"A residual network of 8 layers with normalisation before each convolution",
				"from random weights", "4. Divide by 255. Subtract 0, 0, 0",
			},
		},
		{
			train.Model{Network: "squeezenet1.1", Pretrained: &squeeze,
				Preparation: train.Preparation{Colour: "BGR", Range: 255}}, true,
			[]string{
				"| `LICENCE-backbone.txt` | the licences", "SqueezeNet 1.1 with a linear layer, " +
					"`fc`, in place of its own classifier. Its input",
				"weights of SqueezeNet 1.1 (SHA-256: `6b31`)", "and then the network whole",
				"BSD-2-Clause AND MIT. Pass `LICENCE-backbone.txt` on",
				"4. Subtract 0, 0, 0 and divide by 0, 0, 0 (blue, green, red).",
			},
		},
		{
			train.Model{Network: "resnet-v1", NumLayers: 50, Pretrained: &own}, false,
			[]string{
				"50 layers with normalisation after each convolution",
				"began with pretrained weights of ResNet-50",
				"The last layer alone", "does not know the licence",
			},
		},
	} {
		dir := filepath.Join(t.TempDir(), "model")
		c.model.Format = 1
		if err := exported(t, c.model, dir); err != nil {
			t.Fatal(err)
		}
		text := read(t, dir, "README.md")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		licences, err := os.ReadFile(filepath.Join(dir, licenceName))
		if (err == nil) != c.licences {
			t.Errorf("%s of %q: %v", licenceName, c.model.Network, err)
		}
		if c.licences {
			for _, want := range []string{"MIT License", "BSD LICENSE", "binary form"} {
				if !strings.Contains(string(licences), want) {
					t.Errorf("%s has no %q", licenceName, want)
				}
			}
		}
	}
	err := exported(t, train.Model{Network: "vit"}, filepath.Join(t.TempDir(), "model"))
	if err == nil || !strings.Contains(err.Error(), `the network "vit", which this version`) {
		t.Errorf("an unknown network: %v", err)
	}
}

// exported exports a model to dir, by way of a store.
func exported(t *testing.T, m train.Model, dir string) error {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err == nil {
		err = st.Prepare()
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	one := trainings()[0]
	one.Record.Outputs = map[string]store.Output{}
	for name, data := range map[string][]byte{"model.json": data, weightsName: []byte("weights")} {
		if one.Record.Outputs[name], err = st.PutBytes(data); err != nil {
			t.Fatal(err)
		}
	}
	_, err = one.WriteModel(st, dir)
	return err
}
