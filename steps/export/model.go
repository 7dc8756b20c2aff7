package export

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/store"
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

const weightsName = "model.safetensors"

// WriteModel writes a training's model to dir: its outputs model.* and model/*, a README.md and,
// for a model of the local trainer, classify.py, an example that uses it. dir must be new, empty,
// or the folder of an earlier export.
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
	file, err := os.Open(st.Path(out.Digest))
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
	if _, ok := t.Record.Outputs[weightsName]; !ok {
		text := strings.NewReplacer(values...).Replace(otherReadme)
		return map[string][]byte{"README.md": []byte(text)}, nil
	}
	var m train.Model
	data, err := st.Read(t.Record.Outputs["model.json"], maxJSON)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("read model.json: %w", err)
	}
	p := m.Preparation
	values = append(values,
		"{Classes}", strconv.Itoa(len(m.Classes)), "{Layers}", strconv.Itoa(m.NumLayers),
		"{Width}", strconv.Itoa(p.Width), "{Height}", strconv.Itoa(p.Height),
		"{Colour}", escapeMarkdown(p.Colour), "{Mean}", triple(p.Mean), "{Std}", triple(p.Std),
		"{Resize}", resizeText(p))
	text := strings.NewReplacer(values...).Replace(modelReadme)
	return map[string][]byte{"README.md": []byte(text), "classify.py": classifyPy}, nil
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
