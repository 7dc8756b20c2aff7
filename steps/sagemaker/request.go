package sagemaker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"snellen/specs"
)

// jobName is a training's name for an attempt, from 1. It is made of the step's key alone, so that everybody who applies the
// same study finds the same job.
func jobName(key string, attempt int) string { return fmt.Sprintf("snellen-%.40s-%d", key, attempt) }

// A channel is one input of a job, which is all keys that begin with a prefix.
type channel struct{ name, prefix string }

// An order is what a training job is made of.
type order struct {
	settings   *specs.SageMaker
	params     TrainParams
	name       string
	key        string // the step's
	address    string // the step's
	instance   string
	parameters map[string]string
	channels   []channel
}

// request is the order as the service takes it. Metric definitions are not for built-in algorithms, which bring their own.
func (o order) request() (*api.CreateTrainingJobInput, error) {
	s := o.settings
	image, err := trainingImage(o.params.Image, s.Region)
	if err != nil {
		return nil, err
	}
	in := &api.CreateTrainingJobInput{
		TrainingJobName: &o.name, RoleArn: &s.RoleARN, HyperParameters: o.parameters,
		AlgorithmSpecification: &types.AlgorithmSpecification{TrainingImage: &image, TrainingInputMode: types.TrainingInputMode(s.InputMode)},
		OutputDataConfig:       &types.OutputDataConfig{S3OutputPath: aws.String("s3://" + s.Bucket + "/" + s.Prefix + "/jobs"), KmsKeyId: optional(s.OutputKey)},
		ResourceConfig: &types.ResourceConfig{
			InstanceType: types.TrainingInstanceType(o.instance), InstanceCount: aws.Int32(int32(s.InstanceCount)), VolumeSizeInGB: aws.Int32(int32(s.VolumeGB)),
			VolumeKmsKeyId: optional(s.VolumeKey),
		},
		StoppingCondition:                     &types.StoppingCondition{MaxRuntimeInSeconds: aws.Int32(int32(s.MaxRuntime))},
		EnableNetworkIsolation:                aws.Bool(s.Isolated),
		EnableInterContainerTrafficEncryption: aws.Bool(s.Encrypted),
		Tags:                                  o.tags(),
	}
	if s.KeepAlive > 0 {
		in.ResourceConfig.KeepAlivePeriodInSeconds = aws.Int32(int32(s.KeepAlive))
	}
	if len(s.Subnets) > 0 {
		in.VpcConfig = &types.VpcConfig{Subnets: s.Subnets, SecurityGroupIds: s.SecurityGroups}
	}
	if s.Spot {
		in.EnableManagedSpotTraining = aws.Bool(true)
		in.StoppingCondition.MaxWaitTimeInSeconds = aws.Int32(int32(maxWait(s)))
		in.CheckpointConfig = &types.CheckpointConfig{S3Uri: aws.String("s3://" + s.Bucket + "/" + s.Prefix + "/checkpoints/" + o.key + "/")}
	}
	for _, c := range o.channels {
		in.InputDataConfig = append(in.InputDataConfig, o.channel(c))
	}
	return in, nil
}

func maxWait(s *specs.SageMaker) int {
	if s.MaxWait > 0 {
		return s.MaxWait
	}
	return 2 * s.MaxRuntime
}

func (o order) channel(c channel) types.Channel {
	content := "application/x-recordio"
	if o.params.Format == "image" {
		content = "application/x-image"
	}
	return types.Channel{
		ChannelName: aws.String(c.name), ContentType: &content, CompressionType: types.CompressionTypeNone,
		DataSource: &types.DataSource{S3DataSource: &types.S3DataSource{
			S3DataType: types.S3DataTypeS3Prefix, S3Uri: aws.String("s3://" + o.settings.Bucket + "/" + c.prefix),
			S3DataDistributionType: types.S3DataDistributionFullyReplicated,
		}},
	}
}

// The tags by which what Snellen made is found again.
const (
	keyTag     = "snellen:key"
	addressTag = "snellen:address"
)

func (o order) tags() []types.Tag { return tags(o.settings, o.key, o.address) }

func tags(s *specs.SageMaker, key, address string) []types.Tag {
	list := []types.Tag{{Key: aws.String(keyTag), Value: &key}, {Key: aws.String(addressTag), Value: aws.String(taggable(address))}}
	for _, name := range slices.Sorted(maps.Keys(s.Tags)) {
		list = append(list, types.Tag{Key: aws.String(name), Value: aws.String(s.Tags[name])})
	}
	return list
}

// taggable is a text of the letters that a tag's value may have.
func taggable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune(" _.:/=+-@", r) {
			return r
		}
		return '_'
	}, text)
	return string([]rune(text)[:min(len([]rune(text)), 256)])
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
