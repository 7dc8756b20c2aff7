package pretrained

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/torch"
)

// A layout is how the tensors of one network are named in files of one origin.
type layout struct {
	family  string
	layers  int
	tensors []torch.Tensor      // without Data, by package torch's names
	name    func(string) string // returns the name in the file
}

// layouts returns all that are known. Our own names come last. The built-in file has them, and so
// does a trained model.
func layouts() (all []layout) {
	for _, layers := range []int{18, 34, 50, 101, 152} {
		v1, v2 := resNet(resNetV1, layers), resNet(resNetV2, layers)
		all = append(all,
			layout{resNetV1, layers, v1, torchvisionName}, layout{resNetV2, layers, v2, mxnetName},
			layout{resNetV1, layers, v1, ownName}, layout{resNetV2, layers, v2, ownName})
	}
	return append(all, layout{squeezeNet, 0, squeezeNetTensors(), ownName})
}

func ownName(name string) string { return name }

// A builder lists the names and shapes of a network's tensors.
type builder struct{ list []torch.Tensor }

func (b *builder) add(name string, shape ...int) {
	b.list = append(b.list, torch.Tensor{Name: name, Shape: shape})
}

func (b *builder) conv(name string, out, in, kernel int) {
	b.add(name+".weight", out, in, kernel, kernel)
}

func (b *builder) norm(name string, channels int) {
	for _, part := range []string{".weight", ".bias", ".running_mean", ".running_var"} {
		b.add(name+part, channels)
	}
}

// squeezeNetTensors returns the names and shapes of SqueezeNet 1.1's tensors.
func squeezeNetTensors() []torch.Tensor {
	var b builder
	conv := func(name string, out, in, kernel int) {
		b.conv(name, out, in, kernel)
		b.add(name+".bias", out)
	}
	in := 64
	conv("conv1", in, 3, 3)
	for i := range 8 {
		squeeze, fire := 16*(1+i/2), fmt.Sprintf("fire%d.", i+2)
		conv(fire+"squeeze", squeeze, in, 1)
		conv(fire+"expand1", 4*squeeze, squeeze, 1)
		conv(fire+"expand3", 4*squeeze, squeeze, 3)
		in = 8 * squeeze
	}
	return b.list
}

// units are the numbers of units in each stage of a residual network, by its layers.
var units = map[int][]int{
	18: {2, 2, 2, 2}, 34: {3, 4, 6, 3}, 50: {3, 4, 6, 3}, 101: {3, 4, 23, 3}, 152: {3, 8, 36, 3},
}

// resNet returns the names and shapes of a residual network's tensors, by package torch's names.
func resNet(family string, layers int) []torch.Tensor {
	var b builder
	if family == resNetV2 {
		b.norm("data_bn", 3)
	}
	channels := 64
	b.conv("stem", channels, 3, 7)
	b.norm("stem_bn", channels)
	for stage, count := range units[layers] {
		narrow := 64 << stage
		out := narrow
		if layers >= 50 {
			out = 4 * narrow
		}
		for i := range count {
			name := fmt.Sprintf("stage%d_unit%d.", stage+1, i+1)
			b.unit(family, name, channels, narrow, out, i == 0)
			channels = out
		}
	}
	if family == resNetV2 {
		b.norm("bn", channels)
	}
	return b.list
}

// unit adds a unit's tensors. It has convolutions of 3x3, 3x3, or of 1x1, 3x3, 1x1 where out is not
// narrow. A v1 normalises after each convolution, a v2 before. The first unit of a stage has a
// shortcut; of a v1 only where it changes the shape.
func (b *builder) unit(family, name string, in, narrow, out int, first bool) {
	kernels, channels := []int{3, 3}, []int{in, narrow, out}
	if out != narrow {
		kernels, channels = []int{1, 3, 1}, []int{in, narrow, narrow, out}
	}
	for i, kernel := range kernels {
		n, normalised := strconv.Itoa(i+1), i
		if family == resNetV1 {
			normalised++
		}
		b.conv(name+"conv"+n, channels[i+1], channels[i], kernel)
		b.norm(name+"bn"+n, channels[normalised])
	}
	if !first || family == resNetV1 && in == out {
		return
	}
	b.conv(name+"shortcut", out, in, 1)
	if family == resNetV1 {
		b.norm(name+"shortcut_bn", out)
	}
}

// torchvisionName returns torchvision's name of a tensor of ours, as in its models/resnet.py:
// stage1_unit2.conv1.weight is layer1.1.conv1.weight.
func torchvisionName(name string) string {
	block, rest, _ := strings.Cut(name, ".")
	stage, number, in := strings.Cut(block, "_unit")
	if !in {
		return torchvisionLayers.Replace(name)
	}
	unit, _ := strconv.Atoi(number)
	return fmt.Sprintf("layer%s.%d.%s", strings.TrimPrefix(stage, "stage"), unit-1,
		torchvisionLayers.Replace(rest))
}

var torchvisionLayers = strings.NewReplacer("stem_bn.", "bn1.", "stem.", "conv1.",
	"shortcut.", "downsample.0.", "shortcut_bn.", "downsample.1.")

