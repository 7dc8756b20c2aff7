package standin_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
)

func TestReplayedJob(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.25, 0.75, 0.5))})
	w.create(w.job("one", w.records(8, 4, 2, 32, 24)))
	d := w.describe("one")
	if d.TrainingJobStatus != types.TrainingJobStatusInProgress ||
		d.SecondaryStatus != types.SecondaryStatusStarting || d.TrainingStartTime != nil {
		t.Errorf("at first: %s %s, begun %v", d.TrainingJobStatus, d.SecondaryStatus,
			d.TrainingStartTime)
	}
	if *d.RoleArn != role || d.HyperParameters["epochs"] != "3" ||
		*d.ResourceConfig.InstanceCount != 1 || len(d.InputDataConfig) != 2 {
		t.Errorf("the request is not given back: %+v", d)
	}
	w.advance(90 * time.Second)
	if s := w.describe("one").SecondaryStatus; s != types.SecondaryStatusDownloading {
		t.Errorf("after 90 s: %s", s)
	}
	w.advance(30 * time.Second)
	if s := w.describe("one").SecondaryStatus; s != types.SecondaryStatusTraining {
		t.Errorf("after 120 s: %s", s)
	}
	w.advance(100 * time.Second)
	if got := grep(w.log("one"), "Validation-"); len(got) != 1 ||
		!strings.HasSuffix(got[0], "Epoch[0] Validation-accuracy=0.250000") {
		t.Errorf("after one epoch: %q", got)
	}
	w.advance(time.Hour)
	d = w.describe("one")
	if d.TrainingJobStatus != types.TrainingJobStatusCompleted ||
		path(d) != "Starting Downloading Training Uploading Completed" {
		t.Errorf("at last: %s, by %s", d.TrainingJobStatus, path(d))
	}
	if *d.BillableTimeInSeconds != 350 || *d.TrainingTimeInSeconds != 350 ||
		d.TrainingEndTime.Sub(*d.TrainingStartTime) != 350*time.Second {
		t.Errorf("billed %d of %d seconds", *d.BillableTimeInSeconds, *d.TrainingTimeInSeconds)
	}
	if m := d.FinalMetricDataList; len(m) != 2 || *m[1].MetricName != "validation:accuracy" ||
		*m[1].Value != 0.5 {
		t.Errorf("metrics: %+v", m)
	}
	if want := "s3://" + w.bucket +
		"/output/one/output/model.tar.gz"; *d.ModelArtifacts.S3ModelArtifacts != want {
		t.Errorf("model: %s", *d.ModelArtifacts.S3ModelArtifacts)
	}
	w.object("output/one/output/model.tar.gz")
	want := []string{"best model with validation accuracy: 0.250000",
		"best model with validation accuracy: 0.750000"}
	if got := grep(w.log("one"), "Storing"); len(got) != 2 || !strings.HasSuffix(got[0], want[0]) ||
		!strings.HasSuffix(got[1], want[1]) {
		t.Errorf("stored: %q", got)
	}
	if h := w.server.Holding(); !h.Empty() {
		t.Errorf("held: %+v", h)
	}
}

// object reads one, which must be there.
func (w *world) object(key string) []byte {
	w.t.Helper()
	o, err := w.s3.GetObject(w.t.Context(), &s3.GetObjectInput{Bucket: &w.bucket, Key: &key})
	if err != nil {
		w.t.Fatal(err)
	}
	defer o.Body.Close()
	data, err := io.ReadAll(o.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// refused checks an error's code and that its text has the words.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), words) {
		t.Errorf("got %v\nwant %s: ...%s...", err, code, words)
	}
}

