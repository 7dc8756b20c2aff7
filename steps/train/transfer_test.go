//go:build native

package train

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/specs/hyper"
	"snellen/steps/frames"
	"snellen/steps/pretrained"
	"snellen/steps/torch"
)

// picture returns a JPEG of stripes or of checks, which two pictures of a class share and whose
// place and light they do not.
func picture(t *testing.T, class, i int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 80, 60))
	for y := range 60 {
		for x := range 80 {
			dark := (x+i)/8%2 == 0
			if class == 1 {
				dark = ((x+i)/8+(y+2*i)/8)%2 == 0
			}
			c := color.RGBA{uint8(200 - 3*i), uint8(180 + 2*i), 120, 255}
			if dark {
				c = color.RGBA{40, uint8(50 + i), 60, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// records writes images as RecordIO and returns its path.
func records(t *testing.T, images ...[]byte) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "images.rec"))
	if err != nil {
		t.Fatal(err)
	}
	w := frames.NewWriter(f)
	for _, image := range images {
		if err := w.Write(0, image); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	return f.Name()
}

func openRecords(path, _ string) (Set, error) { return frames.OpenRecords(path) }

// run runs a step and returns the folder of its outputs.
func run(t *testing.T, r step.Runner, params any, inputs map[string]string) string {
	t.Helper()
	out, err := tryRun(t, r, params, inputs)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tryRun(
	t *testing.T, r step.Runner, params any, inputs map[string]string,
) (string, error) {
	t.Helper()
	data, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	job := &step.Job{Params: data, Inputs: inputs, Out: t.TempDir(), Report: func(step.Progress) {}}
	return job.Out, r.Run(context.Background(), job)
}

func builtin() Backbone {
	n := pretrained.Builtin()
	return Backbone{n.Family, n.Digest}
}

// featureParams are of an input that is smaller than usual, which the test has the time for.
func featureParams() FeatureParams {
	return FeatureParams{Pretrained: builtin(), ImageShape: "3,64,64", Copies: 2,
		Augmenting: Cuts, Seed: 7, Device: "cpu"}
}

func describeAll(t *testing.T, p FeatureParams, inputs map[string]string) Table {
	t.Helper()
	table, err := LoadFeatures(
		filepath.Join(run(t, NewFeatures(openRecords), p, inputs), "features.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// What is said of a picture depends on the picture and the seed alone: not on its place, on its
// set, or on what else there is.
func TestFeaturesOfAPicture(t *testing.T) {
	var all [][]byte
	for i := range 5 {
		all = append(all, picture(t, i%2, i))
	}
	p := featureParams()
	first := describeAll(t, p,
		map[string]string{"train": records(t, all...), "validation": records(t, all[1])})
	if first.Width != 512 || first.Len("train") != 5 || first.Len("copies") != 10 ||
		first.Len("validation") != 1 {
		t.Fatalf("%d numbers, %d frames, %d copies, %d to validate with", first.Width,
			first.Len("train"), first.Len("copies"), first.Len("validation"))
	}
	if !slices.Equal(first.Row("train", 1), first.Row("validation", 0)) {
		t.Error("a picture has other features in another set")
	}
	if slices.Equal(first.Row("copies", 2), first.Row("copies", 3)) {
		t.Error("two copies of a picture are the same")
	}
	slices.Reverse(all)
	other := describeAll(t, p,
		map[string]string{"train": records(t, all[2:]...), "validation": records(t)})
	for i := range 3 {
		if !slices.Equal(first.Row("train", i), other.Row("train", 2-i)) ||
			!slices.Equal(first.rows("copies", i, 2), other.rows("copies", 2-i, 2)) {
			t.Errorf("picture %d has other features in another place", i)
		}
	}
	p.Seed++
	again := describeAll(t, p,
		map[string]string{"train": records(t, all[2:]...), "validation": records(t)})
	if !slices.Equal(again.Sets["train"], other.Sets["train"]) ||
		slices.Equal(again.Sets["copies"], other.Sets["copies"]) {
		t.Error("a seed must change the copies, and nothing else")
	}
}

// Pictures that another step has described are not computed again.
func TestKnownFeatures(t *testing.T) {
	a, b, c := picture(t, 0, 1), picture(t, 1, 2), picture(t, 0, 3)
	p := featureParams()
	known := map[string]string{"train": records(t, a), "validation": records(t, b)}
	table := describeAll(t, p, known)
	marked := []torch.Tensor{
		{Name: "train", Shape: []int{1, 512}, Data: table.Sets["train"]},
		{Name: "copies", Shape: []int{2, 512}, Data: table.Sets["copies"]},
		{Name: "validation", Shape: []int{1, 512}, Data: table.Sets["validation"]},
	}
	for _, m := range marked {
		m.Data[0] = 1e6
	}
	path := filepath.Join(t.TempDir(), "known.safetensors")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := torch.Write(f, marked); err != nil {
		t.Fatal(err)
	}
	f.Close()
	inputs := map[string]string{"train": records(t, c, a, b), "validation": records(t, a),
		"known/train": known["train"], "known/validation": known["validation"],
		"known/features": path}
	got := describeAll(t, p, inputs)
	for name, row := range map[string][]float32{
		"a frame": got.Row("train", 1), "its copies": got.Row("copies", 2),
		"a frame of the other set": got.Row("validation", 0),
	} {
		if row[0] != 1e6 {
			t.Errorf("%s is computed again", name)
		}
	}
	// b is known without copies, so it is computed, like c.
	if got.Row("train", 2)[0] == 1e6 || got.Row("train", 0)[0] == 1e6 {
		t.Error("a picture without known copies has known features")
	}
	inputs["known/train"] = records(t, a, c)
	if _, err := tryRun(t, NewFeatures(openRecords), p, inputs); err == nil ||
		!strings.Contains(err.Error(), "do not belong to 2 known pictures") {
		t.Errorf("features of other pictures: %v", err)
	}
}

// A dataset of two classes, with its features.
type transferData struct{ inputs map[string]string }

func newTransferData(t *testing.T, p FeatureParams) transferData {
	t.Helper()
	dir := t.TempDir()
	d := transferData{map[string]string{"dataset": filepath.Join(dir, "dataset.json")}}
	data, _ := json.Marshal(frames.Summary{Classes: []string{"STRIPES", "CHECKS"}})
	write := func(path string, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(d.inputs["dataset"], data)
	sets := map[string][2][][]byte{}
	for set, places := range map[string][]int{
		"train": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, "validation": {20, 21, 22},
	} {
		var lst strings.Builder
		var classes [2][][]byte
		f, err := os.Create(filepath.Join(dir, set+".rec"))
		if err != nil {
			t.Fatal(err)
		}
		w := frames.NewWriter(f)
		for k, i := range places {
			for class := range classes {
				one := picture(t, class, i)
				classes[class] = append(classes[class], one)
				fmt.Fprintf(&lst, "%d\t%d\t%03d/%06d.jpg\n", 2*k+class, class, class, k)
				if err := w.Write(class, one); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		sets[set] = classes
		d.inputs[set] = f.Name()
		d.inputs[set+".lst"] = filepath.Join(dir, set+".lst")
		write(d.inputs[set+".lst"], []byte(lst.String()))
	}
	for class := range 2 {
		out := run(t, NewFeatures(openRecords), p, map[string]string{
			"train":      records(t, sets["train"][class]...),
			"validation": records(t, sets["validation"][class]...),
		})
		d.inputs[fmt.Sprintf("features/%d", class)] = filepath.Join(out, "features.safetensors")
	}
	return d
}

// lists returns the inputs of a head step.
func (d transferData) lists() map[string]string {
	inputs := map[string]string{}
	for role, path := range d.inputs {
		if role != "train" && role != "validation" {
			inputs[role] = path
		}
	}
	return inputs
}

func headParams() Params {
	b := builtin()
	h := hyper.Start{}.Parameters()
	h.ImageShape, h.Resize, h.Epochs, h.MiniBatchSize = "3,64,64", 0, 8, 8
	return Params{Local: h.Local(), Seed: 3, Threads: 1, Device: "cpu", Pretrained: &b,
		Cosine: true}
}

func readSummary(t *testing.T, dir string) (s Summary) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A head learns from features alone, and what is saved is a whole network, which answers about a
// picture as its last layer answers about the picture's features.
func TestHead(t *testing.T) {
	d := newTransferData(t, featureParams())
	out := run(t, NewHead(), headParams(), d.lists())
	if s := readSummary(t, out); s.Accuracy != 1 || s.Train != 24 || s.Validation != 6 ||
		s.LastEpoch != 7 || s.BestEpoch != 7 {
		t.Errorf("%+v", s)
	}
	c, err := Open(filepath.Join(out, "model.json"), filepath.Join(out, "model.safetensors"), 1,
		"cpu")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := c.model
	if m.Network != "squeezenet1.1" || m.Preparation.Colour != "BGR" || m.Preparation.Range != 255 ||
		m.Pretrained == nil || m.Pretrained.FineTuned || m.Pretrained.Licence == "" ||
		m.Pretrained.Digest != builtin().Digest {
		t.Errorf("%+v", m)
	}
	one := picture(t, 1, 23)
	seen, err := c.Classify(t.Context(), [][]byte{one})
	if err != nil || seen[0][1] < 0.9 {
		t.Fatalf("checks are %v, %v", seen, err)
	}
	table := describeAll(t, featureParams(), map[string]string{"images": records(t, one)})
	described, err := c.ClassifyFeatures(table.Row("images", 0))
	if err != nil || math.Abs(described[0][1]-seen[0][1]) > 1e-6 {
		t.Errorf("by its features, the picture is %v: %v", described, err)
	}
	again := run(t, NewHead(), headParams(), d.lists())
	for _, name := range Head.Outputs {
		a, _ := os.ReadFile(filepath.Join(out, name))
		b, err := os.ReadFile(filepath.Join(again, name))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs in a second run, %v", name, err)
		}
	}
}

// Features of another network, and lists that name what has none, are errors.
func TestHeadRefuses(t *testing.T) {
	d := newTransferData(t, featureParams())
	inputs := d.lists()
	inputs["features/1"] = inputs["features/0"]
	data, err := os.ReadFile(inputs["train.lst"])
	if err != nil {
		t.Fatal(err)
	}
	inputs["train.lst"] = filepath.Join(t.TempDir(), "train.lst")
	longer := string(data) + "24\t1\t001/000012.jpg\n"
	if err := os.WriteFile(inputs["train.lst"], []byte(longer), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := tryRun(t, NewHead(), headParams(), inputs); err == nil ||
		!strings.Contains(err.Error(), "image 24 of the train set: it has no features") {
		t.Errorf("%v", err)
	}
	other := Backbone{builtin().Network, strings.Repeat("0", 64)}
	p := headParams()
	p.Pretrained = &other
	if _, err := tryRun(t, NewHead(), p, d.lists()); err == nil ||
		!strings.Contains(err.Error(), "build snellen and snellen-worker together") {
		t.Errorf("another built-in network: %v", err)
	}
}

// A network that is trained whole begins with its head trained, so that its first epoch does not
// undo what the network knows.
func TestFineTune(t *testing.T) {
	d := newTransferData(t, featureParams())
	p := headParams()
	head := p.Local
	p.Head, p.Cuts, p.Epochs, p.LearningRate = &head, true, 2, 0.002
	out := run(t, New(openRecords), p, d.inputs)
	s := readSummary(t, out)
	if s.Accuracy != 1 || s.Parameters != 722496+2*513 {
		t.Errorf("%+v", s)
	}
	c, err := Open(filepath.Join(out, "model.json"), filepath.Join(out, "model.safetensors"), 1,
		"cpu")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.model.Pretrained.FineTuned {
		t.Error("model.json does not say that the network was trained whole")
	}
	tensors, err := c.net.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	b, err := openBackbone(builtin(), "")
	if err != nil {
		t.Fatal(err)
	}
	moved := 0.0
	for i, before := range b.tensors {
		after := tensors[slices.IndexFunc(tensors,
			func(t torch.Tensor) bool { return t.Name == before.Name })]
		for k := range before.Data {
			moved = max(moved, math.Abs(float64(b.tensors[i].Data[k]-after.Data[k])))
		}
	}
	if moved == 0 || moved > 0.1 {
		t.Errorf("a weight has moved by %g", moved)
	}
}

// classWeights: a class with half as many images counts twice as much.
func TestClassWeights(t *testing.T) {
	if got := classWeights([]int{10, 20, 30}); !slices.Equal(got, []float32{2, 1, 2.0 / 3}) {
		t.Errorf("%v", got)
	}
	if got := classWeights([]int{5, 5}); !slices.Equal(got, []float32{1, 1}) {
		t.Errorf("%v", got)
	}
}
