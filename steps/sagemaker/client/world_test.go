package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/hyper"
	"snellen/steps/container"
	"snellen/steps/frames"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/constraint"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/standin"
)

const region = "us-east-1"

// storage starts one real S3 server for all tests. Each test has a bucket of its own.
var storage = sync.OnceValues(func() (*standin.S3, error) {
	return standin.TemporaryS3(context.Background(), region)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if started {
		store, _ := storage()
		store.Close()
	}
	os.Exit(code)
}

// started reports whether a test started the storage.
var started bool

// A world is a stand-in whose clock runs fast, an S3 server, and the settings of a study that uses
// them.
type world struct {
	t        *testing.T
	server   *standin.Server
	settings *specs.SageMaker
	dir      string // of the ledger

	mu    sync.Mutex
	calls map[string]int // calls that had their effect, by name
	watch func(standin.Moment)
}

// speed is how much faster the stand-in's clock runs: a training of ten minutes takes a fifth of a
// second.
const speed = 3000

func newWorld(t *testing.T, o standin.Options) *world {
	t.Helper()
	store, err := storage()
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	started = true
	w := &world{t: t, dir: t.TempDir(), calls: map[string]int{}}
	bucket := fmt.Sprintf("b%d", time.Now().UnixNano())
	if err := store.Bucket(t.Context(), bucket); err != nil {
		t.Fatal(err)
	}
	o.Region, o.S3, o.Clock, o.Watch = region, store.Client(), standin.RunningClock(speed), w.moment
	if w.server, err = standin.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, m := range w.server.Misuse() {
			t.Error("misuse:", m)
		}
		w.server.Close()
	})
	w.environment(store)
	w.settings = &specs.SageMaker{
		Region: region, RoleARN: "arn:aws:iam::123456789012:role/SageMaker",
		Bucket: bucket, Prefix: "snellen", Instances: []string{"ml.g5.xlarge"},
		InstanceCount: 1, VolumeGB: 50, InputMode: "File", MaxRuntime: 86400, Attempts: 3,
		OnInterrupt: "leave", Parallel: 4,
		Serving: specs.Serving{Instance: "ml.m5.xlarge", Count: 1, Parallel: 4, MaxWait: 1800},
	}
	return w
}

// environment sets what the SDK's default chain reads, and hides this machine's own settings from
// it.
func (w *world) environment(store *standin.S3) {
	config := filepath.Join(w.t.TempDir(), "credentials")
	w.credentials(config, store.AccessKey, store.SecretKey)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": w.server.URL(), "AWS_ENDPOINT_URL_S3": store.URL,
		"AWS_SHARED_CREDENTIALS_FILE": config, "AWS_CONFIG_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "",
		"AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
	} {
		w.t.Setenv(name, value)
	}
}

func (w *world) credentials(path, key, secret string) {
	w.t.Helper()
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
		key, secret)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// moment counts the stand-in's calls, and passes them to watch.
func (w *world) moment(m standin.Moment) {
	w.mu.Lock()
	if m.Done {
		w.calls[m.Call]++
	}
	watch := w.watch
	w.mu.Unlock()
	if watch != nil {
		watch(m)
	}
}

func (w *world) called(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[call]
}