func TestRefusedJobs(t *testing.T) {
	w := newWorld(t,
		standin.Options{Replay: always(epochs(1)),
			Quotas: map[string]float64{"ml.p2.xlarge for training job usage": 0}})
	data := w.records(8, 4, 2, 32, 24)
	w.create(w.job("taken", data))
	for _, c := range []struct {
		name, code, words string
		change            func(*sagemaker.CreateTrainingJobInput)
	}{
		{"taken", "ResourceInUse",
			"a training job with this name already exists " +
				"(arn:aws:sagemaker:ap-northeast-1:123456789012:training-job/taken)", nil},
		{"a_b", "ValidationException", "regular expression pattern", nil},
		{"quota", "ResourceLimitExceeded",
			"'ml.p2.xlarge for training job usage' is 0 Instances, with current utilization of 0 " +
				"Instances and a request delta of 1 Instances",
			func(q *sagemaker.CreateTrainingJobInput) {
				q.ResourceConfig.InstanceType = types.TrainingInstanceTypeMlP2Xlarge
			}},
		{"nodata", "ValidationException", "No S3 objects found under S3 URL",
			func(q *sagemaker.CreateTrainingJobInput) {
				q.InputDataConfig = []types.Channel{
					w.channel("train", "nothing/", "application/x-recordio")}
			}},
		{"wait", "ValidationException", "MaxWaitTimeInSeconds",
			func(q *sagemaker.CreateTrainingJobInput) {
				q.EnableManagedSpotTraining = aws.Bool(
					true)
			}},
		{"nowhere", "ValidationException", "required for a training job",
			func(q *sagemaker.CreateTrainingJobInput) { q.ResourceConfig = nil }},
		{"image", "ValidationException", "not in the region",
			func(q *sagemaker.CreateTrainingJobInput) {
				q.AlgorithmSpecification.TrainingImage = aws.String(
					"811284229777.dkr.ecr.us-east-1.amazonaws.com/image-classification:1")
			}},
		{"metrics", "ValidationException", "override the metric definitions",
			func(q *sagemaker.CreateTrainingJobInput) {
				q.AlgorithmSpecification.MetricDefinitions = []types.MetricDefinition{
					{Name: aws.String("a"), Regex: aws.String("b")}}
			}},
	} {
		q := w.job(c.name, data)
		if c.change != nil {
			c.change(q)
		}
		_, err := w.maker.CreateTrainingJob(t.Context(), q)
		refused(t, err, c.code, c.words)
	}
	_, err := w.maker.CreateTrainingJob(t.Context(), w.job("taken", data))
	if _, ok := errors.AsType[*types.ResourceInUse](err); !ok {
		t.Errorf("a name in use is no types.ResourceInUse: %v", err)
	}
	_, err = w.maker.DescribeTrainingJob(t.Context(),
		&sagemaker.DescribeTrainingJobInput{TrainingJobName: aws.String("nobody")})
	refused(t, err, "ValidationException", "Requested resource not found.")
}

func TestFailedJobs(t *testing.T) {
	w := newWorld(t,
		standin.Options{Replay: always(epochs(0.5, 0.5, 0.5)),
			Quotas: map[string]float64{"ml.p3.2xlarge for training job usage": 99}})
	data := w.records(8, 4, 2, 32, 24)
	w.server.FailResources(standin.ResourceFault{Name: "nocapacity", Capacity: true},
		standin.ResourceFault{Name: "dies", Dies: 2, Reason: "AlgorithmError: it broke"},
		standin.ResourceFault{Name: "internal", Dies: 1})
	for _, c := range []struct {
		name, reason, path string
		change             func(map[string]string)
	}{
		{"nocapacity", "CapacityError: Unable to provision requested ML compute capacity.",
			"Starting Failed", nil},
		{"dies", "AlgorithmError: it broke", "Starting Downloading Training Failed", nil},
		{"internal", "InternalServerError: We encountered an internal error.",
			"Starting Downloading Training Failed", nil},
		{"unknown", "ClientError: Additional properties are not allowed ('x' was unexpected)",
			"Starting Downloading Training Failed",
			func(h map[string]string) { h["x"] = "1" }},
		{"range", "ClientError: the value '1.5'", "Starting Downloading Training Failed",
			func(h map[string]string) { h["learning_rate"] = "1.5" }},
		{"missing", "ClientError: 'num_classes' is a required property",
			"Starting Downloading Training Failed",
			func(h map[string]string) { delete(h, "num_classes") }},
		{"batch", "AlgorithmError: number of input images must be bigger than the batch size",
			"Starting Downloading Training Failed",
			func(h map[string]string) { h["mini_batch_size"] = "5" }},
		{"labels", "ClientError: the label 1 is not below num_classes",
			"Starting Downloading Training Failed",
			func(h map[string]string) { h["num_classes"] = "1" }},
		{"small", "ClientError: an image of 32x24 is smaller",
			"Starting Downloading Training Failed",
			func(h map[string]string) { h["image_shape"] = "3,224,224" }},
		{"pretrained", "ClientError: with a pretrained model",
			"Starting Downloading Training Failed",
			func(h map[string]string) { h["use_pretrained_model"] = "1" }},
	} {
		q := w.job(c.name, data)
		if c.change != nil {
			c.change(q.HyperParameters)
		}
		w.create(q)
		w.advance(time.Hour)
		d := w.describe(c.name)
		if d.TrainingJobStatus != types.TrainingJobStatusFailed || d.FailureReason == nil ||
			!strings.HasPrefix(*d.FailureReason, c.reason) || path(d) != c.path {
			t.Errorf("%s: %s by %s, because %s", c.name, d.TrainingJobStatus, path(d),
				aws.ToString(d.FailureReason))
		}
	}
}

