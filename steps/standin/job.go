package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"snellen/steps/sagemaker/constraint"
)

// A job is one training job. Its life is in life.go.
type job struct {
	server *Server
	name   string
	arn    string
	asked  createJobRequest
	kept   members // of the request, which Describe returns
	fault  ResourceFault
	birth

	status, secondary, reason string
	created, changed          time.Time
	started, ended            time.Time // the billed time
	spanBegan                 time.Time // since when an instance has been held
	held                      time.Duration
	history                   []transition
	metrics                   []metric // of all epochs
	// raised when what is scheduled for the job no longer holds
	turn                  int
	cancel                context.CancelFunc // of the training, where it is one
	dir                   string
	print                 *printer // of the log
	interruptions, epochs int
	outcome               string // its final status after Stopping: Stopped, MaxRuntimeExceeded
	modelURI              string
	pool                  poolStatus
	poolEnded             time.Time
	reusedBy              string
}

type transition struct {
	Status        string
	StartTime     stamp
	EndTime       stamp  `json:",omitzero"`
	StatusMessage string `json:",omitempty"`
}

type metric struct {
	MetricName string
	Value      float32
	Timestamp  stamp
}

type createJobRequest struct {
	TrainingJobName        string
	HyperParameters        map[string]string
	AlgorithmSpecification *struct {
		TrainingImage     string
		AlgorithmName     string
		TrainingInputMode string
		MetricDefinitions []any
	}
	RoleArn           string
	InputDataConfig   []channel
	OutputDataConfig  struct{ S3OutputPath string }
	ResourceConfig    *resources
	StoppingCondition *struct {
		MaxRuntimeInSeconds, MaxWaitTimeInSeconds int
	}
	Tags                                  []tag
	VpcConfig                             json.RawMessage
	EnableNetworkIsolation                bool
	EnableManagedSpotTraining             bool
	EnableInterContainerTrafficEncryption bool
	CheckpointConfig                      *struct{ S3Uri, LocalPath string }
}

type channel struct {
	ChannelName string
	DataSource  struct {
		S3DataSource *struct {
			S3DataType, S3Uri, S3DataDistributionType string
			AttributeNames                            []string
		}
	}
	ContentType, CompressionType, RecordWrapperType, InputMode string
}

type resources struct {
	InstanceType             string
	InstanceCount            int
	VolumeSizeInGB           int
	VolumeKmsKeyId           string
	KeepAlivePeriodInSeconds int
}

// jobMembers are the members of the request that Describe returns.
var jobMembers = []string{"TrainingJobName", "HyperParameters", "AlgorithmSpecification", "RoleArn",
	"InputDataConfig", "OutputDataConfig",
	"ResourceConfig", "VpcConfig", "StoppingCondition", "EnableNetworkIsolation",
	"EnableInterContainerTrafficEncryption",
	"EnableManagedSpotTraining", "CheckpointConfig", "DebugHookConfig", "ProfilerConfig",
	"Environment", "RetryStrategy", "TensorBoardOutputConfig", "ExperimentConfig",
	"DebugRuleConfigurations", "ProfilerRuleConfigurations", "RemoteDebugConfig",
	"InfraCheckConfig"}

// maxRuntime is 28 days.
const maxRuntime = 28 * 24 * 3600

func createJob(s *Server, body []byte) (any, error) {
	j := &job{server: s, status: "InProgress", created: s.now()}
	if err := json.Unmarshal(body, &j.asked); err != nil {
		return nil, err
	}
	var err error
	if j.kept, err = keep(body, jobMembers...); err != nil {
		return nil, err
	}
	j.name = j.asked.TrainingJobName
	j.arn = s.arn("training-job", j.name)
	if _, ok := s.jobs[j.name]; ok {
		return nil, &refusal{http.StatusBadRequest, "ResourceInUse",
			"Training job names must be unique within an AWS account and region, " +
				"and a training job with this name already exists (" + j.arn + ")"}
	}
	if err := j.check(); err != nil {
		return nil, err
	}
	if err := j.describable(); err != nil {
		return nil, err
	}
	if err := s.quota(j.usage(), s.training(j.usage()),
		j.asked.ResourceConfig.InstanceCount); err != nil {
		return nil, err
	}
	j.fault, j.unseen = s.resourceFault(TrainingJob, j.name), s.lag
	s.jobs[j.name] = j
	s.tags[j.arn] = j.asked.Tags
	j.begin()
	return struct{ TrainingJobArn string }{j.arn}, nil
}

