package study

import (
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/command"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/sagemaker"
	"snellen/steps/train"
	"snellen/steps/video"
)

// Kinds returns all kinds of steps, in the order in which a study's data goes through them. A study
// with another trainer than "local" has the last six in place of train and evaluate.
func Kinds() []*step.Kind {
	return []*step.Kind{
		video.Probe, video.Hash, video.Select, audit.Audit,
		video.Transcode, frames.Extract, frames.Dataset,
		train.Train, evaluate.Evaluate,
		evaluate.Crops, sagemaker.Train, command.Train, sagemaker.Judge, command.Judge,
		evaluate.Draw,
	}
}
