package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/standin"
	"snellen/steps/train"
)

func TestTrain(t *testing.T) {
	w := newWorld(t, replay(curve3))
	w.settings.Tags = map[string]string{"team": "shelf"}
	k := w.training("a", small)
	if err := w.open(nil).Trainer().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	want := train.Summary{
		Accuracy: 0.875, BestEpoch: 1, LastEpoch: 2, EarlyStopped: true, Train: 16, Validation: 8,
	}
	if got := read[train.Summary](t, k, "summary.json"); got != want {
		t.Errorf("summary is %+v", got)
	}
	curve := read[[]train.Epoch](t, k, "curve.json")
	if len(curve) != 3 {
		t.Fatalf("curve is %+v", curve)
	}
	rate := curve[2].LearningRate
	third := train.Epoch{Epoch: 2, TrainAccuracy: 1, ValidationAccuracy: 0.875, LearningRate: rate}
	if curve[2] != third || rate > 0.011 {
		t.Errorf("curve is %+v", curve)
	}
	job := read[sagemaker.Job](t, k, "job.json")
	if job.Name != sagemaker.JobName(k.Key, 1) || job.Instance != "ml.g5.xlarge" {
		t.Errorf("job is %+v", job)
	}
	if job.Billable < 590 || job.Billable > 86400 || job.BilledUSD <= 0 {
		t.Errorf("job is %+v", job)
	}
	m := read[sagemaker.Model](t, k, "model.json")
	if !slices.Equal(m.Classes, []string{"A", "B"}) {
		t.Errorf("model is %+v", m)
	}
	if len(k.metrics) != 3 || k.metrics[1].Values["validation_accuracy"] != 0.875 {
		t.Errorf("reported %+v", k.metrics)
	}
	w.empty()

	// The same step again, as after a crash before its record: nothing is uploaded and no job is
	// created.
	again := w.training("a", small)
	if err := w.open(nil).Trainer().Run(t.Context(), again.Job); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"summary.json", "curve.json", "model.tar.gz", "job.json"} {
		one, _ := os.ReadFile(filepath.Join(k.Out, name))
		two, err := os.ReadFile(filepath.Join(again.Out, name))
		if err != nil || string(one) != string(two) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
	if n := w.called("CreateTrainingJob"); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
	w.empty()
}

func TestUploadsOnlyMissingFiles(t *testing.T) {
	w := newWorld(t, replay(curve3))
	for _, key := range []string{"a", "b"} {
		k := w.training(key, small)
		if err := w.open(nil).Trainer().Run(t.Context(), k.Job); err != nil {
			t.Fatal(err)
		}
		missing := map[string]string{"a": "2", "b": "0"}[key]
		want := missing + " of 2 files were missing"
		if log := strings.Join(k.log, "\n"); !strings.Contains(log, want) {
			t.Errorf("%s: %q is not in the log", key, want)
		}
	}
}

