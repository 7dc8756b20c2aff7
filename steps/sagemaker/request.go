package sagemaker

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker/constraint"
)

// A Request is the body of an API call, by the names of the API. Members that are not set are left
// out. It is plain data, so that a study can be checked without the SDK; the client decodes it into
// the SDK's type with the same members.
type Request map[string]any

// CheckRequest returns an error if a request breaks the documentation's constraints of a call, such
// as "CreateTrainingJob". The error is a *constraint.Error with a hint.
func CheckRequest(call string, request any) error {
	data, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if err := constraint.Check(call, data); err != nil {
		return step.WithHint(fmt.Errorf("%s was not sent: %w", call, err),
			"correct it in the spec")
	}
	return nil
}

// JobName returns the name of a training job for an attempt, counted from 1. It is made of the
// step's key alone, so that everybody who applies the same study finds the same job.
func JobName(key string, attempt int) string {
	return fmt.Sprintf("snellen-%.40s-%d", key,
		attempt)
}

// A Channel is one input of a job: all objects whose keys begin with a prefix.
type Channel struct{ Name, Prefix string }

// A JobSpec is everything that a training job is created from.
type JobSpec struct {
	Settings        *specs.SageMaker
	Params          TrainParams
	Name            string
	Key             string // the step's
	Address         string // the step's
	Instance        string
	Hyperparameters map[string]string
	Channels        []Channel
}

// Request returns the body of CreateTrainingJob. It has no metric definitions: built-in algorithms
// bring their own and accept no others.
func (o JobSpec) Request() (Request, error) {
	s := o.Settings
	image, err := TrainingImage(o.Params.Image, s.Region)
	if err != nil {
		return nil, err
	}
	r := Request{
		"TrainingJobName": o.Name, "RoleArn": s.RoleARN,
		"AlgorithmSpecification": Request{"TrainingImage": image, "TrainingInputMode": s.InputMode},
		"OutputDataConfig": setMember(Request{"S3OutputPath": "s3://" + s.Bucket + "/" + s.Prefix +
			"/jobs"},
			"KmsKeyId", s.OutputKey),
		"ResourceConfig":                        o.resources(),
		"StoppingCondition":                     o.limits(),
		"EnableNetworkIsolation":                s.Isolated,
		"EnableInterContainerTrafficEncryption": s.Encrypted,
		"Tags":                                  tags(s, o.Key, o.Address),
	}
	if len(o.Hyperparameters) > 0 {
		r["HyperParameters"] = o.Hyperparameters
	}
	if len(s.Subnets) > 0 {
		r["VpcConfig"] = vpcConfig(s)
	}
	if s.Spot {
		r["EnableManagedSpotTraining"] = true
		r["CheckpointConfig"] = Request{"S3Uri": "s3://" + s.Bucket + "/" + s.Prefix +
			"/checkpoints/" + o.Key + "/"}
	}
	var channels []Request
	for _, c := range o.Channels {
		channels = append(channels, o.channel(c))
	}
	if channels != nil {
		r["InputDataConfig"] = channels
	}
	return r, nil
}

func (o JobSpec) resources() Request {
	s := o.Settings
	r := Request{"InstanceType": o.Instance, "InstanceCount": s.InstanceCount,
		"VolumeSizeInGB": s.VolumeGB}
	if s.KeepAlive > 0 {
		r["KeepAlivePeriodInSeconds"] = s.KeepAlive
	}
	return setMember(r, "VolumeKmsKeyId", s.VolumeKey)
}

func (o JobSpec) limits() Request {
	r := Request{"MaxRuntimeInSeconds": o.Settings.MaxRuntime}
	if o.Settings.Spot {
		r["MaxWaitTimeInSeconds"] = maxWait(o.Settings)
	}
	return r
}

// maxWait returns how long a spot job may take, in seconds, including the wait for an instance.
func maxWait(s *specs.SageMaker) int {
	if s.MaxWait > 0 {
		return s.MaxWait
	}
	return 2 * s.MaxRuntime
}

func (o JobSpec) channel(c Channel) Request {
	content := "application/x-recordio"
	if o.Params.Format == "image" {
		content = "application/x-image"
	}
	return Request{
		"ChannelName": c.Name, "ContentType": content, "CompressionType": "None",
		"DataSource": Request{"S3DataSource": Request{
			"S3DataType": "S3Prefix", "S3Uri": "s3://" + o.Settings.Bucket + "/" + c.Prefix,
			"S3DataDistributionType": "FullyReplicated",
		}},
	}
}

// An Endpoint is everything that a model, an endpoint configuration and an endpoint are created
// from. All three have its name.
type Endpoint struct {
	Settings *specs.SageMaker
	Name     string
	Key      string // the step's
	Address  string // the step's
	Image    string
	ModelURI string // of model.tar.gz
}

// Requests returns the bodies of CreateModel, CreateEndpointConfig and CreateEndpoint. Serverless
// endpoints support neither a VPC nor a volume key.
func (e Endpoint) Requests() (model, config, point Request) {
	s, tags := e.Settings, tags(e.Settings, e.Key, e.Address)
	model = Request{
		"ModelName": e.Name, "ExecutionRoleArn": s.RoleARN, "Tags": tags,
		"EnableNetworkIsolation": s.Isolated,
		"PrimaryContainer":       Request{"Image": e.Image, "ModelDataUrl": e.ModelURI},
	}
	config = Request{"EndpointConfigName": e.Name, "Tags": tags,
		"ProductionVariants": []Request{e.variant()}}
	if s.Serving.MemoryMB == 0 {
		if len(s.Subnets) > 0 {
			model["VpcConfig"] = vpcConfig(s)
		}
		config = setMember(config, "KmsKeyId", s.VolumeKey)
	}
	return model, config, Request{"EndpointName": e.Name, "EndpointConfigName": e.Name,
		"Tags": tags}
}

func (e Endpoint) variant() Request {
	s := e.Settings.Serving
	r := Request{"VariantName": "all", "ModelName": e.Name}
	if s.MemoryMB > 0 {
		r["ServerlessConfig"] = Request{"MemorySizeInMB": s.MemoryMB,
			"MaxConcurrency": s.Concurrency}
		return r
	}
	r["InstanceType"], r["InitialInstanceCount"], r["InitialVariantWeight"] = s.Instance, s.Count, 1
	return r
}

// invokeRequest returns the body of InvokeEndpoint for a JPEG picture.
func invokeRequest(endpoint string, image []byte) Request {
	return Request{"EndpointName": endpoint, "ContentType": "image/jpeg", "Body": image}
}

func vpcConfig(s *specs.SageMaker) Request {
	return setMember(Request{"Subnets": s.Subnets}, "SecurityGroupIds", s.SecurityGroups)
}

// setMember sets a member of r unless the value is empty, and returns r.
func setMember[T string | []string](r Request, name string, value T) Request {
	if len(value) > 0 {
		r[name] = value
	}
	return r
}

// The tags by which what Snellen made is found again.
const (
	KeyTag     = "snellen:key"
	AddressTag = "snellen:address"
)

func tags(s *specs.SageMaker, key, address string) []Request {
	list := []Request{
		{"Key": KeyTag, "Value": key},
		{"Key": AddressTag, "Value": tagValue(address)},
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tags)) {
		list = append(list, Request{"Key": name, "Value": s.Tags[name]})
	}
	return list
}

// tagValue replaces the letters that a tag's value may not have by "_", and cuts it to 256 letters.
func tagValue(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune(" _.:/=+-@", r) {
			return r
		}
		return '_'
	}, text)
	return string([]rune(text)[:min(len([]rune(text)), 256)])
}
