package engine

import (
	"strings"

	"snellen/engine/store"
)

// Pins are what a study's results rest on, and what they are, without any bytes: enough to know
// whether another machine, or another day, has the same.
type Pins struct {
	Tools map[string]string       // identities, by the names that kinds use
	Files map[string]store.Digest // people's files, by path as the graph has it
	Steps map[string]Pin          // by address; those that have a record
}

// A Pin is one step's result.
type Pin struct {
	Key store.Key

	// Outputs are by the names that the kind declares. A folder's digest is the digest of its
	// files' names and digests.
	Outputs map[string]store.Digest
}

// Pins returns the pins of the plan as it stands, before an apply or after it.
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
			pins.Steps[d.Node.Address] = pin(d)
		}
	}
	return pins, nil
}

// pinFiles takes digests from the manifest, if there is one: that is what the step was, or will be,
// run with.
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

func pin(d *Decision) Pin {
	return Pin{Key: d.Record.Key(), Outputs: digests(d.Node, *d.Record)}
}

// digests returns the digests of a step's outputs, by the names that its kind declares. An output
// that the step left out has none.
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
