package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"snellen/steps/sagemaker/ledger"
	"snellen/steps/standin"
)

const cloudStudy = `
study "tiny" {}

label "A" { videos = ["A.mp4"] }
label "B" { videos = ["B.mp4"] }

resolution "64x48" {}

dataset { frames = 20 }

hyperparameters {
  num_layers      = 20
  image_shape     = "3,32,32"
  resize          = 40
  epochs          = 4
  mini_batch_size = 8
}

trainer "sagemaker" {
  region        = "us-east-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "BUCKET"
  instance_type = "ml.g5.xlarge"
  max_runtime   = 86400
}

evaluation "shelf" {
  video = "shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "left" {
    rect   = [0, 0, 32, 48]
    expect = "A"
  }
  grade "good" { every_area = 0.8 }
  grade "bad" {}
}
`

// cloudStore is one real S3 server for all tests; each has a bucket of its own.
var cloudStore = sync.OnceValues(func() (*standin.S3, error) {
	cloudStarted = true
	return standin.TemporaryS3(context.Background(), "us-east-1")
})

var cloudStarted bool // cloudStore; read when no test runs any more

// A sky is a stand-in with an account of its own.
type sky struct {
	server *standin.Server
	store  *standin.S3
	bucket string

	mu    sync.Mutex
	calls []string
	jobs  map[string]bool // that were asked for, by name
	watch func(standin.Moment)
}

func (s *sky) moment(m standin.Moment) {
	s.mu.Lock()
	if !m.Done {
		s.calls = append(s.calls, m.Call)
	}
	if m.Call == "CreateTrainingJob" {
		s.jobs[m.Name] = true
	}
	watch := s.watch
	s.mu.Unlock()
	if watch != nil {
		watch(m)
	}
}

// cloudSpeed makes a training of ten minutes one of 60 ms.
const cloudSpeed = 10_000

func newSky(t *testing.T, o standin.Options) *sky {
	t.Helper()
	return newSkyAt(t, o, standin.RunningClock(cloudSpeed))
}

func newSkyAt(t *testing.T, o standin.Options, clock *standin.Clock) *sky {
	t.Helper()
	store, err := cloudStore()
	if err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	s := &sky{store: store, bucket: fmt.Sprintf("b%d", time.Now().UnixNano()),
		jobs: map[string]bool{}}
	if err := store.Bucket(t.Context(), s.bucket); err != nil {
		t.Fatal(err)
	}
	o.Region, o.S3, o.Clock, o.Watch = store.Region, store.Client(), clock, s.moment
	if s.server, err = standin.Start(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.server.Close() })
	return s
}

// environment is what a person would have exported.
func (s *sky) environment() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.server.URL(), "AWS_ENDPOINT_URL_S3=" +
			s.store.URL, "AWS_ACCESS_KEY_ID=" + s.store.AccessKey, "AWS_SECRET_ACCESS_KEY=" +
			s.store.SecretKey,
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" +
			os.DevNull, "AWS_EC2_METADATA_DISABLED=true", "SNELLEN_CLOUD_POLL=20ms",
	}
}

// same answers every crop alike.
type same struct{}

func (same) Classify(context.Context,
	[]byte) ([]float64, error) {
	return []float64{0.75, 0.25}, nil
}
func (same) Close() error { return nil }

func cloudOptions() standin.Options {
	curve := standin.Curve{Epochs: []standin.Epoch{{Train: 0.5, Validation: 0.25},
		{Train: 0.75, Validation: 0.875}, {Train: 1, Validation: 0.75}}, Stopped: true,
		Took: 600 * time.Second}
	return standin.Options{
		Replay: func(standin.Subject) (standin.Curve, bool) { return curve, true },
		Open:   func(context.Context, string) (standin.Classifier, error) { return same{}, nil },
	}
}

// cloudFolder is a folder with the study.
func cloudFolder(t *testing.T, bucket string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	videos, err := drawFootage()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"tiny.hcl": []byte(strings.Replace(cloudStudy, "BUCKET", bucket, 1))}
	for name, data := range videos {
		files[name] = data
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func snellen(dir string, s *sky, args ...string) *exec.Cmd {
	cmd := exec.Command("snellen", args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "SNELLEN_STORE="+filepath.Join(dir, "store"),
		"SNELLEN_WORKER=fake-worker", "NO_COLOR=1"), s.environment()...)
	return cmd
}

