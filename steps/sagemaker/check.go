package sagemaker

import (
	"errors"
	"fmt"
	"strings"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker/constraint"
)

// CheckStudy are what the service documents and a study breaks: every constraint of every call that would be made for it, and
// where the built-in algorithm is. A study for another trainer breaks none.
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
		add("image", fmt.Errorf("the image is in a registry of %s, and jobs run in %s", other, c.Region))
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
			list = append(list, specs.Problem{At: at, Message: fmt.Sprintf("SageMaker refuses %s %q: %s", v.Path, v.Value, v.Rule)})
		}
	}
	return list
}

// checkRequests makes the requests as they would be for a dataset of the declared size, and checks them.
func checkRequests(s *specs.Study, image string) []error {
	var errs []error
	c := s.Trainer.SageMaker
	key := strings.Repeat("0", 64)
	for i, instance := range c.Instances {
		o := JobSpec{
			Settings: c, Params: TrainParams{Image: image, Format: s.Dataset.Format},
			Name: JobName(key, c.Attempts), Key: key, Address: s.Resolutions[0].Name + "/train", Instance: instance,
			Channels: []Channel{{"train", c.Prefix + "/files/" + key + "/"}},
		}
		r, err := o.Request()
		if err == nil {
			err = CheckRequest("CreateTrainingJob", r)
		}
		if err != nil && i > 0 {
			err = fmt.Errorf("fallback %s: %w", instance, err)
		}
		if err != nil {
			errs = append(errs, err)
			break // what is wrong with one is wrong with all, but for the instance
		}
	}
	e := Endpoint{
		Settings: c, Name: JobName(key, 1), Key: key, Image: image,
		ModelURI: "s3://" + c.Bucket + "/" + c.Prefix + "/files/" + key + "/model.tar.gz",
	}
	model, config, point := e.Requests()
	for _, err := range []error{
		CheckRequest("CreateModel", model), CheckRequest("CreateEndpointConfig", config), CheckRequest("CreateEndpoint", point),
	} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, r := range s.Resolutions {
		if r.Endpoint == "" {
			continue
		}
		if err := CheckRequest("InvokeEndpoint", InvokeRequest(r.Endpoint, []byte{0})); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// attributes are where in a trainer block the members of requests are written.
var attributes = []struct{ path, attribute string }{
	{"TrainingImage", "image"}, {"PrimaryContainer.Image", "image"}, {"RoleArn", "role_arn"}, {"ExecutionRoleArn", "role_arn"},
	{"ResourceConfig.InstanceType", "instance_type"}, {"VolumeSizeInGB", "volume_gb"}, {"VolumeKmsKeyId", "volume_kms_key"},
	{"OutputDataConfig.KmsKeyId", "output_kms_key"}, {"KmsKeyId", "volume_kms_key"}, {"KeepAlive", "keep_alive"}, {"Subnets", "subnets"},
	{"SecurityGroupIds", "security_groups"}, {"MaxRuntime", "max_runtime"}, {"MaxWait", "max_wait"}, {"Tags", "tags"},
	{"S3Uri", "bucket"}, {"S3OutputPath", "bucket"}, {"TrainingInputMode", "input_mode"},
}

func attributeOf(path string) string {
	for _, a := range attributes {
		if strings.Contains(path, a.path) {
			return a.attribute
		}
	}
	return "" // of the endpoint block, or of no attribute
}
