package sagemaker

import (
	"errors"
	"fmt"
	"strings"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker/constraint"
)

// CheckStudy returns the service's documented constraints that a study breaks. It builds every
// request that the study would send and checks each; it also checks the region of the built-in
// image. A study with another trainer has no problems. Nothing is sent.
func CheckStudy(s *specs.Study) []specs.Problem {
	c := s.Trainer.SageMaker
	if c == nil {
		return nil
	}
	var list []specs.Problem
	add := func(attribute string, err error) {
		at := c.Where[attribute]
		list = append(list, specs.Problem{At: at, Message: err.Error(), Hint: step.Hint(err)})
	}
	image := BuiltIn
	if c.Image != "" {
		image = c.Image
	}
	if _, err := TrainingImage(image, c.Region); err != nil {
		add("region", step.WithHint(err, "choose one of those, or name an image of your own"))
	}
	if other := foreignRegion(c.Image, c.Region); other != "" {
		add("image",
			fmt.Errorf("the image is in a registry of %s, and jobs run in %s", other, c.Region))
	}
	if c.InputMode == "Pipe" && s.Dataset.Format == "image" {
		add("input_mode", errors.New("input_mode Pipe is for datasets in RecordIO"))
	}
	if len(list) > 0 {
		return list
	}
	for _, err := range checkRequests(s, image) {
		broken, ok := errors.AsType[*constraint.Error](err)
		if !ok {
			add("", err)
			continue
		}
		for _, v := range broken.Violations {
			at, ok := c.Where[attributeOf(v.Path)]
			if strings.HasPrefix(v.Path, "ProductionVariants") || !ok {
				at = c.Serving.Where["instance_type"]
			}
			message := fmt.Sprintf("SageMaker refuses %s %q: %s", v.Path, v.Value, v.Rule)
			list = append(list, specs.Problem{At: at, Message: message})
		}
	}
	return list
}

// checkRequests builds the requests of a study, with placeholders for keys, and returns their
// errors.
func checkRequests(s *specs.Study, image string) []error {
	errs := append(checkJob(s, image), checkEndpoint(s.Trainer.SageMaker, image)...)
	for _, r := range s.Resolutions {
		if r.Endpoint == "" {
			continue
		}
		if err := CheckRequest("InvokeEndpoint", invokeRequest(r.Endpoint, []byte{0})); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// placeholder stands in for a step's key and for a file's hash.
var placeholder = strings.Repeat("0", 64)

// checkJob checks the training job on each instance type. It stops at the first type with an error:
// the types share everything else, so the error would be repeated.
func checkJob(s *specs.Study, image string) []error {
	c := s.Trainer.SageMaker
	for i, instance := range c.Instances {
		o := JobSpec{
			Settings: c, Params: TrainParams{Image: image, Format: s.Dataset.Format},
			Name: JobName(placeholder, c.Attempts), Key: placeholder,
			Address: s.Resolutions[0].Name + "/train", Instance: instance,
			Channels: []Channel{{"train", c.Prefix + "/files/" + placeholder + "/"}},
		}
		r, err := o.Request()
		if err == nil {
			err = CheckRequest("CreateTrainingJob", r)
		}
		if err != nil && i > 0 {
			err = fmt.Errorf("fallback %s: %w", instance, err)
		}
		if err != nil {
			return []error{err}
		}
	}
	return nil
}

// checkEndpoint checks the three requests that create an endpoint.
func checkEndpoint(c *specs.SageMaker, image string) (errs []error) {
	e := Endpoint{
		Settings: c, Name: JobName(placeholder, 1), Key: placeholder, Image: image,
		ModelURI: "s3://" + c.Bucket + "/" + c.Prefix + "/files/" + placeholder + "/model.tar.gz",
	}
	model, config, endpoint := e.Requests()
	for _, err := range []error{
		CheckRequest("CreateModel", model), CheckRequest("CreateEndpointConfig", config),
		CheckRequest("CreateEndpoint", endpoint),
	} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// attributes maps members of requests to the attributes of a trainer block. The first entry that is
// part of a member's path holds.
var attributes = []struct{ path, attribute string }{
	{"TrainingImage", "image"}, {"PrimaryContainer.Image", "image"}, {"RoleArn", "role_arn"},
	{"ExecutionRoleArn", "role_arn"},
	{"ResourceConfig.InstanceType", "instance_type"}, {"VolumeSizeInGB", "volume_gb"},
	{"VolumeKmsKeyId", "volume_kms_key"},
	{"OutputDataConfig.KmsKeyId", "output_kms_key"}, {"KmsKeyId", "volume_kms_key"},
	{"KeepAlive", "keep_alive"}, {"Subnets", "subnets"},
	{"SecurityGroupIds", "security_groups"}, {"MaxRuntime", "max_runtime"}, {"MaxWait", "max_wait"},
	{"Tags", "tags"},
	{"S3Uri", "bucket"}, {"S3OutputPath", "bucket"}, {"TrainingInputMode", "input_mode"},
}

func attributeOf(path string) string {
	for _, a := range attributes {
		if strings.Contains(path, a.path) {
			return a.attribute
		}
	}
	return "" // part of the endpoint block, or of no attribute
}
