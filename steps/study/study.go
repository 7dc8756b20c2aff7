// Package study turns a study into a graph of steps, and lists the kinds of steps that there are.
//
// The files follow a study's data: footage (probe, select, transcode, extract, dataset), audit,
// training and judging. Who trains and judges is a trainer, chosen once; local.go (with
// pretrained.go), sagemaker.go and command.go hold one each.
package study

import (
	"encoding/json"
	"strconv"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
)

// Build returns the graph of a study. Its shape is a function of the study alone: no file is read,
// so a plan is exact before anything has run.
//
// A label's name is part of addresses, and of the parameters of dataset and evaluate, which write
// it into their outputs. Everywhere else a label is its place among the inputs: after a rename the
// frames are cached.
func Build(s *specs.Study) (*engine.Graph, error) {
	b := &builder{study: s, known: map[string]bool{}}
	b.trainer = newTrainer(b)
	for _, l := range s.Labels {
		b.label(l)
	}
	for _, e := range s.Evaluations {
		b.camera(e)
	}
	b.audit()
	for _, r := range s.Resolutions {
		b.resolution(r)
	}
	b.auditAreas()
	return engine.NewGraph(b.nodes)
}

// A builder collects a study's nodes. Their order is the order of plans and of journals.
type builder struct {
	study   *specs.Study
	trainer trainer
	nodes   []*engine.Node
	known   map[string]bool // addresses of nodes
}

// add adds a node. Its parameters are marshalled as they are: the JSON is part of the step's key.
func (b *builder) add(
	address string, kind *step.Kind, params any, inputs ...engine.Input,
) *engine.Node {
	data, err := json.Marshal(params)
	if err != nil {
		panic("BUG: parameters of " + address + ": " + err.Error())
	}
	n := &engine.Node{Address: address, Kind: kind, Params: data, Inputs: inputs, Weight: 1}
	b.nodes, b.known[address] = append(b.nodes, n), true
	return n
}

// has reports whether there is a node at address already.
func (b *builder) has(address string) bool { return b.known[address] }

// resolution adds the steps of one resolution.
func (b *builder) resolution(r specs.Resolution) {
	for _, l := range b.study.Labels {
		b.frames(r, l)
	}
	b.dataset(r, "")
	for i := range b.study.Replicates {
		t := address.Training{Resolution: r.Name, Replicate: i + 1}
		b.train(r, t)
		b.judge(r, t)
	}
	if b.study.Dataset.Contrast {
		other := otherSplit(b.study)
		b.dataset(r, other)
		b.train(r, address.Training{Resolution: r.Name, Replicate: 1, Split: other})
	}
}

// otherSplit returns the split that the study does not use.
func otherSplit(s *specs.Study) string {
	if s.Dataset.Split == "random" {
		return "blocks"
	}
	return "random"
}

// file returns an input that is a person's file.
func file(role, path string) engine.Input { return engine.Input{Role: role, File: path} }

// from returns an input that is an output of the step at address.
func from(role, address, output string) engine.Input {
	return engine.Input{Role: role, From: address, Output: output}
}

// numbered returns the role of one of several inputs of a kind: "frames/0".
func numbered(role string, i int) string { return role + "/" + strconv.Itoa(i) }

// origins returns where each attribute of a block was written. A parameter of the same name has
// that origin.
func origins(block string, where specs.Where, names ...string) map[string]engine.Origin {
	all := make(map[string]engine.Origin, len(names))
	for _, name := range names {
		all[name] = origin(block+name, where[name])
	}
	return all
}

func origin(attribute string, at specs.Position) engine.Origin {
	return engine.Origin{
		Attribute: attribute, File: at.File, Line: at.Line, Default: at.Line == 0,
	}
}

// derived returns the origin of a parameter that follows from what is written. Its value is shown
// to nobody.
func derived(what string, at specs.Position) engine.Origin {
	return engine.Origin{Attribute: what, File: at.File, Line: at.Line, Derived: true}
}

// seedOrigin returns where the study's seed was written.
func (b *builder) seedOrigin() engine.Origin {
	return origin("study.seed", b.study.Where["seed"])
}

// labelOrigins records where each of a node's classes was written.
func (b *builder) labelOrigins(n *engine.Node) {
	n.Origins["classes"] = engine.Origin{Attribute: "labels"}
	for _, l := range b.study.Labels {
		n.Origins["classes/"+l.Name] = origin("label", l.At)
	}
}

// videoOrigin returns where a label's videos were written.
func videoOrigin(l specs.Label) engine.Origin { return origin("label "+l.Name+" video", l.At) }
