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

// The files that a model is exported with.
var (
	//go:embed classify.py
	classifyPy []byte
	//go:embed model.md
	modelReadme string
	//go:embed foreignmodel.md
	foreignReadme string
)

const weightsName = "model.safetensors"

// WriteModel puts a training's model into dir: what its step calls model.* or model/*, README.md and, for a model of the
// local trainer, classify.py, which uses it. What is in dir must be an earlier export's.
func (t *Training) WriteModel(st *store.Store, dir string) (Result, error) {
	f, err := openFolder(dir, "model", true)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	for _, name := range t.modelFiles() {
		if err := f.write(name, func(w io.Writer) error { return copyObject(w, st, t.Record.Outputs[name]) }); err != nil {
			return Result{}, err
		}
	}
	extra, err := t.usage(st)
	if err != nil {
		return Result{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if err := f.write(name, func(w io.Writer) error { _, err := w.Write(extra[name]); return err }); err != nil {
			return Result{}, err
		}
	}
	result := Result{Made: []Made{{t.Resolution, t.Address, dir, len(f.order), f.bytes}}}
	result.Changed, err = f.commit()
	return result, err
}

// modelFiles are the outputs of the training that are its model, by name.
func (t *Training) modelFiles() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.Record.Outputs)), func(name string) bool {
		return !strings.HasPrefix(name, "model.") && !strings.HasPrefix(name, "model/")
	})
}

// copyObject writes an object's bytes, which are checked before.
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

// usage are the files that tell how the model is used.
func (t *Training) usage(st *store.Store) (map[string][]byte, error) {
	about := []string{
		"{Study}", plain(t.Study), "{Resolution}", plain(t.Resolution), "{Address}", plain(t.Address), "{Key}", t.Record.Key().String(), "{Accuracy}", t.accuracy(),
	}
	if _, ok := t.Record.Outputs[weightsName]; !ok {
		return map[string][]byte{"README.md": []byte(strings.NewReplacer(about...).Replace(foreignReadme))}, nil
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
	about = append(about,
		"{Classes}", strconv.Itoa(len(m.Classes)), "{Layers}", strconv.Itoa(m.NumLayers), "{Width}", strconv.Itoa(p.Width), "{Height}", strconv.Itoa(p.Height),
		"{Colour}", plain(p.Colour), "{Mean}", triple(p.Mean), "{Std}", triple(p.Std), "{Resize}", resizing(p))
	text := strings.NewReplacer(about...).Replace(modelReadme)
	return map[string][]byte{"README.md": []byte(text), "classify.py": classifyPy}, nil
}

func (t *Training) accuracy() string {
	for _, f := range t.Figures {
		if f.Name == "accuracy" {
			return fmt.Sprintf("; on the study's validation frames it is right in %.1f %%", 100*f.Value)
		}
	}
	return ""
}

func triple(v [3]float64) string { return fmt.Sprintf("%g, %g, %g", v[0], v[1], v[2]) }

// resizing tells in words how large a picture is made before it is cut.
func resizing(p train.Preparation) string {
	switch {
	case p.Resize == 0:
		return fmt.Sprintf("Resize it to %dx%d, whatever its shape", p.Width, p.Height)
	case p.Long > 0:
		return fmt.Sprintf("Resize it to %dx%d, or %dx%d where it is upright, whatever its shape", p.Long, p.Resize, p.Resize, p.Long)
	}
	return fmt.Sprintf("Resize it so that its short side has %d pixels", p.Resize)
}

// plain makes a text that others wrote safe in Markdown.
func plain(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "`", "'", "[", `\[`, "*", `\*`).Replace(s)
}
