package report

import (
	"path/filepath"
	"slices"
	"strings"

	"snellen/engine"
	"snellen/engine/store"
	"snellen/steps/report/document"
)

// provenance returns how each step's result was made, in the order of the decisions. It names files
// without their folders: a report may be published.
func provenance(decisions []*engine.Decision) []document.Step {
	list := []document.Step{}
	for _, d := range decisions {
		s := document.Step{
			Address: d.Node.Address, State: "missing", Tools: []document.Tool{},
			Inputs: []document.StepInput{}, Outputs: []document.StepOutput{},
		}
		if d.Node.Kind != nil {
			s.Kind = d.Node.Kind.Name
		}
		digests := map[string]string{}
		if record := d.Record; record != nil {
			key, seconds := record.Key().String(), rounded(record.Took.Seconds())
			s.State, s.Key, s.Seconds = "done", &key, &seconds
			s.Tools, digests = manifest(record.Manifest)
			s.Outputs = append(s.Outputs, outputs(record)...)
		}
		for i, in := range d.Node.Inputs {
			if strings.HasPrefix(in.Role, "picture/") {
				if in.Role == "picture/0" {
					s.Inputs = append(s.Inputs, photographs(d.Node.Inputs[i:], digests))
				}
				continue
			}
			one := document.StepInput{Role: in.Role, From: in.From}
			if in.From == "" {
				one.From = filepath.Base(in.File)
			}
			// The digest is from the record's manifest: the file may have changed since.
			if digest, ok := digests[in.Role]; ok {
				one.Digest = &digest
			}
			s.Inputs = append(s.Inputs, one)
		}
		list = append(list, s)
	}
	return list
}

// photographs returns the photographs with which a list of inputs begins as one input.
func photographs(inputs []engine.Input, digests map[string]string) document.StepInput {
	var paths []string
	var list strings.Builder
	for _, in := range inputs {
		if !strings.HasPrefix(in.Role, "picture/") {
			break
		}
		paths = append(paths, in.File)
		if digest, known := digests[in.Role]; known {
			list.WriteString(in.Role + " " + digest + "\n")
		}
	}
	out := document.StepInput{
		Role: "picture/", From: document.FirstNames(shortNames(paths), len(paths)),
		Files: len(paths),
	}
	if list.Len() > 0 {
		digest := store.Sum([]byte(list.String())).String()
		out.Digest = &digest
	}
	return out
}

// manifest returns the tools in a manifest, and the digests of the inputs by role.
func manifest(text string) ([]document.Tool, map[string]string) {
	tools, digests := []document.Tool{}, map[string]string{}
	for line := range strings.Lines(text) {
		label, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		name, value, _ := strings.Cut(rest, " ")
		switch label {
		case "tool":
			tools = append(tools, document.Tool{Name: name, Identity: value})
		case "in":
			digests[name] = value
		}
	}
	return tools, digests
}

// outputs returns the outputs of a record, sorted by name. The files of a folder are one output.
func outputs(record *store.Record) []document.StepOutput {
	folders := map[string]*document.StepOutput{}
	lists := map[string][]string{}
	for name, out := range record.Outputs {
		folder, _, ok := strings.Cut(name, "/")
		if ok {
			folder += "/"
		}
		one := folders[folder]
		if one == nil {
			one = &document.StepOutput{Name: folder, Digest: out.Digest.String()}
			folders[folder] = one
		}
		one.Files++
		one.Bytes += out.Size
		lists[folder] = append(lists[folder], name+" "+out.Digest.String()+"\n")
	}
	var list []document.StepOutput
	for name, one := range folders {
		if strings.HasSuffix(name, "/") {
			slices.Sort(lists[name])
			one.Digest = store.Sum([]byte(strings.Join(lists[name], ""))).String()
		}
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b document.StepOutput) int {
		return strings.Compare(a.Name, b.Name)
	})
	return list
}