// open opens a session, as a process would; stop may be nil.
func (w *world) open(stop <-chan struct{}) *Cloud {
	w.t.Helper()
	session := sagemaker.Session{Settings: w.settings, Dir: w.dir, Poll: 4 * time.Millisecond}
	c, err := Open(w.t.Context(), session, stop)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// jobs returns how many training jobs the account has.
func (w *world) jobs() int {
	w.t.Helper()
	list, err := w.open(nil).listJobs(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// empty checks that nothing is left that costs anything, in the account and in the ledger.
func (w *world) empty() {
	w.t.Helper()
	h := w.server.Holding()
	if n := len(h.Running) + len(h.Models) + len(h.Configs) + len(h.Endpoints); n > 0 {
		w.t.Errorf("left in the account: %+v", h)
	}
	live, _, err := ledger.Open(w.dir).Live()
	if err != nil || len(live) > 0 {
		w.t.Errorf("left in the ledger: %v, %v", live, err)
	}
}

// picture returns a JPEG of that shade, with one black pixel.
func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 48))
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

// records writes n pictures of classes 0 and 1 in turn as RecordIO, and returns the path.
func (w *world) records(name string, n int) string {
	w.t.Helper()
	var b bytes.Buffer
	r := frames.NewWriter(&b)
	for i := range n {
		if err := r.Write(i%2, picture(w.t, uint8(i))); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := r.Flush(); err != nil {
		w.t.Fatal(err)
	}
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// A task is a job that collects what it reports.
type task struct {
	*step.Job
	mu       sync.Mutex
	metrics  []step.Metrics
	warnings []string
	log      []string
}

func (k *task) report(p step.Progress) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p.Metrics != nil {
		k.metrics = append(k.metrics, *p.Metrics)
	}
	if p.Warning != "" {
		k.warnings = append(k.warnings, p.Warning)
	}
	if p.Log != "" {
		k.log = append(k.log, p.Log)
	}
}

func (k *task) warned(text string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Contains(strings.Join(k.warnings, "\n"), text)
}

func (w *world) task(key string, params string, inputs map[string]string) *task {
	k := &task{}
	k.Job = &step.Job{
		Address: "64x48/train", Key: strings.Repeat(key, 64)[:64],
		Params: json.RawMessage(params), Inputs: inputs, Out: w.t.TempDir(), Report: k.report,
	}
	return k
}

var small = sagemaker.TrainParams{
	Image: sagemaker.BuiltIn, Format: "recordio", InstanceCount: 1,
	Hyperparameters: container.Hyperparameters{Parameters: hyper.Parameters{
		Fit: hyper.Fit{
			NumLayers: 20, ImageShape: "3,32,32", Resize: 40, Epochs: 4, MiniBatchSize: 4,
			Optimizer: "sgd", LearningRate: 0.1, LRSchedulerFactor: 0.1, LRSchedulerStep: "2",
			Momentum: 0.9,
		},
		Regularization: hyper.Regularization{
			EarlyStopping: true, EarlyStoppingMin: 2, EarlyStoppingWait: 1,
		},
		PrecisionDtype: "float32",
	}},
}

// training returns a task that trains on 16 images of two classes, and validates on 8.
func (w *world) training(key string, p sagemaker.TrainParams) *task {
	w.t.Helper()
	dataset := filepath.Join(w.t.TempDir(), "dataset.json")
	summary, _ := json.Marshal(frames.Summary{
		Classes: []string{"A", "B"}, Train: []int{8, 8}, Validation: []int{4, 4},
	})
	if err := os.WriteFile(dataset, summary, 0o666); err != nil {
		w.t.Fatal(err)
	}
	params, _ := json.Marshal(p)
	inputs := map[string]string{
		"dataset": dataset, "train": w.records("train.rec", 16),
		"validation": w.records("validation.rec", 8),
	}
	return w.task(key, string(params), inputs)
}

// curve3 is a training that a stand-in replays. The second epoch is the best, and the training
// stops early after the third.
var curve3 = standin.Curve{
	Epochs: []standin.Epoch{
		{Train: 0.5, Validation: 0.25},
		{Train: 0.75, Validation: 0.875},
		{Train: 1, Validation: 0.875},
	},
	Stopped: true, Took: 600 * time.Second,
}

// replay returns the options of a stand-in whose every training has that curve.
func replay(c standin.Curve) standin.Options {
	return standin.Options{Replay: func(standin.Subject) (standin.Curve, bool) { return c, true }}
}

// read decodes an output of a task.
func read[T any](t *testing.T, k *task, name string) T {
	t.Helper()
	var v T
	data, err := os.ReadFile(filepath.Join(k.Out, name))
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// errorMatches reports whether err is nil for a want of "", and otherwise contains want.
func errorMatches(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), want)
}

// broken returns the broken constraints that an error reports, or nil.
func broken(err error) *constraint.Error {
	e, _ := errors.AsType[*constraint.Error](err)
	return e
}
