package standin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"snellen/steps/frames"
	"snellen/steps/sagemaker/constraint"
	"snellen/steps/standin"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	region = "ap-northeast-1"
	role   = "arn:aws:iam::123456789012:role/SageMakerRole"
	image1 = "501404015308.dkr.ecr.ap-northeast-1.amazonaws.com/image-classification:1"
)

// storage is one S3 server for all tests; each has a bucket of its own.
var storage = sync.OnceValues(func() (*standin.S3, error) {
	started = true
	return standin.TemporaryS3(context.Background(), region)
})

var started bool // storage; read when no test runs any more

// A world is a stand-in, an S3 and the real clients of both.
type world struct {
	t      *testing.T
	server *standin.Server
	clock  *standin.Clock
	bucket string

	s3      *s3.Client
	maker   *sagemaker.Client
	runtime *sagemakerruntime.Client
	logs    *cloudwatchlogs.Client
	prices  *pricing.Client
	quotas  *servicequotas.Client
	sts     *sts.Client
}

var began = time.Date(2020, 7, 14, 22, 20, 42, 0, time.UTC)

func newWorld(t *testing.T, o standin.Options) *world {
	t.Helper()
	store, err := storage()
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	w := &world{t: t, clock: standin.NewClock(began), bucket: bucketName(t), s3: store.Client()}
	if err := store.Bucket(t.Context(), w.bucket); err != nil {
		t.Fatal(err)
	}
	o.Region, o.S3, o.Clock = region, w.s3, w.clock
	if w.server, err = standin.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.server.Close(); err != nil {
			t.Error(err)
		}
	})
	w.connect(w.config("AKIDEXAMPLE", region))
	return w
}

func bucketName(t *testing.T) string {
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	return fmt.Sprintf("b-%s-%d", name[:min(len(name), 40)], time.Now().UnixNano()%1e6)
}

func (w *world) config(key, region string) aws.Config {
	url := w.server.URL()
	return aws.Config{Region: region, BaseEndpoint: &url,
		Credentials:      credentials.NewStaticCredentialsProvider(key, "secret", ""),
		RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: &checked{t: w.t}}}
}

// checked holds every answer to the services' documentation, too.
type checked struct{ t *testing.T }

func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if call := constraint.Target(r.Header.Get("X-Amz-Target")); call != "" && err == nil {
		var e *constraint.Error
		if err := constraint.CheckResponse(call, body); errors.As(err, &e) &&
			!(len(e.Violations) == 1 && e.Violations[0].Path == "ModelArtifacts") {
			c.t.Errorf("the answer to %s: %v", call, err)
		}
	}
	return answer, err
}

func (w *world) connect(c aws.Config) {
	w.maker, w.runtime, w.logs = sagemaker.NewFromConfig(c), sagemakerruntime.NewFromConfig(c),
		cloudwatchlogs.NewFromConfig(c)
	w.quotas, w.sts = servicequotas.NewFromConfig(c), sts.NewFromConfig(c)
	c.Region = "us-east-1"
	w.prices = pricing.NewFromConfig(c)
}

// advance lets time pass.
func (w *world) advance(d time.Duration) { w.clock.Advance(d) }

func (w *world) put(key string, data []byte) {
	w.t.Helper()
	if _, err := w.s3.PutObject(w.t.Context(),
		&s3.PutObjectInput{Bucket: &w.bucket, Key: &key, Body: bytes.NewReader(data)}); err != nil {
		w.t.Fatal(err)
	}
}

