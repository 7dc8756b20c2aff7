package study

import (
	"snellen/engine"
	"snellen/specs"
	"snellen/steps/address"
	"snellen/steps/container"
	"snellen/steps/sagemaker"
)

// A sagemakerTrainer trains and judges on Amazon SageMaker. The parameters of its steps say nothing
// about where, or on what instances, they run: that changes no bytes.
type sagemakerTrainer struct {
	remote
	t *specs.SageMaker
}

func (s sagemakerTrainer) train(r specs.Resolution, training address.Training) *engine.Node {
	n := s.b.add(training.Address(), sagemaker.Train, sagemaker.TrainParams{
		Image: s.image(), Format: s.b.study.Dataset.Format, InstanceCount: s.t.InstanceCount,
		Hyperparameters: container.Hyperparameters{Parameters: r.Hyperparameters.Parameters},
		Replicate:       replicateParam(training.Replicate),
	}, s.b.datasetInputs(training)...)
	n.Origins = origins("trainer.", s.t.Where, "image", "instance_count")
	n.Origins["format"] = s.b.formatOrigin()
	return n
}

// replicateParam returns what distinguishes the keys of further trainings. Their other parameters
// are the same, since the service chooses its own seed. The first one has no such parameter.
func replicateParam(replicate int) int {
	if replicate < 2 {
		return 0
	}
	return replicate
}

// image returns what stands for the training image in parameters.
func (s sagemakerTrainer) image() string {
	if s.t.Image != "" {
		return s.t.Image
	}
	return sagemaker.BuiltIn
}

// evaluate adds two steps: judge asks an endpoint about every crop, and draw makes the evaluation's
// outputs of the answers.
func (s sagemakerTrainer) evaluate(
	r specs.Resolution, t address.Training, v view,
) *engine.Node {
	return s.draw(t, v, s.ask(r, t, v, "crops.rec").Address)
}

func (s sagemakerTrainer) ask(
	r specs.Resolution, t address.Training, v view, images string,
) *engine.Node {
	params := sagemaker.JudgeParams{Endpoint: r.Endpoint, Classes: len(s.b.study.Labels)}
	inputs := []engine.Input{from("crops", address.Crops(v.Name, v.size.Name), images)}
	if r.Endpoint == "" {
		params.Image = s.image()
		inputs = append(inputs, from("model", t.Address(), "model.tar.gz"))
	}
	n := s.b.add(t.EvaluationStep("judge", v.Name, v.size.Name), sagemaker.Judge, params, inputs...)
	n.Origins = map[string]engine.Origin{
		"endpoint": origin("resolution.endpoint", r.At),
		"classes":  {Attribute: "number of labels"},
	}
	return n
}
