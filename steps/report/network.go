package report

import (
	"fmt"
	"slices"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/term"
	"snellen/steps/train"
)

// model reads what is known of the model of the training at address. It returns nil for a training
// by another than the local trainer, whose description has another form.
func (in reader) model(address string) (*train.Model, error) {
	if _, local := in.records[address].Outputs["model.safetensors"]; !local {
		return nil, nil
	}
	var m train.Model
	if ok, err := in.json(address, "model.json", &m); err != nil || !ok {
		return nil, err
	}
	return &m, nil
}

// networkOf describes the network of a training, or returns nil if it is not known.
func networkOf(t *training) *document.Network {
	m := t.model
	if m == nil {
		return nil
	}
	out := &document.Network{Trained: document.TrainedScratch, Parameters: t.Parameters}
	if o := m.Pretrained; o != nil {
		out.Name, out.Digest, out.Licence = o.Name, o.Digest, o.Licence
		out.Trained = document.TrainedHead
		if o.FineTuned {
			out.Trained = document.TrainedWhole
		}
		return out
	}
	if m.NumLayers == 0 {
		return nil
	}
	out.Name = fmt.Sprintf("residual network of %d layers", m.NumLayers)
	return out
}

// networks returns the resolutions' networks, each once, and the names of the resolutions that have
// it. Networks that differ in their input alone are the same.
func (r *Report) networks() (list []document.Network, of []string) {
	for _, row := range r.doc.Resolutions {
		if row.Network == nil {
			continue
		}
		n := *row.Network
		n.Parameters = 0
		if i := slices.Index(list, n); i >= 0 {
			of[i] += ", " + row.Resolution
			continue
		}
		list, of = append(list, n), append(of, row.Resolution)
	}
	return list, of
}

// networkText says which pretrained networks the results build on, and how they were trained
// further. It returns "" if there are none.
func (r *Report) networkText() string {
	list, of := r.networks()
	pretrained := func(n document.Network) bool { return n.Trained != document.TrainedScratch }
	if !slices.ContainsFunc(list, pretrained) {
		return ""
	}
	if len(list) == 1 {
		return "Networks: " + r.networkSentence(list[0])
	}
	var texts []string
	for i, n := range list {
		texts = append(texts, "Network of "+of[i]+": "+r.networkSentence(n))
	}
	return strings.Join(texts, " ")
}

// networkSentence says what a network is and how it was trained.
func (r *Report) networkSentence(n document.Network) string {
	if n.Trained == document.TrainedScratch {
		return n.Name + ", trained from random weights."
	}
	text := n.Name + ", pretrained on ImageNet (" + n.Licence + "); "
	// Nobody checks on what a file of one's own was trained.
	if n.Licence == "" {
		text = n.Name + ", with pretrained weights from a file (their licence is not known); "
	}
	if n.Trained == document.TrainedWhole {
		return text + "its head was trained first, and then the whole network."
	}
	text += "its head alone was trained, on features of each frame"
	if copies := r.study.Trainer.Copies; copies > 0 {
		text += " and " + term.Count(copies, "augmented copy", "augmented copies")
	}
	return text + "."
}

// networkMethod describes the networks of all resolutions. It returns "" if none is known.
func (r *Report) networkMethod() string {
	list, of := r.networks()
	var texts []string
	for i, n := range list {
		text := "At " + of[i] + ": " + r.networkSentence(n)
		if n.Digest != "" {
			text += " The SHA-256 of the weights that it began with is " + n.Digest + "."
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}