// check checks what the service checks before it accepts a job, beyond the constraints of each
// member.
func (j *job) check() error {
	a := &j.asked
	if a.AlgorithmSpecification == nil || a.ResourceConfig == nil || a.StoppingCondition == nil {
		return invalid(
			"AlgorithmSpecification, ResourceConfig and StoppingCondition are required for a " +
				"training job")
	}
	r := a.ResourceConfig
	if r.InstanceType == "" || r.InstanceCount < 1 || r.VolumeSizeInGB < 1 {
		return invalid(
			"ResourceConfig must have an InstanceType, and an InstanceCount and a VolumeSizeInGB " +
				"of at least 1")
	}
	algorithm := a.AlgorithmSpecification
	if (algorithm.TrainingImage == "") == (algorithm.AlgorithmName == "") {
		return invalid("Exactly one of TrainingImage and AlgorithmName must be given")
	}
	if err := j.checkImage(); err != nil {
		return err
	}
	if err := j.checkTimes(); err != nil {
		return err
	}
	if err := repeated(a.Tags); err != nil {
		return err
	}
	return j.checkChannels()
}

func (j *job) checkTimes() error {
	c, spot := j.asked.StoppingCondition, j.asked.EnableManagedSpotTraining
	switch {
	case c.MaxRuntimeInSeconds > maxRuntime:
		return invalid("MaxRuntimeInSeconds must be at most %d", maxRuntime)
	case spot && c.MaxWaitTimeInSeconds < c.MaxRuntimeInSeconds:
		return invalid(
			"Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to " +
				"MaxRuntimeInSeconds")
	case !spot && c.MaxWaitTimeInSeconds > 0:
		return invalid("MaxWaitTimeInSeconds can only be given with EnableManagedSpotTraining")
	case spot && j.asked.ResourceConfig.KeepAlivePeriodInSeconds > 0:
		return invalid("KeepAlivePeriodInSeconds cannot be given with EnableManagedSpotTraining")
	case spot && j.asked.CheckpointConfig == nil && c.MaxWaitTimeInSeconds > 3600:
		return invalid(
			"MaxWaitTimeInSeconds must be at most 3600 where there is no CheckpointConfig")
	}
	return nil
}

// output returns the URI of the job's model.
func (j *job) output() string {
	return strings.TrimSuffix(j.asked.OutputDataConfig.S3OutputPath, "/") + "/" + j.name +
		"/output/model.tar.gz"
}

func (j *job) checkChannels() error {
	seen := map[string]bool{}
	for _, c := range j.asked.InputDataConfig {
		if seen[c.ChannelName] {
			return invalid("Duplicate channel name %q", c.ChannelName)
		}
		seen[c.ChannelName] = true
		if c.DataSource.S3DataSource == nil {
			return invalid("The channel %q must have an S3DataSource: the stand-in has no other",
				c.ChannelName)
		}
	}
	if len(seen) == 0 {
		return invalid("InputDataConfig is required for the algorithm")
	}
	return nil
}

// inputsThere returns an error for a job without data. It is called without the lock.
func (s *Server) inputsThere(body []byte) error {
	var q createJobRequest
	if err := json.Unmarshal(body, &q); err != nil {
		return err
	}
	for _, c := range q.InputDataConfig {
		if source := c.DataSource.S3DataSource; source != nil {
			if err := s.nothing(source.S3Uri, q.RoleArn); err != nil {
				return err
			}
		}
	}
	return nil
}

// usage returns the name of the job's quota: spot and on-demand instances have different ones.
func (j *job) usage() string {
	if j.asked.EnableManagedSpotTraining {
		return j.asked.ResourceConfig.InstanceType + " for spot training job usage"
	}
	return j.asked.ResourceConfig.InstanceType + " for training job usage"
}

// training returns how many instances the jobs of that usage hold.
func (s *Server) training(usage string) int {
	n := 0
	for _, j := range s.jobs {
		if !j.terminal() && j.usage() == usage {
			n += j.asked.ResourceConfig.InstanceCount
		}
	}
	return n
}

func (j *job) terminal() bool {
	return j.status == "Completed" || j.status == "Failed" || j.status == "Stopped"
}

type jobName struct{ TrainingJobName string }

// find returns a job, or an error if there is none, or none yet.
func (s *Server) job(name string) (*job, error) {
	j, ok := s.jobs[name]
	if !ok || !j.found() {
		return nil, invalid("Requested resource not found.")
	}
	return j, nil
}

func describeJob(s *Server, q *jobName) (any, error) {
	j, err := s.job(q.TrainingJobName)
	if err != nil {
		return nil, err
	}
	return j.kept.join(j.description())
}

type jobDescription struct {
	TrainingJobArn    string
	ModelArtifacts    *artifacts `json:",omitempty"`
	TrainingJobStatus string
	SecondaryStatus   string
	FailureReason     string     `json:",omitempty"`
	WarmPoolStatus    *warmState `json:",omitempty"`

	CreationTime      stamp
	TrainingStartTime stamp `json:",omitzero"`
	TrainingEndTime   stamp `json:",omitzero"`
	LastModifiedTime  stamp

	SecondaryStatusTransitions []transition
	FinalMetricDataList        []metric `json:",omitempty"`
	TrainingTimeInSeconds      int      `json:",omitempty"`
	BillableTimeInSeconds      int      `json:",omitempty"`
	ProfilingStatus            string
}

