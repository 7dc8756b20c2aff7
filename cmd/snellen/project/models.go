package project

import (
	"os"
	"slices"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/steps/address"
)

// modelFiles are the outputs of a training that make a model.
var modelFiles = []string{"model.json", "model.safetensors"}

// Models returns the model files of each resolution's first training, by resolution and output, as
// paths in the store. Resolutions whose model is not in the store are missing.
func (p *Project) Models(decisions []*engine.Decision) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, name := range p.Resolutions() {
		trained := address.Training{Resolution: name, Replicate: 1}.Address()
		i := slices.IndexFunc(decisions,
			func(d *engine.Decision) bool { return d.Node.Address == trained })
		if i < 0 || decisions[i].Record == nil {
			continue
		}
		if files := p.files(decisions[i].Record); files != nil {
			all[name] = files
		}
	}
	return all
}

// files returns the paths of a record's model, or nil where a file of it is missing.
func (p *Project) files(record *store.Record) map[string]string {
	files := map[string]string{}
	for _, name := range modelFiles {
		output, ok := record.Outputs[name]
		if !ok {
			return nil
		}
		files[name] = p.Store.Path(output.Digest)
		if fi, err := os.Stat(files[name]); err != nil || fi.Size() != output.Size {
			return nil
		}
	}
	return files
}