func TestStoppedJobs(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2, 0.3))})
	data := w.records(8, 4, 2, 32, 24)
	for _, c := range []struct {
		name string
		wait time.Duration
		path string
		has  bool
	}{
		{"early", 10 * time.Second, "Starting Stopped", false},
		{"empty", 130 * time.Second, "Starting Downloading Training Stopping Stopped", false},
		{"half", 230 * time.Second, "Starting Downloading Training Stopping Stopped", true},
	} {
		w.create(w.job(c.name, data))
		w.advance(c.wait)
		if _, err := w.maker.StopTrainingJob(t.Context(),
			&sagemaker.StopTrainingJobInput{TrainingJobName: &c.name}); err != nil {
			t.Fatal(err)
		}
		w.advance(time.Minute)
		d := w.describe(c.name)
		if d.TrainingJobStatus != types.TrainingJobStatusStopped || path(d) != c.path {
			t.Errorf("%s: %s, by %s", c.name, d.TrainingJobStatus, path(d))
		}
		_, err := w.s3.HeadObject(t.Context(),
			&s3.HeadObjectInput{Bucket: &w.bucket,
				Key: aws.String("output/" + c.name + "/output/model.tar.gz")})
		if (err == nil) != c.has {
			t.Errorf("%s: the model: %v", c.name, err)
		}
		_, err = w.maker.StopTrainingJob(t.Context(),
			&sagemaker.StopTrainingJobInput{TrainingJobName: &c.name})
		refused(t, err, "ValidationException",
			"The request was rejected because the training job is in status Stopped.")
	}
}

func TestMaxRuntime(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2, 0.3))})
	q := w.job("long", w.records(8, 4, 2, 32, 24))
	q.StoppingCondition.MaxRuntimeInSeconds = aws.Int32(150)
	w.create(q)
	w.advance(time.Hour)
	d := w.describe("long")
	if d.TrainingJobStatus != types.TrainingJobStatusStopped ||
		d.SecondaryStatus != types.SecondaryStatusMaxRuntimeExceeded ||
		*d.BillableTimeInSeconds != 160 {
		t.Errorf("%s %s after %d seconds, by %s", d.TrainingJobStatus, d.SecondaryStatus,
			*d.BillableTimeInSeconds, path(d))
	}
	w.object("output/long/output/model.tar.gz")
}

func TestSpot(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2, 0.3))})
	data := w.records(8, 4, 2, 32, 24)
	w.server.FailResources(standin.ResourceFault{Name: "kept", Interrupted: []int{2}},
		standin.ResourceFault{Name: "again", Interrupted: []int{1}},
		standin.ResourceFault{Name: "starved", Starved: true})
	for _, c := range []struct {
		name, status, path string
		checkpoint         bool
		validations        int
	}{
		{"kept", "Completed",
			"Starting Downloading Training Interrupted Starting Downloading Training Uploading " +
				"Completed", true, 3},
		{"again", "Completed",
			"Starting Downloading Training Interrupted Starting Downloading Training Uploading " +
				"Completed", false, 4},
		{"starved", "MaxWaitTimeExceeded", "Starting MaxWaitTimeExceeded", false, 0},
	} {
		q := w.job(c.name, data)
		q.EnableManagedSpotTraining = aws.Bool(true)
		q.StoppingCondition.MaxRuntimeInSeconds = aws.Int32(1800)
		q.StoppingCondition.MaxWaitTimeInSeconds = aws.Int32(3600)
		if c.checkpoint {
			q.CheckpointConfig = &types.CheckpointConfig{
				S3Uri: aws.String("s3://" + w.bucket + "/checkpoints/" + c.name + "/")}
		}
		w.create(q)
		w.advance(2 * time.Hour)
		d := w.describe(c.name)
		if string(d.SecondaryStatus) != c.status || path(d) != c.path {
			t.Errorf("%s: %s, by %s", c.name, d.SecondaryStatus, path(d))
		}
		if c.validations == 0 {
			continue
		}
		if got := grep(w.log(c.name), "Validation-accuracy"); len(got) != c.validations {
			t.Errorf("%s: %q", c.name, got)
		}
		if *d.BillableTimeInSeconds >= *d.TrainingTimeInSeconds {
			t.Errorf("%s: %d seconds billed of %d", c.name, *d.BillableTimeInSeconds,
				*d.TrainingTimeInSeconds)
		}
	}
}