// TestImages: a dataset of images has four channels.
func TestImages(t *testing.T) {
	w := newWorld(t, replay(curve3))
	k := w.training("a", small)
	p := small
	p.Format = "image"
	for _, set := range []string{"train", "validation"} {
		dir := t.TempDir()
		lst := ""
		for i, n := 0, map[string]int{"train": 16, "validation": 8}[set]; i < n; i++ {
			name := string(rune('a'+i)) + ".jpg"
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, picture(t, uint8(i)), 0o666); err != nil {
				t.Fatal(err)
			}
			lst += fmt.Sprintf("%02d\t%d\t%s\n", i, i%2, name)
		}
		k.Inputs[set], k.Inputs[set+".lst"] = dir, filepath.Join(t.TempDir(), set+".lst")
		if err := os.WriteFile(k.Inputs[set+".lst"], []byte(lst), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	k.Params = w.training("a", p).Params
	if err := w.open(nil).Trainer().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

// TestTwoPeople: two people who apply the same study at once share the job.
func TestTwoPeople(t *testing.T) {
	w := newWorld(t, replay(curve3))
	var all sync.WaitGroup
	for range 2 {
		k, c := w.training("a", small), w.open(nil)
		all.Go(func() {
			if err := c.Trainer().Run(t.Context(), k.Job); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := w.jobs(); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
}

// TestCheckpoints: an attempt continues from the checkpoints of the one before, and the curve holds
// all epochs.
func TestCheckpoints(t *testing.T) {
	w := newWorld(t, replay(curve3))
	w.settings.Spot = true
	w.server.FailResources(standin.ResourceFault{Dies: 2, Times: 1})
	k := w.training("a", small)
	if err := w.open(nil).Trainer().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	got := read[[]train.Epoch](t, k, "curve.json")
	if len(got) != 3 || got[0].Epoch != 0 || got[2].TrainAccuracy != 1 {
		t.Errorf("curve is %+v", got)
	}
	if n := w.called("CreateTrainingJob"); n != 2 {
		t.Errorf("%d jobs were created", n)
	}
	w.empty()
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		fault   standin.ResourceFault
		fail    standin.Fault
		change  func(*specs.SageMaker)
		want    string // in the error; "": it succeeds
		jobs    int
		warning string
	}{
		"capacity": {
			fault: standin.ResourceFault{Capacity: true, Times: 1},
			jobs:  2, warning: "CapacityError",
		},
		"no capacity": {
			fault: standin.ResourceFault{Capacity: true}, jobs: 3, want: "3 jobs failed",
		},
		"user's mistake": {
			fault: standin.ResourceFault{Dies: 1, Reason: "ClientError: no such label"},
			jobs:  1, want: "ClientError: no such label",
		},
		"internal": {
			fault: standin.ResourceFault{Dies: 1, Times: 1, Reason: "InternalServerError: We " +
				"encountered an internal error. Please try again."},
			jobs: 2, warning: "InternalServerError",
		},
		"no spot": {
			fault: standin.ResourceFault{Starved: true, Times: 1},
			change: func(s *specs.SageMaker) {
				s.Spot, s.MaxRuntime, s.MaxWait = true, 9000, 9000
			},
			jobs: 2, warning: "no spot instance",
		},
		"spot taken back": {
			fault:  standin.ResourceFault{Interrupted: []int{1}, Times: 1},
			change: func(s *specs.SageMaker) { s.Spot = true },
			jobs:   1,
		},
		"throttled":   {fail: standin.Throttled("", 3), jobs: 1},
		"unavailable": {fail: standin.Unavailable("DescribeTrainingJob", 2), jobs: 1},
		"cut before":  {fail: standin.Lost("CreateTrainingJob", standin.CutBefore, 1), jobs: 1},
		"cut after":   {fail: standin.Lost("CreateTrainingJob", standin.CutAfter, 1), jobs: 1},
		"cut log":     {fail: standin.Lost("GetLogEvents", standin.CutBefore, 2), jobs: 1},
		"denied":      {fail: standin.Denied("CreateTrainingJob"), jobs: 0, want: "not authorized"},
		"stalled log": {fault: standin.ResourceFault{Stalls: 1, Late: 20 * time.Second}, jobs: 1},
		"lost model":  {fault: standin.ResourceFault{Lost: true}, jobs: 1, want: "fetch s3://"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, replay(curve3))
			w.server.FailResources(c.fault)
			if c.fail.Call != "" || c.fail.Status != 0 {
				w.server.Fail(c.fail)
			}
			if c.change != nil {
				c.change(w.settings)
			}
			k := w.training("a", small)
			err := w.open(nil).Trainer().Run(t.Context(), k.Job)
			if !errorMatches(err, c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			w.server.Heal()
			if n := w.jobs(); n != c.jobs {
				t.Errorf("%d jobs were created, want %d", n, c.jobs)
			}
			if c.warning != "" && !k.warned(c.warning) {
				t.Errorf("warned of %q", k.warnings)
			}
			if c.want == "" {
				got := read[train.Summary](t, k, "summary.json")
				if got.Accuracy != 0.875 || got.LastEpoch != 2 {
					t.Errorf("summary is %+v", got)
				}
			}
			if name != "lost model" {
				w.empty()
			}
		})
	}
}

// TestFinalFailure: a failure that a retry would repeat is reported again without another job,
// until the job is deleted.
func TestFinalFailure(t *testing.T) {
	w := newWorld(t, replay(curve3))
	bad := standin.ResourceFault{Dies: 1, Times: 1, Reason: "AlgorithmError: bad image"}
	w.server.FailResources(bad)
	for range 2 {
		k := w.training("a", small)
		err := w.open(nil).Trainer().Run(t.Context(), k.Job)
		if !errorMatches(err, "bad image") || !strings.Contains(step.Hint(err), "cloud clean") {
			t.Fatal(err)
		}
	}
	if n := w.called("CreateTrainingJob"); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
	c := w.open(nil)
	things, err := c.list(t.Context())
	at := slices.IndexFunc(things, func(x sagemaker.Item) bool { return x.Kind == ledger.Job })
	if err != nil || at < 0 {
		t.Fatal(things, err)
	}
	if err := c.deleteItem(t.Context(), things[at], func(string) {}); err != nil {
		t.Fatal(err)
	}
	k := w.training("a", small)
	if err := c.Trainer().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

func TestMaxRuntime(t *testing.T) {
	w := newWorld(t, replay(curve3))
	w.settings.MaxRuntime = 100
	k := w.training("a", small)
	err := w.open(nil).Trainer().Run(t.Context(), k.Job)
	if err == nil || !strings.Contains(err.Error(), "did not finish within 100 seconds") {
		t.Fatal(err)
	}
	err = w.open(nil).Trainer().Run(t.Context(), w.training("a", small).Job)
	if err == nil || w.called("CreateTrainingJob") != 1 {
		t.Fatalf("%v after %d jobs", err, w.called("CreateTrainingJob"))
	}
	w.settings.MaxRuntime = 86400
	if err := w.open(nil).Trainer().Run(t.Context(), w.training("a", small).Job); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

func TestQuotas(t *testing.T) {
	o := replay(curve3)
	o.Quotas = map[string]float64{
		"ml.g5.xlarge for training job usage": 0, "ml.p3.2xlarge for training job usage": 1,
	}
	w := newWorld(t, o)
	k := w.training("a", small)
	err := w.open(nil).Trainer().Run(t.Context(), k.Job)
	if err == nil || !strings.Contains(err.Error(), "service limit") {
		t.Fatal(err)
	}
	w.empty()
	// The quota allows one job at a time, so the others wait.
	w.settings.Instances = append(w.settings.Instances, "ml.p3.2xlarge")
	var all sync.WaitGroup
	c := w.open(nil)
	for _, key := range []string{"a", "b", "c"} {
		k := w.training(key, small)
		all.Go(func() {
			if err := c.Trainer().Run(t.Context(), k.Job); err != nil {
				t.Error(err)
				return
			}
			job := read[sagemaker.Job](t, k, "job.json")
			if job.Instance != "ml.p3.2xlarge" {
				t.Errorf("trained on %s", job.Instance)
			}
		})
	}
	all.Wait()
	w.empty()
}

// TestInterrupt: the first interrupt leaves the job running, and the next apply waits for it.
func TestInterrupt(t *testing.T) {
	w := newWorld(t, replay(curve3))
	stop := make(chan struct{})
	w.watch = closeAt(stop, "CreateTrainingJob")
	k := w.training("a", small)
	err := w.open(stop).Trainer().Run(t.Context(), k.Job)
	left, ok := errors.AsType[step.Detached](err)
	if !ok || !strings.Contains(string(left), "snellen cloud stop "+sagemaker.JobName(k.Key, 1)) {
		t.Fatal(err)
	}
	if err := w.open(nil).Trainer().Run(t.Context(), w.training("a", small).Job); err != nil {
		t.Fatal(err)
	}
	if n := w.called("CreateTrainingJob"); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
	w.empty()
}

// closeAt returns a watch function that closes stop after the first such call.
func closeAt(stop chan struct{}, call string) func(standin.Moment) {
	once := sync.OnceFunc(func() { close(stop) })
	return func(m standin.Moment) {
		if m.Call == call && m.Done {
			once()
		}
	}
}

// TestStopOnInterrupt: with on_interrupt = "stop" an interrupt stops the job, and the next apply
// starts another.
func TestStopOnInterrupt(t *testing.T) {
	w := newWorld(t, replay(curve3))
	w.settings.OnInterrupt = "stop"
	stop := make(chan struct{})
	w.watch = closeAt(stop, "CreateTrainingJob")
	err := w.open(stop).Trainer().Run(t.Context(), w.training("a", small).Job)
	if _, ok := errors.AsType[step.Detached](err); !ok || w.called("StopTrainingJob") != 1 {
		t.Fatal(err)
	}
	w.empty()
	k := w.training("a", small)
	if err := w.open(nil).Trainer().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	if job := read[sagemaker.Job](t, k, "job.json"); job.Attempt != 2 {
		t.Errorf("job is %+v", job)
	}
}

// TestExpired: credentials expire while a job trains, and a person renews them in their file.
func TestExpired(t *testing.T) {
	w := newWorld(t, replay(curve3))
	store, _ := storage()
	file := os.Getenv("AWS_SHARED_CREDENTIALS_FILE")
	refused := make(chan struct{})
	var once sync.Once
	w.watch = func(m standin.Moment) {
		if m.Call == "CreateTrainingJob" && m.Done {
			w.server.Expire(store.AccessKey)
		}
	}
	k := w.training("a", small)
	report := k.Report
	k.Report = func(p step.Progress) {
		report(p)
		if strings.Contains(p.Warning, "expired") {
			once.Do(func() { close(refused) })
		}
	}
	ended := make(chan error)
	go func() { ended <- w.open(nil).Trainer().Run(t.Context(), k.Job) }()
	select {
	case <-refused:
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	}
	w.server.Renew(store.AccessKey) // the S3 server accepts only these
	w.credentials(file, store.AccessKey, store.SecretKey)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if !k.warned("were renewed") || w.called("CreateTrainingJob") != 1 {
		t.Errorf("warned of %q", k.warnings)
	}
}

// TestCancelled: a cancelled context ends the wait at once, and the job keeps running.
func TestCancelled(t *testing.T) {
	w := newWorld(t, replay(curve3))
	ctx, cancel := context.WithCancel(t.Context())
	w.watch = func(m standin.Moment) {
		if m.Call == "CreateTrainingJob" && m.Done {
			cancel()
		}
	}
	if err := w.open(nil).Trainer().Run(ctx, w.training("a", small).Job); err == nil {
		t.Fatal("it succeeded")
	}
	w.watch = nil
	if err := w.open(nil).Trainer().Run(t.Context(), w.training("a", small).Job); err != nil {
		t.Fatal(err)
	}
	if n := w.jobs(); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
	w.empty()
}

// TestForeignJob: a job of the right name with other hyperparameters is not used.
func TestForeignJob(t *testing.T) {
	w := newWorld(t, replay(curve3))
	if err := w.open(nil).Trainer().Run(t.Context(), w.training("a", small).Job); err != nil {
		t.Fatal(err)
	}
	other := small
	other.Epochs = 5
	err := w.open(nil).Trainer().Run(t.Context(), w.training("a", other).Job)
	if !errorMatches(err, "other hyperparameters") {
		t.Fatal(err)
	}
}

func TestLag(t *testing.T) {
	w := newWorld(t, replay(curve3))
	w.server.Lag(4)
	if err := w.open(nil).Trainer().Run(t.Context(), w.training("a", small).Job); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

func TestTooFewImages(t *testing.T) {
	w := newWorld(t, replay(curve3))
	p := small
	p.MiniBatchSize = 9
	err := w.open(nil).Trainer().Run(t.Context(), w.training("a", p).Job)
	if !errorMatches(err, "fewer than a batch of 9") || w.called("DescribeTrainingJob") > 0 {
		t.Fatal(err)
	}
}
