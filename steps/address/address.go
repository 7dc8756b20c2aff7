// Package address names the steps of a study. An address is a path made of values, never of
// positions, so that adding something to a study renames no other step:
//
//	probe/LABEL/FILE  probe/camera/EVALUATION      what a video is
//	hash/LABEL/FILE   hash/camera/EVALUATION       what its frames look like, for the audit
//	pictures/LABEL                                 what its photographs are
//	select/LABEL                                   which frames are used
//	audit                                          how similar the sets are
//	audit/areas                                    which judged areas show training pictures
//	RES/transcode/LABEL/FILE  RES/pictures/LABEL  RES/extract/LABEL  RES/dataset
//	RES/train                 RES/evaluate/EVALUATION
//	RES/features/LABEL        what a pretrained network says of its frames
//	crops/EVALUATION          its areas, if other steps read them, or its whole pictures
//	features/EVALUATION/160x160/180  what a pretrained network says of them: see JudgedFeatures
//	RES/judge/EVALUATION      what a model answers about them
//
// The second training of a resolution is RES/train/2, and its evaluation RES/evaluate/EVALUATION/2.
// The camera's picture at another size is RES/evaluate/EVALUATION/at/320x240, and with the second
// training RES/evaluate/EVALUATION/at/320x240/2. Addresses of what uses the other split end in the
// name of that split: select/LABEL/random, RES/train/random.
package address

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"strconv"

	"snellen/specs/names"
)

// Audit is the address of the study's audit.
const Audit = "audit"

// AuditAreas is the address of the comparison of judged areas with the training frames.
const AuditAreas = "audit/areas"

// A Training identifies one training of a resolution.
type Training struct {
	Resolution string
	Replicate  int    // from 1
	Split      string // the other split, if it is not the study's; "": the study's
}

// Address returns the address of the training itself.
func (t Training) Address() string { return t.Resolution + "/train" + t.suffix() }

// Dataset returns the address of the dataset that it is trained on.
func (t Training) Dataset() string { return t.Resolution + "/dataset" + splitSuffix(t.Split) }

// EvaluationStep returns the address of a step over an evaluation, such as "evaluate", at a size of
// the camera's picture. The size "" is its native size.
func (t Training) EvaluationStep(step, evaluation, size string) string {
	at := ""
	if size != "" {
		at = "/at/" + size
	}
	return t.Resolution + "/" + step + "/" + evaluation + at + t.suffix()
}

// Evaluation returns the address of an evaluation of the trained model.
func (t Training) Evaluation(name, size string) string {
	return t.EvaluationStep("evaluate", name, size)
}

// suffix distinguishes replicates and the other split. A study has no replicates of the other
// split.
func (t Training) suffix() string {
	if t.Replicate > 1 {
		return "/" + strconv.Itoa(t.Replicate)
	}
	return splitSuffix(t.Split)
}

// Pictures returns the address of what a label's photographs are, and the last part of the address
// of their scaling to a resolution.
func Pictures(label string) string { return "pictures/" + label }

// Select returns the address of a label's selection.
func Select(label, split string) string { return "select/" + label + splitSuffix(split) }

// Extract returns the address of a label's frames.
func Extract(resolution, label, split string) string {
	return resolution + "/extract/" + label + splitSuffix(split)
}

// Features returns the address of the features of a label's frames.
func Features(resolution, label, split string) string {
	return resolution + "/features/" + label + splitSuffix(split)
}

// JudgedFeatures returns the address of the features of what Crops has, for an input of width by
// height pixels. It is cut out of pictures whose short side is resize, or is all of them if that is
// 0.
func JudgedFeatures(evaluation, at string, width, height, resize int) string {
	if at != "" {
		at = "/at/" + at
	}
	input := fmt.Sprintf("/%dx%d", width, height)
	if resize > 0 {
		input += "/" + strconv.Itoa(resize)
	}
	return "features/" + evaluation + at + input
}

// CameraProbe returns the address of the probe of an evaluation's video.
func CameraProbe(evaluation string) string { return "probe/camera/" + evaluation }

// Crops returns the address of the areas cut out of an evaluation's video, at a size of its
// picture. The size "" is its native size.
func Crops(evaluation, size string) string {
	if size != "" {
		size = "/at/" + size
	}
	return "crops/" + evaluation + size
}

// Footage returns the last part of the address of steps on a label's video: "BANANA/BANANA.mp4". If
// two of a label's videos have the same file name, in different folders, it is preceded by the
// position in the list.
func Footage(label string, videos []string, i int) string {
	base := func(path string) string { return names.Normal(filepath.Base(path)) }
	name := base(videos[i])
	for j, other := range videos {
		if j != i && base(other) == name {
			name = fmt.Sprintf("%d-%s", i+1, name)
			break
		}
	}
	return label + "/" + name
}

// splitSuffix returns the part of an address that names the other split, if there is one.
func splitSuffix(split string) string {
	if split == "" {
		return ""
	}
	return "/" + split
}

// Seed returns the seed of a training: the study's own for the first replicate, and one derived
// from it for each other. It does not depend on the number of replicates, so adding one runs none
// of the others again.
func (t Training) Seed(study int64) int64 {
	if t.Replicate < 2 {
		return study
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", study, t.Replicate))
	return int64(binary.BigEndian.Uint32(sum[:]) & math.MaxInt32)
}
