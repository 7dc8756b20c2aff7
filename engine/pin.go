package engine

import (
	"strings"

	"snellen/engine/store"
)

// Pins are the identities of what a study's results depend on, and of the results: enough to find
// out whether another machine, or a later run, has the same ones. A lock file consists of them.
type Pins struct {
	Tools map[string]string       // identities, by the names that kinds use
	Files map[string]store.Digest // people's files, by the path in the graph
	Steps map[string]Pin          // steps that have a record, by address
}

// A Pin is one step's result.
type Pin struct {
	Key store.Key

	// Outputs by the names that the kind declares. The digest of a folder is the digest of its
	// files' names and digests.
	Outputs map[string]store.Digest
}

// Pins returns the pins of the plan as it is now, before or after an apply. It may have to read
// people's files, and returns an error where one cannot be read.
func (p *Plan) Pins() (Pins, error) {
	pins := Pins{
		Tools: map[string]string{}, Files: map[string]store.Digest{}, Steps: map[string]Pin{},
	}
	for _, d := range p.Decisions {
		for _, tool := range d.Node.Kind.Tools {
			pins.Tools[tool] = p.decider.known[tool]
		}
		if err := p.pinFiles(d, pins.Files); err != nil {
			return Pins{}, err
		}
		if d.Record != nil {
			pins.Steps[d.Node.Address] = d.Node.Pin(*d.Record)
		}
	}
	return pins, nil
}

// pinFiles adds the digests of the files that a step reads. It takes them from the manifest where
// there is one, since the step was run, or will be run, with these.
func (p *Plan) pinFiles(d *Decision, files map[string]store.Digest) error {
	known := map[string]string{}
	for _, l := range lines(d.Manifest) {
		known[l.label] = l.value
	}
	for _, in := range d.Node.Inputs {
		if in.From != "" {
			continue
		}
		var digest store.Digest
		if digest.UnmarshalText([]byte(known["in "+in.Role])) != nil {
			out, _, err := p.decider.Memo.Digest(in.File)
			if err != nil {
				return fileError(in.File, err)
			}
			digest = out.Digest
		}
		files[in.File] = digest
	}
	return nil
}

// Pin returns the pin of a record of the node.
func (n *Node) Pin(r store.Record) Pin { return Pin{Key: r.Key(), Outputs: digests(n, r)} }

// digests returns the digests of a step's outputs, by the names that its kind declares. It leaves
// out an output that the step did not make.
func digests(n *Node, r store.Record) map[string]store.Digest {
	all := map[string]store.Digest{}
	for name := range r.Outputs {
		for _, output := range n.Kind.Outputs {
			inFolder := strings.HasSuffix(output, "/") && strings.HasPrefix(name, output)
			if name != output && !inFolder {
				continue
			}
			if _, known := all[output]; known {
				continue
			}
			if digest, err := outputDigest(r, Input{From: n.Address, Output: output}); err == nil {
				all[output] = digest
			}
		}
	}
	return all
}