// Another job goes on from the checkpoints that one left.
func TestCheckpoints(t *testing.T) {
	w := newWorld(t, standin.Options{Replay: always(epochs(0.1, 0.2, 0.3))})
	data := w.records(8, 4, 2, 32, 24)
	w.server.FailResources(standin.ResourceFault{Name: "first", Dies: 3})
	for i, name := range []string{"first", "second"} {
		q := w.job(name, data)
		q.CheckpointConfig = &types.CheckpointConfig{
			S3Uri: aws.String("s3://" + w.bucket + "/checkpoints")}
		if name == "second" {
			w.object("checkpoints/image-classification-0002.params")
		}
		w.create(q)
		w.advance(time.Hour)
		if got := grep(w.log(name), "Validation-accuracy"); len(got) != []int{3, 1}[i] {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWarmPool(t *testing.T) {
	w := newWorld(t,
		standin.Options{Replay: always(epochs(0.1)),
			Quotas: map[string]float64{"ml.p3.2xlarge for training warm pool usage": 1}})
	data := w.records(8, 4, 2, 32, 24)
	start := func(name string) {
		q := w.job(name, data)
		q.ResourceConfig.KeepAlivePeriodInSeconds = aws.Int32(600)
		w.create(q)
		w.advance(500 * time.Second)
	}
	start("first")
	if p := w.describe("first").WarmPoolStatus; p == nil ||
		p.Status != types.WarmPoolResourceStatusAvailable {
		t.Fatalf("after the first job: %+v", p)
	}
	if h := w.server.Holding(); !slices.Equal(h.Pools, []string{"first"}) {
		t.Errorf("held: %+v", h)
	}
	start("second")
	if p := w.describe("first").WarmPoolStatus; p.Status != types.WarmPoolResourceStatusReused ||
		*p.ReusedByJob != "second" || *p.ResourceRetainedBillableTimeInSeconds != 60 {
		t.Errorf("after the second: %+v", p)
	}
	d := w.describe("second")
	if s := d.SecondaryStatusTransitions[0]; s.EndTime.Sub(*s.StartTime) != 5*time.Second {
		t.Errorf("from the pool it took %v", s.EndTime.Sub(*s.StartTime))
	}
	w.advance(time.Hour)
	if p := w.describe(
		"second").WarmPoolStatus; p.Status != types.WarmPoolResourceStatusTerminated ||
		*p.ResourceRetainedBillableTimeInSeconds != 600 {
		t.Errorf("at last: %+v", p)
	}
	if !w.server.Holding().Empty() {
		t.Errorf("held: %+v", w.server.Holding())
	}
}

func TestListAndDelete(t *testing.T) {
	w := newWorld(t,
		standin.Options{Replay: always(epochs(0.1)),
			Quotas: map[string]float64{"ml.p3.2xlarge for training job usage": 99}})
	data := w.records(8, 4, 2, 32, 24)
	for _, name := range []string{"snellen-a", "snellen-b", "other", "snellen-c"} {
		w.create(w.job(name, data))
		w.advance(time.Second)
	}
	var got []string
	pages := sagemaker.NewListTrainingJobsPaginator(w.maker,
		&sagemaker.ListTrainingJobsInput{NameContains: aws.String("snellen-"),
			MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.TrainingJobSummaries {
			got = append(got, *s.TrainingJobName)
		}
	}
	if !slices.Equal(got, []string{"snellen-c", "snellen-b", "snellen-a"}) {
		t.Errorf("listed %q", got)
	}
	_, err := w.maker.DeleteTrainingJob(t.Context(),
		&sagemaker.DeleteTrainingJobInput{TrainingJobName: aws.String("other")})
	refused(t, err, "ResourceInUse", "")
	w.advance(time.Hour)
	if _, err = w.maker.DeleteTrainingJob(t.Context(),
		&sagemaker.DeleteTrainingJobInput{TrainingJobName: aws.String("other")}); err != nil {
		t.Fatal(err)
	}
	w.create(w.job("other", data)) // the name is free again
}
