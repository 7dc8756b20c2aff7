package steps

import (
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/video"
)

// sizes are those in which an evaluation's picture is judged; the first, without a name, is its own.
func sizes(e specs.Evaluation) []specs.Size {
	return append([]specs.Size{{}}, e.Sizes...)
}

// scaled is a size as a parameter: none for the picture's own.
func scaled(s specs.Size) *evaluate.Size {
	if s.Name == "" {
		return nil
	}
	return &evaluate.Size{Width: s.Width, Height: s.Height}
}

// otherSplit is the split that the study does not have.
func otherSplit(s *specs.Study) string {
	if s.Dataset.Split == "random" {
		return "blocks"
	}
	return "random"
}

// audit adds the steps that compare what the frames look like. They read sources and selections alone, so that no change of
// a resolution, a training or an area runs them again.
func (b *builder) audit() {
	var inputs []engine.Input
	for i, l := range b.study.Labels {
		role := numbered("label", i)
		inputs = append(inputs, from(role+"/selection", address.Select(l.Name, ""), "selection.json"))
		for k, path := range l.Videos {
			inputs = append(inputs, b.hash(numbered(role, k), address.Footage(l.Name, l.Videos, k), path))
		}
	}
	for i, e := range b.study.Evaluations {
		inputs = append(inputs, b.hash(numbered("camera", i), "camera/"+e.Name, e.Video))
	}
	n := b.add(address.Audit, audit.Audit, audit.Params{Near: audit.Near}, inputs...)
	n.KeepOutputs = true // the report reads it
}

// hash adds the hashing of one video.
func (b *builder) hash(role, name, path string) engine.Input {
	b.add("hash/"+name, video.Hash, video.HashParams{}, file("video", path), from("probe", "probe/"+name, "probe.json"))
	return from(role, "hash/"+name, "hashes.json")
}
