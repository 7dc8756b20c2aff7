package export

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/regular"
	"snellen/engine/store"
	"snellen/steps/pretrained"
	"snellen/steps/train"
)

// Files that are exported with a model. {Name} in a README stands for a value.
var (
	//go:embed classify.py
	classifyPy []byte
	//go:embed model.md
	modelReadme string
	//go:embed trainermodel.md
	otherReadme string // of a model of another trainer than the local one
)

const (
	weightsName = "model.safetensors"
	licenceName = "LICENCE-backbone.txt" // of the weights that a model began with
)

// WriteModel writes a training's model to dir: its outputs model.* and model/*, a README.md and,
// for a model of the local trainer, classify.py, an example that uses it. A model that began with
// Snellen's own pretrained network has the licences of that beside it. dir must be new, empty, or
// the folder of an earlier export.
func (t *Training) WriteModel(st *store.Store, dir string) (Result, error) {
	f, err := openFolder(dir, "model", true)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	for _, name := range t.modelFiles() {
		fill := func(w io.Writer) error { return copyObject(w, st, t.Record.Outputs[name]) }
		if err := f.write(name, fill); err != nil {
			return Result{}, err
		}
	}
	extra, err := t.usageFiles(st)
	if err != nil {
		return Result{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if err := f.writeBytes(name, extra[name]); err != nil {
			return Result{}, err
		}
	}
	result := Result{Items: []Item{{t.Resolution, t.Address, dir, len(f.order), f.bytes}}}
	result.Changed, err = f.commit()
	return result, err
}

// modelFiles returns the sorted names of the outputs that make up the model.
func (t *Training) modelFiles() []string {
	names := slices.Sorted(maps.Keys(t.Record.Outputs))
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, "model.") && !strings.HasPrefix(name, "model/")
	})
}

// copyObject checks an object and then writes its bytes.
func copyObject(w io.Writer, st *store.Store, out store.Output) error {
	if err := st.Check(out); err != nil {
		return err
	}
	file, err := regular.Open(st.Path(out.Digest))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// usage returns the files, by name, that explain how to use the model.
func (t *Training) usageFiles(st *store.Store) (map[string][]byte, error) {
	values := []string{
		"{Study}", escapeMarkdown(t.Study), "{Resolution}", escapeMarkdown(t.Resolution),
		"{Address}", escapeMarkdown(t.Address),
		"{Key}", t.Record.Key().String(), "{Accuracy}", t.accuracy(),
	}
	m, err := t.localModel(st)
	if err != nil {
		return nil, err
	}
	if m == nil {
		text := strings.NewReplacer(values...).Replace(otherReadme)
		return map[string][]byte{"README.md": []byte(text)}, nil
	}
	if networkTexts[m.Network] == "" {
		return nil, fmt.Errorf("model.json has the network %q, which this version of snellen "+
			"does not know: export the model with the version that trained it", m.Network)
	}
	p := m.Preparation
	values = append(values,
		"{Classes}", strconv.Itoa(len(m.Classes)),
		"{Network}", fmt.Sprintf(networkTexts[m.Network], m.NumLayers), "{Origin}", originText(*m),
		"{Width}", strconv.Itoa(p.Width), "{Height}", strconv.Itoa(p.Height),
		"{Colour}", escapeMarkdown(p.Colour), "{Resize}", resizeText(p),
		"{Normalise}", normaliseText(p))
	files := map[string][]byte{"classify.py": classifyPy}
	row := ""
	if licences := licencesOf(m); licences != nil {
		files[licenceName] = licences
		row = "\n| `" + licenceName + "` | the licences of the weights that it began with |"
	}
	text := strings.NewReplacer(append(values, "{Files}", row)...).Replace(modelReadme)
	files["README.md"] = []byte(text)
	return files, nil
}

// localModel returns what a training of the local trainer says of its model, or nil for another
// trainer's.
func (t *Training) localModel(st *store.Store) (*train.Model, error) {
	if _, ok := t.Record.Outputs[weightsName]; !ok {
		return nil, nil
	}
	var m train.Model
	data, err := st.Read(t.Record.Outputs["model.json"], maxJSON)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("read model.json: %w", err)
	}
	return &m, nil
}