func mustRun(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// findings are a report without what differs from run to run.
func findings(t *testing.T, dir string, s *sky) string {
	t.Helper()
	out, err := snellen(dir, s, "report", "-format", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	forget(v)
	data, _ := json.MarshalIndent(v, "", " ")
	return string(data)
}

// forget takes out times, what was paid, and the digests of what contains either.
func forget(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if strings.Contains(name, "seconds") && name != "leakage_seconds" || name == "cloud" ||
				name == "steps" || name == "remarks" {
				delete(v, name)
				continue
			}
			forget(inner)
		}
	case []any:
		for _, inner := range v {
			forget(inner)
		}
	}
}

// nothingLeft wants an account that costs nothing, one job in it, and a journal that knows so.
func (s *sky) nothingLeft(t *testing.T, dir string, jobs int) {
	t.Helper()
	if h := s.server.Holding(); !h.Empty() {
		t.Errorf("left in the account: %+v", h)
	}
	if misuse := s.server.Misuse(); len(misuse) > 0 {
		t.Errorf("misuse: %v", misuse)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.jobs) != jobs {
		t.Errorf("jobs were %v, want %d", s.jobs, jobs)
	}
	live, _, err := ledger.Open(filepath.Join(dir, "store", "cloud")).Live()
	if err != nil || len(live) > 0 {
		t.Errorf("left in the journal: %v, %v", live, err)
	}
}

// makers are the calls that change something: the program is killed before they have had their
// effect, and after it.
var makers = []string{"CreateTrainingJob", "CreateModel", "CreateEndpointConfig", "CreateEndpoint",
	"InvokeEndpoint", "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"}

// TestKilledAtEveryCall kills the program at each of its calls to the service, one after the other.
// The next apply makes no second job, leaves nothing behind, and finds the same.
func TestKilledAtEveryCall(t *testing.T) {
	first := newSky(t, cloudOptions())
	dir := cloudFolder(t, first.bucket)
	mustRun(t, snellen(dir, first, "apply", "-auto-approve"))
	first.nothingLeft(t, dir, 1)
	want := findings(t, dir, first)
	local := localSteps(t, dir, first.bucket)
	calls := len(first.calls)
	t.Logf("%d calls: %v", calls, first.calls)

	places := make(chan struct{}, 3)
	var all sync.WaitGroup
	try := func(name string, at func(*sky, func()) func(standin.Moment)) {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			t.Run(name, func(t *testing.T) { killedAt(t, local, first.bucket, want, at) })
		})
	}
	for n := 1; n <= calls; n++ {
		try(fmt.Sprintf("before call %d", n), func(s *sky, kill func()) func(standin.Moment) {
			s.server.Fail(standin.Fault{After: n - 1, Times: 1, Cut: standin.CutBefore})
			return func(m standin.Moment) {
				if m.Count == n && !m.Done {
					kill()
				}
			}
		})
	}
	for _, call := range makers {
		try("after "+call, func(_ *sky, kill func()) func(standin.Moment) {
			once := sync.OnceFunc(kill)
			return func(m standin.Moment) {
				if m.Call == call && m.Done {
					once()
				}
			}
		})
	}
	all.Wait()
}

// localSteps is a folder whose store has all but what comes from the cloud.
func localSteps(t *testing.T, dir, bucket string) string {
	t.Helper()
	local := cloudFolder(t, bucket)
	s := newSky(t, cloudOptions())
	s.server.Fail(standin.Denied(""))
	out, err := snellen(local, s, "apply", "-auto-approve").CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	return local
}

func killedAt(t *testing.T, local, bucket, want string, at func(*sky,
	func()) func(standin.Moment)) {
	s := newSky(t, cloudOptions())
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(local)); err != nil {
		t.Fatal(err)
	}
	cmd := snellen(dir, s, "apply", "-auto-approve")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	s.watch = at(s, func() { cmd.Process.Kill() })
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// killed, or at its end before the call came: how often it asks is not always the same
	cmd.Wait()
	s.mu.Lock()
	s.watch = nil
	s.mu.Unlock()
	s.server.Heal()
	mustRun(t, snellen(dir, s, "apply", "-auto-approve"))
	s.nothingLeft(t, dir, 1)
	if got := findings(t, dir, s); got != want {
		t.Errorf("found\n%s\nwant\n%s", got, want)
	}
}