// fixedGamma is the weight of MXNet's normalisation of the input. Its symbol has fix_gamma there:
// it computes with 1, whatever the file says.
const fixedGamma = "bn_data_gamma"

// mxnetName returns MXNet's name of a tensor of ours, as in its symbols/resnet.py:
// stage1_unit2.bn1.weight is stage1_unit2_bn1_gamma.
func mxnetName(name string) string {
	at := strings.LastIndex(name, ".")
	layer, part := name[:at], name[at+1:]
	if strings.Contains(layer, "bn") {
		part = map[string]string{"weight": "gamma", "bias": "beta", "running_mean": "moving_mean",
			"running_var": "moving_var"}[part]
	}
	switch layer {
	case "data_bn":
		layer = "bn_data"
	case "stem":
		layer = "conv0"
	case "stem_bn":
		layer = "bn0"
	case "bn":
		layer = "bn1"
	}
	layer = strings.Replace(layer, ".shortcut", ".sc", 1)
	return strings.Replace(layer, ".", "_", 1) + "_" + part
}

// isClassifier reports whether a file's tensor belongs to the last layer, which knows ImageNet's
// classes or those of a trained model. It is not used, so it may have any shape.
func isClassifier(name string) bool {
	name = strings.TrimPrefix(name, "arg:")
	return strings.HasPrefix(name, "fc.") || strings.HasPrefix(name, "fc1_")
}

// A fitting is a layout's comparison with a file.
type fitting struct {
	layout
	ours                    map[string]string // our names by the file's
	named                   int               // tensors that have the right name
	wrong, missing, unknown []string
}

func (f *fitting) differences() int { return len(f.wrong) + len(f.missing) + len(f.unknown) }

// fit returns the layout of a file with these tensors. The error says how the file differs from the
// layout that comes closest.
func fit(all []torch.Tensor) (*fitting, error) {
	used := 0
	for _, t := range all {
		if !isClassifier(t.Name) {
			used++
		}
	}
	known := layouts()
	for _, l := range known {
		if len(l.tensors) != used { // saves the work of comparing
			continue
		}
		if f := compare(l, all); f.differences() == 0 {
			return f, nil
		}
	}
	var best *fitting
	for _, l := range known {
		f := compare(l, all)
		if best == nil || 2*f.named-f.differences() > 2*best.named-best.differences() {
			best = f
		}
	}
	if 2*best.named < len(best.tensors) {
		return nil, fmt.Errorf("the file is no network that is known%s", examples(all))
	}
	return nil, best.err()
}

// compare compares a file's tensors with a layout. MXNet marks them with "arg:" and "aux:".
func compare(l layout, all []torch.Tensor) *fitting {
	f := &fitting{layout: l, ours: map[string]string{}}
	expected := map[string]torch.Tensor{}
	for _, t := range l.tensors {
		expected[l.name(t.Name)] = t
	}
	for _, t := range all {
		name := strings.TrimPrefix(strings.TrimPrefix(t.Name, "arg:"), "aux:")
		want, known := expected[name]
		switch {
		case !known && isClassifier(t.Name):
			continue
		case !known:
			f.unknown = append(f.unknown, t.Name)
			continue
		case !slices.Equal(want.Shape, t.Shape):
			f.wrong = append(f.wrong, fmt.Sprintf("%s is %s instead of %s", shown(t.Name),
				shapeText(t.Shape), shapeText(want.Shape)))
		}
		f.ours[t.Name] = want.Name
		f.named++
		delete(expected, name)
	}
	f.missing = slices.Sorted(maps.Keys(expected))
	return f
}

// err says what differs.
func (f *fitting) err() error {
	var parts []string
	add := func(before string, list []string) {
		const most = 3
		if n := len(list); n > most {
			list = append(slices.Clip(list[:most]), fmt.Sprintf("%d more", n-most))
		}
		if len(list) > 0 {
			parts = append(parts, before+strings.Join(list, ", "))
		}
	}
	add("", f.wrong)
	add("without ", shownAll(f.missing))
	add("with unknown ", shownAll(f.unknown))
	return fmt.Errorf("the file is almost %s, but %s", network(f.family, f.layers).Name,
		strings.Join(parts, "; "))
}

// shown returns a name as it is safe to print.
func shown(name string) string { return fmt.Sprintf("%.80q", name) }

func shownAll(names []string) (list []string) {
	for _, n := range names {
		list = append(list, shown(n))
	}
	return list
}

// shapeText returns a shape as 64x3x7x7.
func shapeText(shape []int) string {
	switch n := len(shape); {
	case n == 0:
		return "one number"
	case n > 8:
		return fmt.Sprintf("an array of %d dimensions", n)
	}
	var parts []string
	for _, n := range shape {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, "x")
}

// examples names some tensors.
func examples(all []torch.Tensor) string {
	if len(all) == 0 {
		return ": it has no tensors"
	}
	var names []string
	for _, t := range all[:min(len(all), 3)] {
		names = append(names, shown(t.Name))
	}
	return ": it has tensors like " + strings.Join(names, ", ")
}