// licencesOf returns the licences that must go with a model, or nil if there are none. Of weights
// from a person's own file no licence is known.
func licencesOf(m *train.Model) []byte {
	if m == nil || m.Pretrained == nil || m.Pretrained.Licence == "" {
		return nil
	}
	return []byte(pretrained.BuiltinLicences())
}

// networkTexts describes the networks that classify.py knows, by their names in model.json. %d is
// the number of layers.
var networkTexts = map[string]string{
	"": "A residual network of %d layers with normalisation before each convolution, like " +
		"MXNet's symbol `resnet`.",
	"squeezenet1.1": "SqueezeNet 1.1 with a linear layer, `fc`, in place of its own classifier." +
		"%.0d", // it has no number of layers
	"resnet-v1": "A residual network of %d layers with normalisation after each convolution, " +
		"like torchvision's `resnet`.",
	"resnet-v2": "A residual network of %d layers with normalisation of its input and before " +
		"each convolution, like the networks of MXNet's model zoo.",
}

// originText says which weights a training began with, how it went on, and what their licence is.
func originText(m train.Model) string {
	o := m.Pretrained
	if o == nil {
		return "It was trained from random weights."
	}
	text := fmt.Sprintf("It began with pretrained weights of %s (SHA-256: `%s`). ",
		escapeMarkdown(o.Name), escapeMarkdown(o.Digest))
	if o.FineTuned {
		text += "The last layer, `fc`, was trained first, and then the network whole. "
	} else {
		text += "The last layer alone, `fc`, was trained; all others are as they were. "
	}
	if o.Licence == "" {
		return text + "Snellen does not know the licence of these weights: whoever passes the " +
			"model on must."
	}
	return text + fmt.Sprintf("They were trained on ImageNet; their licence is %s. Pass `%s` on "+
		"with the model.",
		escapeMarkdown(o.Licence), licenceName)
}

// accuracy returns the end of the README's first sentence, or "" if the accuracy is not known.
func (t *Training) accuracy() string {
	for _, f := range t.Figures {
		if f.Name == "accuracy" {
			return fmt.Sprintf("; it classifies %.1f %% of the study's validation frames correctly",
				100*f.Value)
		}
	}
	return ""
}

func triple(v [3]float64) string { return fmt.Sprintf("%g, %g, %g", v[0], v[1], v[2]) }

// normaliseText describes how 8-bit values become the network's input.
func normaliseText(p train.Preparation) string {
	order := "red, green, blue"
	if p.Colour == "BGR" {
		order = "blue, green, red"
	}
	text := fmt.Sprintf("Subtract %s and divide by %s (%s).", triple(p.Mean), triple(p.Std), order)
	switch p.Range {
	case 255:
		return text
	case 0, 1:
		return "Divide by 255. " + text
	}
	return fmt.Sprintf("Multiply by %g, and divide by 255. %s", p.Range, text)
}

// resizeText describes how a picture is resized before its middle is cut out.
func resizeText(p train.Preparation) string {
	switch {
	case p.Resize == 0:
		return fmt.Sprintf("Resize it to %dx%d, whatever its shape", p.Width, p.Height)
	case p.Long > 0:
		return fmt.Sprintf("Resize it to %dx%d, or to %dx%d if it is upright, whatever its shape",
			p.Long, p.Resize, p.Resize, p.Long)
	}
	return fmt.Sprintf("Resize it so that its short side has %d pixels", p.Resize)
}

// escapeMarkdown makes a text that others wrote safe in Markdown.
func escapeMarkdown(s string) string {
	r := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "`", "'", "[", `\[`, "*", `\*`)
	return r.Replace(s)
}