func picture(t *testing.T, width, height int, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.SetGray(0, 0, color.Gray{})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// records uploads a dataset in RecordIO format, of so many images, and returns its channels.
func (w *world) records(train, validation, classes, width, height int) []types.Channel {
	w.t.Helper()
	for name, n := range map[string]int{"train": train, "validation": validation} {
		var b bytes.Buffer
		r := frames.NewWriter(&b)
		for i := range n {
			if err := r.Write(i%classes, picture(w.t, width, height, uint8(i))); err != nil {
				w.t.Fatal(err)
			}
		}
		if err := r.Flush(); err != nil {
			w.t.Fatal(err)
		}
		w.put("data/"+name+"/"+name+".rec", b.Bytes())
	}
	return []types.Channel{w.channel("train", "data/train/", "application/x-recordio"),
		w.channel("validation", "data/validation/", "application/x-recordio")}
}

func (w *world) channel(name, prefix, content string) types.Channel {
	return types.Channel{ChannelName: &name, ContentType: &content,
		CompressionType: types.CompressionTypeNone,
		DataSource: &types.DataSource{
			S3DataSource: &types.S3DataSource{S3DataType: types.S3DataTypeS3Prefix,
				S3Uri:                  aws.String("s3://" + w.bucket + "/" + prefix),
				S3DataDistributionType: types.S3DataDistributionFullyReplicated}}}
}

// job is a request that the service takes.
func (w *world) job(name string, channels []types.Channel) *sagemaker.CreateTrainingJobInput {
	return &sagemaker.CreateTrainingJobInput{
		TrainingJobName: &name,
		AlgorithmSpecification: &types.AlgorithmSpecification{TrainingImage: aws.String(image1),
			TrainingInputMode: types.TrainingInputModeFile},
		RoleArn:         aws.String(role),
		InputDataConfig: channels,
		OutputDataConfig: &types.OutputDataConfig{
			S3OutputPath: aws.String("s3://" + w.bucket + "/output")},
		ResourceConfig: &types.ResourceConfig{
			InstanceType: types.TrainingInstanceTypeMlP32xlarge, InstanceCount: aws.Int32(1),
			VolumeSizeInGB: aws.Int32(50)},
		StoppingCondition: &types.StoppingCondition{MaxRuntimeInSeconds: aws.Int32(7200)},
		HyperParameters: map[string]string{"num_classes": "2", "num_training_samples": "8",
			"mini_batch_size": "2", "image_shape": "3,24,24", "num_layers": "20",
			"epochs": "3", "learning_rate": "0.01"},
		Tags: []types.Tag{{Key: aws.String("snellen:run"), Value: aws.String("r1")}},
	}
}

func (w *world) create(q *sagemaker.CreateTrainingJobInput) {
	w.t.Helper()
	if _, err := w.maker.CreateTrainingJob(w.t.Context(), q); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) describe(name string) *sagemaker.DescribeTrainingJobOutput {
	w.t.Helper()
	d, err := w.maker.DescribeTrainingJob(w.t.Context(),
		&sagemaker.DescribeTrainingJobInput{TrainingJobName: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// path is the secondary statuses that a job went through.
func path(d *sagemaker.DescribeTrainingJobOutput) string {
	var all []string
	for _, s := range d.SecondaryStatusTransitions {
		all = append(all, string(s.Status))
	}
	return strings.Join(all, " ")
}

// log reads all that a job's streams show now.
func (w *world) log(job string) []string {
	w.t.Helper()
	var lines []string
	streams, err := w.logs.DescribeLogStreams(w.t.Context(),
		&cloudwatchlogs.DescribeLogStreamsInput{
			LogGroupName:        aws.String("/aws/sagemaker/TrainingJobs"),
			LogStreamNamePrefix: aws.String(job + "/")})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range streams.LogStreams {
		pages := cloudwatchlogs.NewGetLogEventsPaginator(w.logs,
			&cloudwatchlogs.GetLogEventsInput{
				LogGroupName:  aws.String("/aws/sagemaker/TrainingJobs"),
				LogStreamName: s.LogStreamName, StartFromHead: aws.Bool(true)},
			func(
				o *cloudwatchlogs.GetLogEventsPaginatorOptions) {
				o.StopOnDuplicateToken = true
			})
		for pages.HasMorePages() {
			page, err := pages.NextPage(w.t.Context())
			if err != nil {
				w.t.Fatal(err)
			}
			for _, e := range page.Events {
				lines = append(lines, *e.Message)
			}
		}
	}
	return lines
}

// only returns the lines that contain the word.
func grep(lines []string, word string) []string {
	var found []string
	for _, l := range lines {
		if strings.Contains(l, word) {
			found = append(found, l)
		}
	}
	return found
}

// epochs is a curve that is given out by a replay.
func epochs(validation ...float64) standin.Curve {
	c := standin.Curve{Took: 350 * time.Second}
	for _, v := range validation {
		c.Epochs = append(c.Epochs, standin.Epoch{Train: v, Validation: v})
	}
	return c
}

func always(c standin.Curve) standin.Replay {
	return func(standin.Subject) (standin.Curve, bool) { return c, true }
}