// TestCloudInterrupted: the first interrupt leaves the job, and says how to follow it and how to
// end it.
func TestCloudInterrupted(t *testing.T) {
	s := newSky(t, cloudOptions())
	dir := cloudFolder(t, s.bucket)
	cmd := snellen(dir, s, "apply", "-auto-approve")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	once := sync.OnceFunc(func() { cmd.Process.Signal(os.Interrupt) })
	s.watch = func(m standin.Moment) {
		if m.Call == "CreateTrainingJob" && m.Done {
			once()
		}
	}
	err := cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok ||
		failed.ExitCode() != exitInterrupted {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, words := range []string{"still running in us-east-1; to follow it, apply again; " +
		"to stop it, type: snellen cloud stop snellen-", "Interrupted. What is done is kept"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("%q is not in\n%s", words, out.String())
		}
	}
	mustRun(t, snellen(dir, s, "apply", "-auto-approve"))
	s.nothingLeft(t, dir, 1)
}

// TestCloudCommands: a person looks at the account, stops a job, and cleans up.
func TestCloudCommands(t *testing.T) {
	s := newSky(t, cloudOptions())
	dir := cloudFolder(t, s.bucket)
	if out := mustRun(t, snellen(dir, s, "cloud", "check")); !strings.Contains(out,
		"+ credentials") || strings.Contains(out, s.store.SecretKey) {
		t.Errorf("check says\n%s", out)
	}
	if out := mustRun(t, snellen(dir, s, "cloud", "list")); !strings.Contains(out,
		"nothing in the cloud") {
		t.Errorf("list says\n%s", out)
	}
	out := mustRun(t, snellen(dir, s, "apply", "-auto-approve"))
	if !strings.Contains(out, "Cloud: at most") {
		t.Errorf("apply says\n%s", out)
	}
	t.Logf("apply prints\n%s", out)
	out = mustRun(t, snellen(dir, s, "plan", "-replace", "64x48/train"))
	if head, _, _ := strings.Cut(out, "\n"); !strings.HasSuffix(head, " train  judge  evaluate") {
		t.Errorf("the plan's columns are not what addresses say:\n%s", out)
	}
	out = mustRun(t, snellen(dir, s, "cloud", "list", "tiny.hcl"))
	t.Logf("list prints\n%s", out)
	for _, word := range []string{"training-job", "Completed", "64x48/train", "record",
		"It costs 0.00 USD an hour"} {
		if !strings.Contains(out, word) {
			t.Errorf("list lacks %q:\n%s", word, out)
		}
	}
	if out := mustRun(t, snellen(dir, s, "cloud", "clean", "-keys",
		"-dry-run")); !strings.Contains(out, "would delete s3 jobs/") {
		t.Errorf("clean says\n%s", out)
	}
	var job string
	for name := range s.jobs {
		job = name
	}
	mustRun(t, snellen(dir, s, "cloud", "clean", job))
	if out := mustRun(t, snellen(dir, s, "cloud", "list")); strings.Contains(out, job) {
		t.Errorf("what was cleaned is listed:\n%s", out)
	}
	if out, err := snellen(dir, s, "cloud", "stop", job).CombinedOutput(); err == nil ||
		!bytes.Contains(out, []byte("not found")) {
		t.Errorf("stopping what is gone: %v\n%s", err, out)
	}
}

// TestNoSecrets: no file that a run leaves, and nothing that it prints, holds a credential.
func TestNoSecrets(t *testing.T) {
	s := newSky(t, cloudOptions())
	dir := cloudFolder(t, s.bucket)
	for _, args := range [][]string{{"validate"}, {"plan"}, {"apply", "-auto-approve"},
		{"cloud", "list"}, {"cloud", "check"}} {
		if out := mustRun(t, snellen(dir, s, args...)); strings.Contains(out, s.store.SecretKey) ||
			strings.Contains(out, "Signature") {
			t.Errorf("%v prints a secret:\n%s", args, out)
		}
	}
	filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || bytes.Contains(data, []byte(s.store.SecretKey)) ||
			bytes.Contains(data, []byte(s.store.AccessKey+"\"")) {
			t.Errorf("%s holds a credential, %v", path, err)
		}
		return nil
	})
}

// TestBudget: a plan that could cost more is refused before anything is run, with the sum.
func TestBudget(t *testing.T) {
	s := newSky(t, cloudOptions())
	dir := cloudFolder(t, s.bucket)
	spec := filepath.Join(dir, "tiny.hcl")
	study, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(spec, append(slices.Clone(study), text...), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("budget { max_usd = 20 }\n")
	out, err := snellen(dir, s, "apply", "-auto-approve").CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 1 ||
		!bytes.Contains(out, []byte("33.91 USD, more than the budget of 20.00 USD (tiny.hcl:")) {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(s.calls) > 0 {
		t.Errorf("calls were %v", s.calls)
	}
	write("budget {\n  max_usd = 40\n  live = true\n}\n")
	mustRun(t, snellen(dir, s, "apply", "-auto-approve"))
	s.nothingLeft(t, dir, 1)
}
