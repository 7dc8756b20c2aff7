// Package address names the steps of a study. An address is a path made of values, never of positions:
//
//	probe/LABEL/FILE  probe/camera/EVALUATION      what a video is
//	hash/LABEL/FILE   hash/camera/EVALUATION       what its frames look like, for the audit
//	select/LABEL                                   which frames are taken
//	audit                                          how alike the sets are
//	RES/transcode/LABEL/FILE  RES/extract/LABEL  RES/dataset
//	RES/train                 RES/evaluate/EVALUATION
//	crops/EVALUATION          its areas, where another program than ours judges them
//
// A second training is RES/train/2, and its evaluation RES/evaluate/EVALUATION/2. The camera's picture in another size is
// RES/evaluate/EVALUATION/at/320x240, and with a second training RES/evaluate/EVALUATION/at/320x240/2. What is made of frames
// that are parted the other way ends in the name of that split: select/LABEL/random, RES/train/random.
package address

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
)

// Audit is the address of the study's audit.
const Audit = "audit"

// A Training names one training of a resolution.
type Training struct {
	Resolution string
	Replicate  int    // from 1
	Split      string // of frames that are parted otherwise than the study says; "" as it says
}

// Address is the training's own.
func (t Training) Address() string { return t.Resolution + "/train" + t.end() }

// Dataset is what it is trained on.
func (t Training) Dataset() string { return t.Resolution + "/dataset" + split(t.Split) }

// Judged is the address of a step over an evaluation, such as "evaluate", at a size of the camera's picture; "" is its own.
func (t Training) Judged(step, evaluation, size string) string {
	at := ""
	if size != "" {
		at = "/at/" + size
	}
	return t.Resolution + "/" + step + "/" + evaluation + at + t.end()
}

// Evaluation is the address of its evaluation.
func (t Training) Evaluation(name, size string) string { return t.Judged("evaluate", name, size) }

func (t Training) end() string {
	if t.Replicate > 1 {
		return "/" + strconv.Itoa(t.Replicate)
	}
	return split(t.Split)
}

// Select is the address of a label's selection.
func Select(label, other string) string { return "select/" + label + split(other) }

// Extract is the address of a label's frames.
func Extract(resolution, label, other string) string {
	return resolution + "/extract/" + label + split(other)
}

// CameraProbe is the address of the probe of an evaluation's video.
func CameraProbe(evaluation string) string { return "probe/camera/" + evaluation }

// Crops is the address of the areas cut out of an evaluation's video, at a size of its picture; "" is its own.
func Crops(evaluation, size string) string {
	if size != "" {
		size = "/at/" + size
	}
	return "crops/" + evaluation + size
}

// Footage is the last part of the address of what is done to a label's video: "BANANA/BANANA.mp4". Where two of a label's
// videos have one file name, in different folders, the place in the list tells them apart.
func Footage(label string, videos []string, i int) string {
	name := filepath.Base(videos[i])
	for j, other := range videos {
		if j != i && filepath.Base(other) == name {
			name = fmt.Sprintf("%d-%s", i+1, name)
			break
		}
	}
	return label + "/" + name
}

func split(other string) string {
	if other == "" {
		return ""
	}
	return "/" + other
}

// Seed is what the training's chance starts from: the study's own for the first, and for each other one of its own.
func (t Training) Seed(study int64) int64 {
	if t.Replicate < 2 {
		return study
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", study, t.Replicate))
	return int64(binary.BigEndian.Uint32(sum[:]) & math.MaxInt32)
}
