//go:build native

package train

import (
	"errors"
	"fmt"
	"strings"

	"snellen/engine/regular"
	"snellen/steps/pretrained"
	"snellen/steps/pretrained/squeezenet"
	"snellen/steps/torch"
)

// A backbone is a pretrained network in memory.
type backbone struct {
	pretrained.Network
	tensors []torch.Tensor // without the classifier
}

// openBackbone reads a pretrained network: the built-in one, or the file at path.
func openBackbone(b Backbone, path string) (*backbone, error) {
	data := squeezenet.File
	if b.Network == "" {
		if path == "" {
			return nil, errors.New("the step has no pretrained network")
		}
		var err error
		if data, err = regular.Read(path, maxWeights); err != nil {
			return nil, err
		}
	}
	n, tensors, err := pretrained.Read(data)
	if err != nil {
		return nil, fmt.Errorf("the pretrained network: %w", err)
	}
	if b.Network != "" {
		if n.Family != b.Network || n.Digest != b.Digest {
			return nil, fmt.Errorf("the built-in network is %s of %.12s, not %s of %.12s: build "+
				"snellen and snellen-worker together", n.Family, n.Digest, b.Network, b.Digest)
		}
		n.Licence = pretrained.Builtin().Licence
	}
	return &backbone{n, tensors}, nil
}

// model returns what model.json says of a network that begins with this one.
func (b *backbone) model(m Model, tuned bool) Model {
	m.Network, m.NumLayers = b.Family, b.NumLayers
	m.Pretrained = &Origin{Name: b.Name, Digest: b.Digest, Licence: b.Licence, FineTuned: tuned}
	p := &m.Preparation
	p.Colour, p.Range, p.Mean, p.Std = b.Colour, b.Range, b.Mean, b.Std
	if p.Range == 1 {
		p.Range = 0
	}
	return m
}

// whole returns the backbone's tensors with those of a head.
func (b *backbone) whole(head []torch.Tensor) []torch.Tensor {
	return append(head[:len(head):len(head)], b.tensors...)
}

// isHead reports whether a tensor belongs to a network's last layer.
func isHead(t torch.Tensor) bool { return strings.HasPrefix(t.Name, "fc.") }

// open returns the network with the backbone's weights, and any head.
func (b *backbone) open(config torch.Config) (*torch.Net, error) {
	net, err := torch.New(config)
	if err != nil {
		return nil, err
	}
	own, err := net.Tensors()
	if err == nil {
		var head []torch.Tensor
		for _, t := range own {
			if isHead(t) {
				head = append(head, t)
			}
		}
		err = net.SetTensors(b.whole(head))
	}
	if err != nil {
		return nil, errors.Join(err, net.Close())
	}
	return net, nil
}
