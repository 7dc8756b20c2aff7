package study

import (
	"snellen/engine"
	"snellen/specs"
	"snellen/specs/hyper"
	"snellen/steps/address"
	"snellen/steps/pretrained"
	"snellen/steps/train"
)

// A transfer is how a resolution's trainings begin with a pretrained network. Its features are
// computed once, for all trainings and, of what is judged, for all resolutions that prepare pictures
// alike.
type transfer struct {
	b *builder
	r specs.Resolution
}

// transfer returns how a resolution begins, or nil if it begins with random weights.
func (l localTrainer) transfer(r specs.Resolution) *transfer {
	if r.Hyperparameters.UsePretrained != 1 {
		return nil
	}
	return &transfer{l.b, r}
}

// backbone returns the pretrained network.
func (t *transfer) backbone() train.Backbone {
	if t.b.study.Trainer.Pretrained != "" {
		return train.Backbone{}
	}
	n := pretrained.Builtin()
	return train.Backbone{Network: n.Family, Digest: n.Digest}
}

// file returns the input that is a person's own network, if there is one.
func (t *transfer) file() []engine.Input {
	if path := t.b.study.Trainer.Pretrained; path != "" {
		return []engine.Input{file("pretrained", path)}
	}
	return nil
}

// cuts reports whether frames are changed as the local trainer does by itself.
func (t *transfer) cuts() bool { return t.r.Hyperparameters.AugmentationType == "" }

// params returns what features depend on beside the pictures and their copies.
func (t *transfer) params() train.FeatureParams {
	h := t.r.Hyperparameters
	return train.FeatureParams{
		Pretrained: t.backbone(), Device: t.b.study.Trainer.Device, ImageShape: h.ImageShape,
		Resize: h.Resize,
	}
}

// add adds a step that computes features.
func (t *transfer) add(address string, p train.FeatureParams, inputs ...engine.Input) *engine.Node {
	n := t.b.add(address, train.Features, p, append(inputs, t.file()...)...)
	where := t.r.Hyperparameters.Where
	n.Origins = origins("trainer.", t.b.study.Trainer.Where, "device")
	n.Origins["pretrained"] = derived("pretrained network", specs.Position{})
	for name, attribute := range map[string]string{
		"resize": "resize", "image_shape": "image_shape",
	} {
		n.Origins[name] = origin("hyperparameters."+attribute, where[attribute])
	}
	n.Origins["copies"] = origin("trainer.augment_copies",
		t.b.study.Trainer.Where["augment_copies"])
	n.Origins["augmentation"] = derived("augmentation", where["augmentation_type"])
	seed := t.b.seedOrigin() // there is none without copies
	seed.Attribute = "seed of the copies"
	n.Origins["seed"] = seed
	return n
}

// features adds the features of each label's frames, split as the study says (other is "") or in the
// other way.
func (t *transfer) features(other string) {
	for _, l := range t.b.study.Labels {
		p := t.params()
		p.Copies = t.b.study.Trainer.Copies
		if p.Copies > 0 {
			p.Seed, p.Augmenting = t.b.study.Seed, t.r.Hyperparameters.AugmentationType
			if t.cuts() {
				p.Augmenting = train.Cuts
			}
		}
		var inputs []engine.Input
		for _, set := range sets {
			inputs = append(inputs,
				from(set, address.Extract(t.r.Name, l.Name, other), set+".rec"))
		}
		if other != "" {
			for _, set := range sets {
				inputs = append(inputs,
					from("known/"+set, address.Extract(t.r.Name, l.Name, ""), set+".rec"))
			}
			inputs = append(inputs, from("known/features",
				address.Features(t.r.Name, l.Name, ""), "features.safetensors"))
		}
		t.add(address.Features(t.r.Name, l.Name, other), p, inputs...)
	}
}

// inputs returns what a training reads beside the dataset.
func (t *transfer) inputs(split string) []engine.Input {
	inputs := t.file()
	for i, l := range t.b.study.Labels {
		inputs = append(inputs, from(numbered("features", i),
			address.Features(t.r.Name, l.Name, split), "features.safetensors"))
	}
	return inputs
}

// complete fills in how a training begins.
func (t *transfer) complete(p *train.Params, tuned bool) {
	b := t.backbone()
	p.Pretrained, p.Cuts = &b, tuned && t.cuts()
	p.Cosine = p.LRSchedulerStep == ""
	if !tuned {
		p.Threads = 1
		return
	}
	head := hyper.Start{OwnFile: t.b.study.Trainer.Pretrained != ""}.Parameters().Local()
	head.UseWeightedLoss = p.UseWeightedLoss
	head.MiniBatchSize = min(head.MiniBatchSize, p.MiniBatchSize) // few frames make no larger one
	p.Head = &head
}

// judged adds the features of an evaluation's areas or whole pictures in one view, unless another
// resolution has done so, and returns them as an input.
func (t *transfer) judged(v view, images string) engine.Input {
	p := t.params()
	height, width, err := t.r.Hyperparameters.InputSize()
	if err != nil {
		panic("BUG: an image_shape that was not checked: " + err.Error())
	}
	at := address.JudgedFeatures(v.Name, v.size.Name, width, height, p.Resize)
	if !t.b.has(at) {
		t.add(at, p, from("images", address.Crops(v.Name, v.size.Name), images))
	}
	return from("features", at, "features.safetensors")
}