// artifacts are required in answers by the API's model, but the service omits them until there are
// some.
type artifacts struct{ S3ModelArtifacts string }

func (j *job) description() jobDescription {
	d := jobDescription{
		TrainingJobArn: j.arn, TrainingJobStatus: j.status, SecondaryStatus: j.secondary,
		FailureReason: j.reason, WarmPoolStatus: j.warm(),
		CreationTime: stamp(j.created), TrainingStartTime: stamp(j.started),
		TrainingEndTime: stamp(j.ended), LastModifiedTime: stamp(j.changed),
		SecondaryStatusTransitions: j.history, FinalMetricDataList: j.finalMetrics(),
		ProfilingStatus: "Disabled",
	}
	if j.modelURI != "" {
		d.ModelArtifacts = &artifacts{j.modelURI}
	}
	if j.terminal() && !j.started.IsZero() {
		d.TrainingTimeInSeconds = max(1, int(j.held.Round(time.Second)/time.Second))
		d.BillableTimeInSeconds = d.TrainingTimeInSeconds
		if j.asked.EnableManagedSpotTraining {
			d.BillableTimeInSeconds = max(1, int(j.held.Seconds()*spotShare+0.5))
		}
	}
	return d
}

// finalMetrics returns the metrics of the last epoch.
func (j *job) finalMetrics() []metric {
	return j.metrics[max(0, len(j.metrics)-len(builtInMetrics)):]
}

// spotShare is the price of a spot instance as a share of the on-demand price.
const spotShare = 0.3

func stopJob(s *Server, q *jobName) (any, error) {
	j, err := s.job(q.TrainingJobName)
	if err != nil {
		return nil, err
	}
	if j.terminal() || j.status == "Stopping" {
		return nil, invalid("The request was rejected because the training job is in status %s.",
			j.status)
	}
	j.stop("Stopped")
	return nil, nil
}

func deleteJob(s *Server, q *jobName) (any, error) {
	j, err := s.job(q.TrainingJobName)
	if err != nil {
		return nil, err
	}
	if !j.terminal() || j.pool == poolAvailable {
		return nil, &refusal{http.StatusBadRequest, "ResourceInUse", "The training job " + j.arn +
			" is in use"}
	}
	delete(s.jobs, j.name)
	delete(s.tags, j.arn)
	return nil, nil
}

type listJobsRequest struct {
	listing
	WarmPoolStatusEquals string
}

type jobSummary struct {
	TrainingJobName, TrainingJobArn, TrainingJobStatus, SecondaryStatus string
	CreationTime                                                        stamp
	TrainingEndTime                                                     stamp `json:",omitzero"`
	LastModifiedTime                                                    stamp
	WarmPoolStatus                                                      *warmState `json:",omitempty"`
}

func listJobs(s *Server, q *listJobsRequest) (any, error) {
	var all []entry
	for _, j := range s.jobs {
		if w := j.warm(); q.WarmPoolStatusEquals != "" &&
			(w == nil || w.Status != q.WarmPoolStatusEquals) {
			continue
		}
		all = append(all,
			entry{j.name, j.status, j.created, jobSummary{j.name, j.arn, j.status, j.secondary,
				stamp(j.created), stamp(j.ended), stamp(j.changed), j.warm()}})
	}
	found, next, err := q.page(all)
	return struct {
		TrainingJobSummaries []any
		NextToken            string `json:",omitempty"`
	}{found, next}, err
}

// checkImage checks that a built-in algorithm's image is this region's, and that no metrics are
// given for it.
func (j *job) checkImage() error {
	a := j.asked.AlgorithmSpecification
	if !builtIn(a.TrainingImage) {
		return nil
	}
	if len(a.MetricDefinitions) > 0 {
		return invalid(
			"You can't override the metric definitions for Amazon SageMaker algorithms. Please " +
				"retry the request without specifying metric definitions.")
	}
	if err := j.server.registry(a.TrainingImage); err != nil {
		return invalid("%v", err)
	}
	return nil
}

func builtIn(image string) bool { return strings.Contains(image, "/image-classification:") }

// registry checks that the image is the algorithm's in this region.
func (s *Server) registry(image string) error {
	host, _, _ := strings.Cut(image, "/")
	_, rest, _ := strings.Cut(host, ".dkr.ecr.")
	region, _, _ := strings.Cut(rest, ".")
	switch want := constraint.Registry(s.options.Region); {
	case want == "":
		return errors.New("the image-classification algorithm is not in " + s.options.Region)
	case region != s.options.Region:
		return fmt.Errorf("the image %s is not in the region %s", image, s.options.Region)
	case host != want:
		return fmt.Errorf("no permission to pull the image %s", image)
	}
	return nil
}
