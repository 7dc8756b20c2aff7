//go:build native

package main

import (
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/libav"
	"snellen/steps/picture"
	"snellen/steps/resemble"
	"snellen/steps/torch"
	"snellen/steps/train"
	"snellen/steps/vision"
	"snellen/steps/watch"
)

// nativeTools returns the version of each native library by the name that kinds have for it.
func nativeTools() map[string]string {
	return map[string]string{
		"libav": libav.Version(), "opencv": vision.Version(), "libtorch": torch.Version(),
	}
}

// nativeRunners returns the runners of the kinds that need native libraries. onMain has the main
// thread call a function.
func nativeRunners(onMain func(func())) map[string]step.Runner {
	return map[string]step.Runner{
		frames.Extract.Name: frames.NewExtract(), train.Train.Name: train.New(openSet),
		train.Features.Name: train.NewFeatures(openSet), train.Head.Name: train.NewHead(),
		evaluate.Evaluate.Name: evaluate.New(openModel),
		evaluate.Classify.Name: evaluate.NewClassify(openModel),
		evaluate.Crops.Name:    evaluate.NewCrops(), evaluate.Draw.Name: evaluate.NewDraw(),
		evaluate.Outline.Name:  evaluate.NewOutline(),
		evaluate.Chart.Name:    evaluate.NewChart(),
		evaluate.Score.Name:    evaluate.NewScore(),
		picture.Pictures.Name:  picture.New(),
		audit.Resemblance.Name: resemble.New(),
		watch.Kind:             watch.New(openModel, onMain),
	}
}

// openSet opens a set in either form that a dataset has: RecordIO, or a folder of images with a
// list.
func openSet(path, list string) (train.Set, error) {
	if list == "" {
		return frames.OpenRecords(path)
	}
	return frames.OpenImages(path, list)
}

// openModel is an evaluate.OpenFunc for the networks of train.
func openModel(
	description, weights string, threads int, device string,
) (evaluate.Classifier, error) {
	return train.Open(description, weights, threads, device)
}
