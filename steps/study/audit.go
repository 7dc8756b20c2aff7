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
			inputs = append(inputs, b.hash(numbered(role, k), name, path, videoOrigin(l)))
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
		inputs = append(inputs,
			b.hash(numbered("camera", i), "camera/"+e.Name, e.Video, pictureOrigin(e)))
	}
	n := b.add(address.Audit, audit.Audit, audit.Params{Near: audit.Near}, inputs...)
	n.KeepOutputs = true // the report reads it
}

// auditAreas adds the comparison of what is judged with the training frames. It needs features of
// both, so the largest resolution that begins with a pretrained network is compared, with pictures
// in the camera's own size.
func (b *builder) auditAreas() {
	t := b.largestTransfer()
	if t == nil || len(b.study.Evaluations) == 0 {
		return
	}
	params := audit.AreasParams{
		Grey: audit.AlikeGrey, Detail: audit.AlikeDetail, Frames: audit.LookedAt,
	}
	var inputs []engine.Input
	for i, l := range b.study.Labels {
		role := numbered("label", i)
		inputs = append(inputs,
			from(role+"/selection", address.Select(l.Name, ""), "selection.json"),
			from(role+"/features", address.Features(t.r.Name, l.Name, ""), "features.safetensors"))
		for _, set := range sets {
			inputs = append(inputs,
				from(role+"/"+set, address.Extract(t.r.Name, l.Name, ""), set+".rec"))
		}
	}
	for i, e := range b.study.Evaluations {
		camera, images := audit.JudgedCamera{Areas: len(e.Areas), Every: e.Every}, "crops.rec"
		if e.Samples != nil {
			camera, images = audit.JudgedCamera{}, "pictures.rec"
		}
		params.Cameras = append(params.Cameras, camera)
		v, role := view{Evaluation: e}, numbered("camera", i)
		features := t.judged(v, images)
		features.Role = role + "/features"
		inputs = append(inputs, features,
			from(role+"/crops", address.Crops(v.Name, v.size.Name), images))
		if e.Video != "" {
			inputs = append(inputs, from(role+"/probe", address.CameraProbe(e.Name), "probe.json"))
		}
	}
	n := b.add(address.AuditAreas, audit.Resemblance, params, inputs...)
	n.KeepOutputs = true // the report reads it
	n.Origins = map[string]engine.Origin{"cameras": {Attribute: "evaluations"}}
}

// largestTransfer returns how the trainings of the largest resolution begin that begin with a
// pretrained network, or nil if none do.
func (b *builder) largestTransfer() *transfer {
	local, ok := b.trainer.(localTrainer)
	if !ok {
		return nil
	}
	var largest *transfer
	for _, r := range b.study.Resolutions {
		t := local.transfer(r)
		if t != nil && (largest == nil || r.Width*r.Height > largest.r.Width*largest.r.Height) {
			largest = t
		}
	}
	return largest
}

// hash adds the hashing of one video's frames and returns it as an input. The video was written at
// the origin.
func (b *builder) hash(role, name, path string, at engine.Origin) engine.Input {
	n := b.add("hash/"+name, video.Hash, video.HashParams{},
		file("video", path), from("probe", "probe/"+name, "probe.json"))
	n.Origins = map[string]engine.Origin{"video": at}
	return from(role, "hash/"+name, "hashes.json")
}
