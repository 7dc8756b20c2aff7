package study

import (
	"snellen/engine"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/video"
)

// audit adds the steps that compare what the frames of the sets look like. They read sources and
// selections alone, so no change of a resolution, a training or an area runs them again.
func (b *builder) audit() {
	var inputs []engine.Input
	for i, l := range b.study.Labels {
		role := numbered("label", i)
		selection := from(role+"/selection", address.Select(l.Name, ""), "selection.json")
		inputs = append(inputs, selection)
		for k, path := range l.Videos {
			name := address.Footage(l.Name, l.Videos, k)
			inputs = append(inputs, b.hash(numbered(role, k), name, path))
		}
		if len(l.Pictures) > 0 {
			inputs = append(inputs,
				from(role+"/pictures", address.Pictures(l.Name), "pictures.json"))
		}
	}
	for i, e := range b.study.Evaluations {
		if e.Video == "" {
			inputs = append(inputs, from(numbered("camera", i)+"/pictures",
				address.CameraProbe(e.Name), "pictures.json"))
			continue
		}
		inputs = append(inputs, b.hash(numbered("camera", i), "camera/"+e.Name, e.Video))
	}
	n := b.add(address.Audit, audit.Audit, audit.Params{Near: audit.Near}, inputs...)
	n.KeepOutputs = true // the report reads it
}

// hash adds the hashing of one video's frames and returns it as an input.
func (b *builder) hash(role, name, path string) engine.Input {
	b.add("hash/"+name, video.Hash, video.HashParams{},
		file("video", path), from("probe", "probe/"+name, "probe.json"))
	return from(role, "hash/"+name, "hashes.json")
}
