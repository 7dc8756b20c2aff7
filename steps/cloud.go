package steps

import (
	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/command"
	"snellen/steps/container"
	"snellen/steps/evaluate"
	"snellen/steps/sagemaker"
)

// cloudTrain adds a training on SageMaker. Its parameters hold nothing of where and on what it runs.
func (b *builder) cloudTrain(r specs.Resolution, training address.Training) *engine.Node {
	t := b.study.Trainer.SageMaker
	n := b.add(training.Address(), sagemaker.Train, sagemaker.TrainParams{
		Image: cloudImage(t), Format: b.study.Dataset.Format, InstanceCount: t.InstanceCount,
		Hyperparameters: tuned(r.Hyperparameters), Replicate: later(training.Replicate),
	}, b.datasetInputs(training)...)
	n.Origins = origins("trainer.", t.Where, "image", "instance_count")
	n.Origins["format"] = origin("dataset.format", b.study.Dataset.Where["format"])
	return n
}

// later is what tells the keys of further trainings apart, whose parameters are the same: the service draws its own chance.
func later(replicate int) int {
	if replicate < 2 {
		return 0
	}
	return replicate
}

// cloudImage is what stands for the training image in parameters.
func cloudImage(t *specs.SageMaker) string {
	if t.Image != "" {
		return t.Image
	}
	return sagemaker.BuiltIn
}

// crops adds the step that cuts the areas out of an evaluation's video in one size, which all resolutions share.
func (b *builder) crops(e specs.Evaluation, size specs.Size) {
	params := evaluate.CropsParams{Width: e.Width, Height: e.Height, At: scaled(size), Every: e.Every, Quality: e.Quality}
	for _, a := range byPlace(e.Areas) {
		params.Rects = append(params.Rects, a.Rect)
	}
	n := b.add(address.Crops(e.Name, size.Name), evaluate.Crops, params, file("video", e.Video), from("probe", address.CameraProbe(e.Name), "probe.json"))
	n.Origins = origins("evaluation.", e.Where, "every", "quality", "width", "height", "at")
	n.Origins["areas"] = origin("areas", e.At)
}

// cloudEvaluate adds the steps of an evaluation whose model is served by SageMaker: ask, and draw.
func (b *builder) cloudEvaluate(r specs.Resolution, t address.Training, e specs.Evaluation, size specs.Size) *engine.Node {
	judge := t.Judged("judge", e.Name, size.Name)
	params := sagemaker.JudgeParams{Endpoint: r.Endpoint, Classes: len(b.study.Labels)}
	inputs := []engine.Input{from("crops", address.Crops(e.Name, size.Name), "crops.rec")}
	if r.Endpoint == "" {
		params.Image = cloudImage(b.study.Trainer.SageMaker)
		inputs = append(inputs, from("model", t.Address(), "model.tar.gz"))
	}
	b.add(judge, sagemaker.Judge, params, inputs...).Origins = map[string]engine.Origin{"endpoint": origin("resolution.endpoint", r.At)}
	return b.draw(t, e, size, judge)
}

// draw adds the drawing of answers that the step judge had.
func (b *builder) draw(t address.Training, e specs.Evaluation, size specs.Size, judge string) *engine.Node {
	draw := evaluate.DrawParams{Params: judged(e, size)}
	for _, l := range b.study.Labels {
		draw.Classes = append(draw.Classes, l.Name)
	}
	return b.add(t.Evaluation(e.Name, size.Name), evaluate.Draw, draw,
		from("probabilities", judge, "probabilities.jsonl"), file("video", e.Video), from("probe", address.CameraProbe(e.Name), "probe.json"))
}

// farKinds are the kinds of steps that a study with another trainer than "local" has in place of train and evaluate.
func farKinds() []*step.Kind {
	return []*step.Kind{evaluate.Crops, sagemaker.Train, command.Train, sagemaker.Judge, command.Judge, evaluate.Draw}
}

// tuned are a resolution's hyperparameters as the contract has them.
func tuned(h specs.Hyperparameters) container.Hyperparameters {
	return container.Hyperparameters{
		NumLayers: h.NumLayers, ImageShape: h.ImageShape, Resize: h.Resize, Epochs: h.Epochs, MiniBatchSize: h.MiniBatchSize,
		Optimizer: h.Optimizer, LearningRate: h.LearningRate, LRSchedulerFactor: h.LRSchedulerFactor, LRSchedulerStep: h.LRSchedulerStep,
		Momentum: h.Momentum, WeightDecay: h.WeightDecay, Beta1: h.Beta1, Beta2: h.Beta2, Eps: h.Eps, Gamma: h.Gamma,
		AugmentationType: h.AugmentationType, EarlyStopping: h.EarlyStopping, EarlyStoppingMin: h.EarlyStoppingMin,
		EarlyStoppingWait: h.EarlyStoppingWait, EarlyStoppingTol: h.EarlyStoppingTol, CheckpointFrequency: h.CheckpointFrequency,
		KVStore: h.KVStore, PrecisionDtype: h.PrecisionDtype, TopK: h.TopK, UsePretrained: h.UsePretrained, Extra: h.Extra,
	}
}
