package sagemaker

import (
	"strings"
	"testing"

	"snellen/specs"
)

// TestRules: a broken constraint is reported before anything is sent, at the attribute that breaks
// it.
func TestRules(t *testing.T) {
	good := func() *specs.Study {
		return &specs.Study{
			Dataset:     specs.Dataset{Format: "recordio"},
			Resolutions: []specs.Resolution{{Name: "320x240"}},
			Trainer: specs.Trainer{SageMaker: &specs.SageMaker{
				Region: "us-east-1", RoleARN: "arn:aws:iam::123456789012:role/SageMaker",
				Bucket: "b", Prefix: "snellen", Instances: []string{"ml.g5.xlarge"},
				InstanceCount: 1, VolumeGB: 50, InputMode: "File", MaxRuntime: 3600, Attempts: 3,
				Serving: specs.Serving{Instance: "ml.m5.xlarge", Count: 1},
				Where: specs.Where{
					"role_arn": {Line: 1}, "instance_type": {Line: 2}, "tags": {Line: 3},
					"subnets": {Line: 4}, "region": {Line: 5}, "image": {Line: 6},
					"input_mode": {Line: 7}, "volume_kms_key": {Line: 8},
				},
			}},
		}
	}
	if found := CheckStudy(good()); len(found) > 0 {
		t.Fatalf("a good study: %v", found)
	}
	for name, c := range map[string]struct {
		edit func(*specs.Study, *specs.SageMaker)
		line int
		want string
	}{
		"role": {func(_ *specs.Study, s *specs.SageMaker) {
			s.RoleARN = "arn:aws:iam::1:role/x"
		}, 1, "RoleArn"},
		"instance": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Instances = []string{"ml.z9.huge"}
		}, 2, "InstanceType"},
		"fallback": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Instances = append(s.Instances, "ml.z9.huge")
		}, 2, "InstanceType"},
		"tags": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Tags = map[string]string{"a*b": "c"}
		}, 3, "Tags"},
		"subnets": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Subnets, s.SecurityGroups = []string{"no blank"}, []string{"sg-1"}
		}, 4, "Subnets"},
		"region": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Region = "mx-central-1"
		}, 5, "no registry"},
		"image": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Image = "1.dkr.ecr.eu-west-1.amazonaws.com/x:1"
		}, 6, "registry of eu-west-1"},
		"pipe": {func(s *specs.Study, c *specs.SageMaker) {
			s.Dataset.Format, c.InputMode = "image", "Pipe"
		}, 7, "RecordIO"},
		"kms": {func(_ *specs.Study, s *specs.SageMaker) {
			s.VolumeKey = "no blank"
		}, 8, "KmsKeyId"},
		"endpoint": {func(s *specs.Study, _ *specs.SageMaker) {
			s.Resolutions[0].Endpoint = "no_underline"
		}, 0, "EndpointName"},
		"serving": {func(_ *specs.Study, s *specs.SageMaker) {
			s.Serving.Instance = "ml.z9.huge"
		}, 0, "ProductionVariants[0].InstanceType"},
	} {
		s := good()
		c.edit(s, s.Trainer.SageMaker)
		found := CheckStudy(s)
		if len(found) == 0 || found[0].At.Line != c.line ||
			!strings.Contains(found[0].Message, c.want) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
