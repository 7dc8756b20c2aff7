package study

import (
	"cmp"
	"slices"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/audit"
	"snellen/steps/frames"
	"snellen/steps/picture"
	"snellen/steps/video"
)

// label adds the steps on a label's footage that all resolutions share.
func (b *builder) label(l specs.Label) {
	var probes []engine.Input
	for i, path := range l.Videos {
		probe := "probe/" + address.Footage(l.Name, l.Videos, i)
		n := b.add(probe, video.Probe, video.ProbeParams{Stream: l.Stream}, file("video", path))
		n.Check, n.KeepOutputs = true, true // the report reads the videos' sizes
		n.Origins = map[string]engine.Origin{
			"video":  videoOrigin(l),
			"stream": origin("label "+l.Name+" stream", l.At),
		}
		probes = append(probes, from(numbered("probe", i), probe, "probe.json"))
	}
	if len(l.Pictures) > 0 {
		probes = append(probes, b.describe(labelPictures(l), picture.Params{}))
	}
	b.selection(l, "", probes)
	if b.study.Dataset.Contrast {
		b.selection(l, otherSplit(b.study), probes)
	}
}

// SelectParams returns the parameters by which a label's frames are chosen.
func SelectParams(s *specs.Study, l specs.Label) video.SelectParams {
	d := s.Dataset
	params := video.SelectParams{
		Frames: d.Frames, Validation: d.Validation, Split: d.Split, Gap: d.Gap, Seed: s.Seed,
	}
	if len(l.Pictures) > 0 {
		params.Near, params.ValidationFrom = audit.Near, l.Validation
	}
	return params
}

// selection adds the choice of a label's frames, split as the study says (other is "") or in the
// other way.
func (b *builder) selection(l specs.Label, other string, probes []engine.Input) {
	d, params := b.study.Dataset, SelectParams(b.study, l)
	params.Split = cmp.Or(other, params.Split)
	n := b.add(address.Select(l.Name, other), video.Select, params, probes...)
	n.KeepOutputs = true // the report reads the distance between the sets
	n.Origins = origins("dataset.", d.Where, "frames", "validation", "split", "gap")
	n.Origins["seed"] = b.seedOrigin()
	n.Origins["near"] = derived("label "+l.Name+" pictures", l.At)
	n.Origins["validation_from"] = n.Origins["near"]
}

// frames adds the steps from a label's videos and pictures to its frames in one resolution.
func (b *builder) frames(r specs.Resolution, l specs.Label) {
	var inputs []engine.Input
	for i, path := range l.Videos {
		transcode := b.transcode(r, l, address.Footage(l.Name, l.Videos, i), path)
		inputs = append(inputs,
			from(numbered("video", i), transcode, "video.mp4"),
			from(numbered("reading", i), transcode, "reading.json"))
	}
	if len(l.Pictures) > 0 {
		inputs = append(inputs, b.scaledPictures(r, l))
	}
	b.extract(r, l, "", inputs)
	if b.study.Dataset.Contrast {
		b.extract(r, l, otherSplit(b.study), inputs)
	}
}

// transcode adds the scaling of one video and returns its address. All resolutions of a video share
// a batch, so that the video is decoded once.
func (b *builder) transcode(r specs.Resolution, l specs.Label, footage, path string) string {
	t := b.study.Transcode
	n := b.add(r.Name+"/transcode/"+footage, video.Transcode, video.TranscodeParams{
		Width: r.Width, Height: r.Height, Codec: t.Codec, CRF: t.CRF, Preset: t.Preset,
		Filter: t.Filter, Fit: t.Fit,
	}, file("video", path), from("probe", "probe/"+footage, "probe.json"))
	n.Batch = "transcode " + footage
	n.Origins = origins("transcode.", t.Where, "codec", "crf", "preset", "filter", "fit")
	n.Origins["width"] = origin("width", r.At)
	n.Origins["height"] = origin("height", r.At)
	n.Origins["video"] = videoOrigin(l)
	return n.Address
}

// extract adds a label's frames, split as the study says (other is "") or in the other way.
func (b *builder) extract(r specs.Resolution, l specs.Label, other string, footage []engine.Input) {
	d := b.study.Dataset
	selection := from("selection", address.Select(l.Name, other), "selection.json")
	n := b.add(address.Extract(r.Name, l.Name, other), frames.Extract, frames.ExtractParams{
		Width: r.Width, Height: r.Height, Quality: d.Quality,
	}, append(slices.Clone(footage), selection)...)
	n.Origins = origins("dataset.", d.Where, "quality")
}

// sets are the two outputs of extract, and the two sets of a dataset.
var sets = []string{"train", "validation"}

// dataset adds the dataset of one resolution, split as the study says (other is "") or in the other
// way.
func (b *builder) dataset(r specs.Resolution, other string) {
	d := b.study.Dataset
	var classes []string
	var inputs []engine.Input
	for i, l := range b.study.Labels {
		classes = append(classes, l.Name)
		for _, set := range sets {
			extract := address.Extract(r.Name, l.Name, other)
			inputs = append(inputs, from(numbered(set, i), extract, set+".rec"))
		}
	}
	t := address.Training{Resolution: r.Name, Split: other}
	n := b.add(t.Dataset(), frames.Dataset, frames.DatasetParams{
		Classes: classes, Format: d.Format, Seed: b.study.Seed,
	}, inputs...)
	n.KeepOutputs = true // the report reads its counts, and people take it elsewhere
	n.Bulk = []string{"train.rec", "validation.rec", "train/", "validation/"}
	n.Origins = origins("dataset.", d.Where, "format")
	n.Origins["seed"] = b.seedOrigin()
	b.labelOrigins(n)
}
