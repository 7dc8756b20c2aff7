package specs

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"snellen/specs/hyper"
)

// The trainers of the tests below.
const (
	fineTuning  = "trainer \"local\" { fine_tune = true }\n"
	ownNetwork  = "trainer \"local\" { pretrained = \"w/resnet50.safetensors\" }\n"
	cloudTuning = `trainer "sagemaker" {
  region        = "eu-central-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "snellen"
  instance_type = "ml.g5.xlarge"
}
`
	ownTraining = `trainer "command" {
  program = ["python3", "train.py"]
  files   = ["train.py"]
}
`
)

// TestPretrained: a resolution with a pretrained network has other defaults, on this machine alone.
// What is written wins, wherever it is written, and only that has a position.
func TestPretrained(t *testing.T) {
	const on = "use_pretrained_model = 1\n"
	for name, c := range map[string]struct {
		study, resolution, trainer string
		start                      *hyper.Start // nil: the table's defaults
	}{
		"scratch":   {study: "epochs = 3\n"},
		"frozen":    {study: on, start: &hyper.Start{}},
		"one alone": {resolution: on, start: &hyper.Start{}},
		"all but one": {study: on + "resize = 0\n",
			resolution: "use_pretrained_model = 0\nnum_layers = 8\n"},
		"written": {study: on + "epochs = 9\n", resolution: "learning_rate = 0.5\n",
			start: &hyper.Start{}},
		"null":  {study: on, resolution: "epochs = null\n", start: &hyper.Start{}},
		"tuned": {study: on, trainer: fineTuning, start: &hyper.Start{FineTune: true}},
		"as from random weights": {study: on + "epochs = 30\n", trainer: fineTuning,
			start: &hyper.Start{FineTune: true}},
		"another input": {study: on + "image_shape = \"3,96,64\"\n", trainer: fineTuning,
			start: &hyper.Start{FineTune: true}},
		"own": {study: on + "num_layers = 50\n", trainer: ownNetwork,
			start: &hyper.Start{OwnFile: true}},
		"cloud":   {study: on + "mini_batch_size = 20\nresize = 256\n", trainer: cloudTuning},
		"command": {study: on, trainer: ownTraining},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, "A.mp4", "B.mp4", "w/resnet50.safetensors", "train.py",
				"s.hcl="+strings.Replace(minimal, "{}\n", "{}\n"+c.trainer, 1)+
					"hyperparameters {\n"+c.study+"}\nresolution \"32x24\" {\n"+
					"  hyperparameters {\n"+c.resolution+"}\n}\n")
			s := mustLoad(t, filepath.Join(dir, "s.hcl"), Options{})
			got := s.Resolutions[1].Hyperparameters
			written := writtenIn(c.study + c.resolution)
			for _, r := range hyper.Table {
				want := fmt.Sprint(r.Default)
				if c.start != nil {
					want = fmt.Sprint(c.start.Default(r, got.Parameters))
				}
				if text, ok := written[r.Name]; ok {
					want = text
				}
				have := reflect.ValueOf(r.Field(&got.Parameters)).Elem().Interface()
				if fmt.Sprint(have) != want {
					t.Errorf("%s is %v, want %s", r.Name, have, want)
				}
			}
			places := slices.Sorted(maps.Keys(got.Where))
			if want := slices.Sorted(maps.Keys(written)); !slices.Equal(places, want) {
				t.Errorf("%q have positions, want %q", places, want)
			}
		})
	}
}

// writtenIn returns the values of lines like NAME = VALUE, without quotes. The last line of a name
// wins.
func writtenIn(lines string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(lines) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " = "); value != "null" {
			all[name] = strings.Trim(value, `"`)
		}
	}
	return all
}

// TestWeights: the file of a pretrained network is found from the spec's folder, and a file of
// another kind is no use.
func TestWeights(t *testing.T) {
	src := minimal + "hyperparameters { use_pretrained_model = 1 }\n" +
		"variable \"net\" { default = \"w/resnet50.safetensors\" }\n" +
		"trainer \"local\" {\n  pretrained     = var.net\n  augment_copies = 0\n}\n"
	dir := folder(t, "A.mp4", "B.mp4", "w/resnet50.safetensors", "w/resnet50.pth",
		"w/x.safetensors/y", "s.hcl="+src)
	t.Chdir(filepath.Dir(dir))
	path := filepath.Join(filepath.Base(dir), "s.hcl")
	s := mustLoad(t, path, Options{})
	want := filepath.Join(filepath.Base(dir), "w", "resnet50.safetensors")
	if s.Trainer.Pretrained != want || s.Trainer.FineTune || s.Trainer.Copies != 0 ||
		len(s.Trainer.Where) != 2 {
		t.Errorf("%+v, want the network in %s", s.Trainer, want)
	}
	for net, wrong := range map[string]string{
		"w/resnet50.pth":       "must be a .safetensors file, not resnet50.pth",
		"w/none.safetensors":   "none.safetensors does not exist",
		"w/x.safetensors":      "x.safetensors is a folder",
		"":                     "path is empty",
		"w/resnet50.SAFETENSO": "must be a .safetensors file",
	} {
		s, found := Load(path, Options{Assignments: []Assignment{set("net", net)}})
		if s != nil || len(found) != 1 || !strings.Contains(found[0].Message, wrong) {
			t.Errorf("%s: %v, want %q", net, found, wrong)
		}
	}
	s = mustLoad(t, path, Options{WithoutFootage: true,
		Assignments: []Assignment{set("net", "w/none.safetensors")}})
	if !strings.HasSuffix(s.Trainer.Pretrained, "none.safetensors") {
		t.Errorf("without footage: %+v", s.Trainer)
	}
}

// TestWeightedLossInOwnImage: a training image of one's own may read what the built-in one ignores.
func TestWeightedLossInOwnImage(t *testing.T) {
	src := minimal + "hyperparameters {\n  use_weighted_loss = 1\n  mini_batch_size = 20\n" +
		"  resize = 256\n}\n" + cloudTuning
	_, found := Load(spec(t, src), Options{})
	if len(found) != 1 || !strings.Contains(found[0].Message, "multi_label = 1 alone") {
		t.Errorf("the built-in image: %v", found)
	}
	own := strings.Replace(src, "  bucket ", "  image = \"mine:1\"\n  bucket ", 1)
	if s := mustLoad(t, spec(t, own), Options{}); s.Resolutions[0].Hyperparameters.
		UseWeightedLoss != 1 {
		t.Error("an image of one's own does not get it")
	}
}
