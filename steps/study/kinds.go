package study

import (
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/command"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/picture"
	"snellen/steps/sagemaker"
	"snellen/steps/train"
	"snellen/steps/video"
)

// Kinds returns all kinds of steps, in the order in which a study's data goes through them. Those
// from crops on take the place of train and evaluate where another trainer than "local" is used or
// whole pictures are judged.
func Kinds() []*step.Kind {
	return []*step.Kind{
		video.Probe, picture.Pictures, video.Hash, video.Select, audit.Audit,
		video.Transcode, frames.Extract, frames.Dataset,
		train.Train, train.Features, train.Head, evaluate.Evaluate,
		evaluate.Crops, sagemaker.Train, command.Train, sagemaker.Judge, command.Judge,
		evaluate.Classify, evaluate.Draw, evaluate.Score, audit.Resemblance,
	}
}
