package pretrained

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/steps/pretrained/squeezenet"
	"snellen/steps/torch"
)

// numbered returns tensors with the shapes of list. Every number of a tensor is that of its place.
func numbered(list []torch.Tensor) []torch.Tensor {
	list = slices.Clone(list)
	for i, t := range list {
		size := 1
		for _, n := range t.Shape {
			size *= n
		}
		list[i].Data = slices.Repeat([]float32{float32(i)}, size)
	}
	return list
}

// file returns tensors as a safetensors file.
func file(t testing.TB, all []torch.Tensor) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := torch.Write(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// written writes a file and returns its path.
func written(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBuiltin(t *testing.T) {
	want := Builtin()
	got, tensors, err := Read(squeezenet.File)
	if err != nil || got != want {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
	count := 0
	for _, one := range tensors {
		count += len(one.Data)
	}
	if len(tensors) != 50 || count != 722496 {
		t.Errorf("%d tensors with %d numbers", len(tensors), count)
	}
	described, err := Describe(written(t, squeezenet.File))
	want.Digest, want.Licence = "", ""
	if err != nil || described != want {
		t.Errorf("%+v, %v; want %+v", described, err, want)
	}
	if !bytes.Equal(file(t, tensors), squeezenet.File) {
		t.Error("package torch writes the file in other bytes than convert.py")
	}
}

// TestCounts holds the number of what is learnt, with a classifier of 1000 classes, to what the
// documentation of torchvision says of each model. MXNet's units have fewer numbers.
func TestCounts(t *testing.T) {
	for layers, want := range map[int]int{
		18: 11689512, 34: 21797672, 50: 25557032, 101: 44549160, 152: 60192808,
	} {
		n, ours := network(resNetV1, layers), resNet(resNetV1, layers)
		if got := torch.CountParameters(numbered(ours)) + 1000*n.Features + 1000; got != want {
			t.Errorf("ResNet-%d has %d parameters, want %d", layers, got, want)
		}
	}
}

// TestNames: some names as torchvision's models/resnet.py and MXNet's symbols/resnet.py make them,
// and the shapes that their layers have.
func TestNames(t *testing.T) {
	type tensor struct{ theirs, ours, shape string }
	for _, c := range []struct {
		layout
		want []tensor
	}{
		{layout{resNetV1, 18, resNet(resNetV1, 18), torchvisionName}, []tensor{
			{"conv1.weight", "stem.weight", "64x3x7x7"},
			{"bn1.running_var", "stem_bn.running_var", "64"},
			{"layer1.1.conv2.weight", "stage1_unit2.conv2.weight", "64x64x3x3"},
			{"layer4.0.bn2.bias", "stage4_unit1.bn2.bias", "512"},
			{"layer2.0.downsample.0.weight", "stage2_unit1.shortcut.weight", "128x64x1x1"},
			{"layer2.0.downsample.1.weight", "stage2_unit1.shortcut_bn.weight", "128"},
		}},
		{layout{resNetV1, 152, resNet(resNetV1, 152), torchvisionName}, []tensor{
			{"layer1.0.downsample.0.weight", "stage1_unit1.shortcut.weight", "256x64x1x1"},
			{"layer3.35.conv2.weight", "stage3_unit36.conv2.weight", "256x256x3x3"},
			{"layer3.35.bn3.weight", "stage3_unit36.bn3.weight", "1024"},
		}},
		{layout{resNetV2, 18, resNet(resNetV2, 18), mxnetName}, []tensor{
			{"bn_data_gamma", "data_bn.weight", "3"},
			{"bn_data_moving_mean", "data_bn.running_mean", "3"},
			{"conv0_weight", "stem.weight", "64x3x7x7"}, {"bn0_beta", "stem_bn.bias", "64"},
			{"stage1_unit1_sc_weight", "stage1_unit1.shortcut.weight", "64x64x1x1"},
			{"stage2_unit1_bn1_moving_var", "stage2_unit1.bn1.running_var", "64"},
			{"stage4_unit2_conv2_weight", "stage4_unit2.conv2.weight", "512x512x3x3"},
			{"bn1_gamma", "bn.weight", "512"},
		}},
		{layout{resNetV2, 50, resNet(resNetV2, 50), mxnetName}, []tensor{
			{"stage2_unit1_bn1_gamma", "stage2_unit1.bn1.weight", "256"},
			{"stage2_unit1_conv1_weight", "stage2_unit1.conv1.weight", "128x256x1x1"},
			{"stage2_unit1_bn3_gamma", "stage2_unit1.bn3.weight", "128"},
			{"stage2_unit1_sc_weight", "stage2_unit1.shortcut.weight", "512x256x1x1"},
			{"bn1_moving_mean", "bn.running_mean", "2048"},
		}},
	} {
		named := map[string]tensor{}
		for _, one := range c.tensors {
			theirs := c.name(one.Name)
			named[theirs] = tensor{theirs, one.Name, shapeText(one.Shape)}
		}
		for _, w := range c.want {
			if got := named[w.theirs]; got != w {
				t.Errorf("%s %d: %v, want %v", c.family, c.layers, got, w)
			}
		}
	}
}

// theirs returns the tensors of a file, with a classifier of 1000 classes and what else such files
// have.
func theirs(family string, layers int, name func(string) string) []torch.Tensor {
	list := resNet(family, layers)
	for i := range list {
		list[i].Name = name(list[i].Name)
	}
	features := network(family, layers).Features
	if family == resNetV2 {
		return append(list, torch.Tensor{Name: "fc1_weight", Shape: []int{1000, features}},
			torch.Tensor{Name: "fc1_bias", Shape: []int{1000}})
	}
	return append(list, torch.Tensor{Name: "fc.weight", Shape: []int{1000, features}},
		torch.Tensor{Name: "fc.bias", Shape: []int{1000}})
}

// checkpointName returns the name that MXNet's checkpoints have.
func checkpointName(ours string) string {
	name := mxnetName(ours)
	if strings.Contains(name, "_moving_") {
		return "aux:" + name
	}
	return "arg:" + name
}

func TestRead(t *testing.T) {
	v1 := Network{Family: resNetV1, Features: 512, Side: 224, Colour: "RGB", Range: 1,
		Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225}}
	v2 := Network{Family: resNetV2, Features: 512, Side: 224, Colour: "RGB", Range: 255,
		Std: [3]float64{1, 1, 1}}
	for _, c := range []struct {
		want Network
		name string
		from func(string) string
	}{
		{v1, "ResNet-18", torchvisionName}, {v1, "ResNet-50", torchvisionName},
		{v2, "ResNet-18 v2", mxnetName}, {v2, "ResNet-50 v2", checkpointName},
		{v1, "ResNet-18", ownName}, {v2, "ResNet-18 v2", ownName},
	} {
		want := c.want
		want.Name, want.NumLayers = c.name, 18
		if strings.Contains(c.name, "50") {
			want.NumLayers, want.Features = 50, 2048
		}
		check(t, want, theirs(want.Family, want.NumLayers, c.from), c.from)
	}
}

// check reads a file with these shapes, and looks up each number by the name that it should have.
func check(t *testing.T, want Network, list []torch.Tensor, name func(string) string) {
	t.Helper()
	all := numbered(list)
	data := file(t, all)
	got, err := Describe(written(t, data))
	if err != nil || got != want {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
	sum := sha256.Sum256(data)
	want.Digest = hex.EncodeToString(sum[:])
	got, tensors, err := Read(data)
	if err != nil || got != want {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
	byName := map[string]torch.Tensor{}
	for _, one := range all {
		byName[one.Name] = one
	}
	ours := resNet(want.Family, want.NumLayers)
	if len(tensors) != len(ours) || !slices.IsSortedFunc(tensors,
		func(a, b torch.Tensor) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%s: %d tensors, want %d in their order", want.Name, len(tensors), len(ours))
	}
	for _, one := range tensors {
		expected := byName[name(one.Name)].Data
		if strings.HasSuffix(name(one.Name), fixedGamma) {
			expected = []float32{1, 1, 1}
		}
		if !slices.Equal(one.Data, expected) {
			t.Errorf("%s: %s has other numbers than %s", want.Name, one.Name, name(one.Name))
		}
	}
}

// TestDescribeDeep describes files whose numbers are missing: the header alone is read.
func TestDescribeDeep(t *testing.T) {
	for _, layers := range []int{18, 34, 50, 101, 152} {
		for family, name := range map[string]func(string) string{
			resNetV1: torchvisionName, resNetV2: mxnetName,
		} {
			got, err := Describe(sparse(t, theirs(family, layers, name)))
			if want := network(family, layers); err != nil || got != want {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		}
	}
}

// sparse writes a file with the header of these shapes and a hole for the numbers.
func sparse(t testing.TB, list []torch.Tensor) string {
	t.Helper()
	header := map[string]any{}
	at := 0
	for _, one := range list {
		end := 4
		for _, n := range one.Shape {
			end *= n
		}
		header[one.Name] = map[string]any{
			"dtype": "F32", "shape": one.Shape, "data_offsets": []int{at, at + end},
		}
		at += end
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	path := written(t, append(start, text...))
	if err := os.Truncate(path, int64(len(start)+len(text)+at)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDifferences: each way in which a file may differ, and what is said of it.
func TestDifferences(t *testing.T) {
	base := theirs(resNetV1, 50, torchvisionName)
	index := slices.IndexFunc(base,
		func(t torch.Tensor) bool { return t.Name == "layer1.0.conv2.weight" })
	changed := func(change func(list []torch.Tensor) []torch.Tensor) []torch.Tensor {
		return change(slices.Clone(base))
	}
	for want, list := range map[string][]torch.Tensor{
		`the file is almost ResNet-50, but "layer1.0.conv2.weight" is 64x2x3x3 instead of ` +
			`64x64x3x3`: changed(
			func(list []torch.Tensor) []torch.Tensor {
				list[index].Shape = []int{64, 2, 3, 3}
				return list
			}),
		`the file is almost ResNet-50, but without "layer1.0.conv2.weight"`: changed(
			func(list []torch.Tensor) []torch.Tensor {
				return slices.Delete(list, index, index+1)
			}),
		`the file is almost ResNet-50, but without "layer1.0.conv2.weight"; ` +
			`with unknown "layer1.0.se.weight"`: changed(
			func(list []torch.Tensor) []torch.Tensor {
				list[index].Name = "layer1.0.se.weight"
				return list
			}),
		`the file is almost ResNet-34, but without "bn1.bias", "layer2.0.bn1.bias", ` +
			`"layer2.0.bn2.bias", 27 more`: slices.DeleteFunc(theirs(resNetV1, 34, torchvisionName),
			func(t torch.Tensor) bool {
				return strings.HasSuffix(t.Name, ".bias") && !strings.HasPrefix(t.Name, "layer1")
			}),
		`the file is no network that is known: it has tensors like "a\x1b[31m", "b"`: {
			{Name: "b", Shape: []int{2}}, {Name: "a\x1b[31m", Shape: []int{2}},
		},
		`the file is no network that is known: it has no tensors`: nil,
	} {
		_, err := Describe(sparse(t, list))
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if !strings.Contains(step.Hint(err), "snellen docs pretrained") {
			t.Errorf("the hint is %q", step.Hint(err))
		}
	}
}

// TestOtherDepths: networks that are almost one of ours are refused as that one.
func TestOtherDepths(t *testing.T) {
	own := theirs(resNetV2, 18, ownName) // as trained from nothing: nothing normalises the input
	own = slices.DeleteFunc(own, func(t torch.Tensor) bool {
		return strings.HasPrefix(t.Name, "data_bn") || t.Name == "stage1_unit1.shortcut.weight"
	})
	both := theirs(resNetV1, 18, torchvisionName)
	both = append(both, torch.Tensor{Name: "arg:" + both[0].Name, Shape: both[0].Shape})
	deep := theirs(resNetV1, 101, torchvisionName)
	deep = append(deep, torch.Tensor{Name: "layer3.23.bn1.bias", Shape: []int{256}})
	for name, list := range map[string][]torch.Tensor{
		"ResNet-18 v2": own, "ResNet-18": both, "ResNet-101": deep,
	} {
		_, err := Describe(sparse(t, list))
		if err == nil || !strings.HasPrefix(err.Error(), "the file is almost "+name+", but ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	for want, data := range map[string]string{
		"(.pth)": "PK\x03\x04 archive", ".params": "\x12\x01\x00\x00\x00\x00\x00\x00 arrays",
		"(.h5)": "\x89HDF\r\n\x1a\n...", "cut off": "", "header cannot have": "this is a text",
	} {
		_, err := Describe(written(t, []byte(data)))
		_, _, other := Read([]byte(data))
		if err == nil || other == nil || !strings.Contains(err.Error(), want) ||
			err.Error() != other.Error() {
			t.Errorf("%q: %v, %v", want, err, other)
		}
	}
}

func TestNotFinite(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(-1)} {
		all := numbered(squeezeNetTensors())
		all[7].Data[3] = float32(x)
		_, _, err := Read(file(t, all))
		if err == nil || !strings.Contains(err.Error(), all[7].Name) {
			t.Errorf("%v: %v", x, err)
		}
	}
}

// TestLayoutsDiffer: no two layouts have the same names and shapes, so a file has one meaning.
func TestLayoutsDiffer(t *testing.T) {
	all := layouts()
	for i, a := range all {
		list := slices.Clone(a.tensors)
		for j := range list {
			list[j].Name = a.name(list[j].Name)
		}
		for j, b := range all {
			if same := compare(b, list).differences() == 0; same != (i == j) {
				t.Errorf("%s %d is like %s %d: %v", a.family, a.layers, b.family, b.layers, same)
			}
		}
	}
}

func BenchmarkDescribe(b *testing.B) {
	path := sparse(b, theirs(resNetV1, 152, torchvisionName))
	for b.Loop() {
		if _, err := Describe(path); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(squeezenet.File[:8000])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, tensors, err := Read(data); err == nil {
			t.Errorf("%v with %d tensors of %d bytes", n, len(tensors), len(data))
		}
	})
}
