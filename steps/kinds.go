// Package steps turns a study into a graph of steps, and lists the kinds there are.
package steps

import (
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/train"
	"snellen/steps/video"
)

// Kinds are all kinds of steps, in the order in which a study's data goes through them.
func Kinds() []*step.Kind {
	all := []*step.Kind{
		video.Probe, video.Hash, video.Select, audit.Audit, video.Transcode, frames.Extract, frames.Dataset, train.Train, evaluate.Evaluate,
	}
	return append(all, farKinds()...)
}
