package client

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/standin"
)

// bySum is a model whose answer depends on the image, so that an answer in the wrong place shows.
type bySum struct{ asked *atomic.Int32 }

func (b bySum) Classify(_ context.Context, image []byte) ([]float64, error) {
	b.asked.Add(1)
	p := float64(sumOf(image)%1000) / 1000
	return []float64{p, 1 - p}, nil
}

func (bySum) Close() error { return nil }

func sumOf(image []byte) (n int) {
	for _, b := range image {
		n += int(b)
	}
	return n
}

// judging returns a world whose endpoints serve bySum, and the number of images asked about.
func judging(t *testing.T) (*world, *atomic.Int32) {
	var asked atomic.Int32
	open := func(context.Context, string) (standin.Classifier, error) { return bySum{&asked}, nil }
	return newWorld(t, standin.Options{Open: open}), &asked
}

// judged returns a task that asks about ten crops. An endpoint of "" makes one for the task.
func (w *world) judged(key, endpoint string) *task {
	w.t.Helper()
	model := filepath.Join(w.t.TempDir(), "model.tar.gz")
	if err := os.WriteFile(model, pack(w.t), 0o666); err != nil {
		w.t.Fatal(err)
	}
	params, _ := json.Marshal(sagemaker.JudgeParams{
		Image: sagemaker.BuiltIn, Endpoint: endpoint, Classes: 2,
	})
	inputs := map[string]string{"crops": w.records("crops.rec", 10), "model": model}
	k := w.task(key, string(params), inputs)
	k.Address = "64x48/judge/shelf"
	return k
}

func answers(t *testing.T, k *task) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(k.Out, "probabilities.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestJudge(t *testing.T) {
	w, asked := judging(t)
	k := w.judged("a", "")
	if err := w.open(nil).Judge().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(answers(t, k)), "\n")
	if len(lines) != 10 || asked.Load() != 10 {
		t.Fatalf("%d answers to %d questions", len(lines), asked.Load())
	}
	for i, line := range lines {
		var got []float64
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if want := float64(sumOf(picture(t, uint8(i)))%1000) / 1000; got[0] != want {
			t.Errorf("crop %d: %v, want %g", i, got, want)
		}
	}
	w.empty()
}

func TestJudgeServerless(t *testing.T) {
	w, _ := judging(t)
	w.settings.Serving = specs.Serving{MemoryMB: 2048, Concurrency: 2, Parallel: 4, MaxWait: 600}
	w.server.Fail(standin.NotReady(3))
	if err := w.open(nil).Judge().Run(t.Context(), w.judged("a", "").Job); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

// TestJudgeFailures: whatever happens, nothing is left that costs anything.
func TestJudgeFailures(t *testing.T) {
	for name, c := range map[string]struct {
		faults []standin.Fault
		fault  standin.ResourceFault
		want   string
	}{
		"throttled": {faults: []standin.Fault{
			standin.Throttled("InvokeEndpoint", 5), standin.Throttled("DeleteEndpoint", 2),
			standin.Throttled("CreateModel", 2),
		}},
		"cut connection": {faults: []standin.Fault{
			standin.Lost("InvokeEndpoint", standin.CutAfter, 3),
			standin.Lost("CreateEndpoint", standin.CutAfter, 1),
			standin.Lost("DeleteModel", standin.CutAfter, 1),
		}},
		"unavailable": {faults: []standin.Fault{
			standin.Unavailable("InvokeEndpoint", 4), standin.Broken("DescribeEndpoint", 2),
		}},
		"model broke once": {faults: []standin.Fault{standin.ModelBroken(2)}},
		"model is broken": {
			faults: []standin.Fault{standin.ModelBroken(0)}, want: "the model answers 500",
		},
		"denied": {
			faults: []standin.Fault{standin.Denied("CreateEndpoint")}, want: "not authorized",
		},
		"no config": {
			faults: []standin.Fault{standin.Denied("CreateEndpointConfig")}, want: "not authorized",
		},
		"no capacity": {fault: standin.ResourceFault{Capacity: true}, want: "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := judging(t)
			w.server.Fail(c.faults...)
			w.server.FailResources(c.fault)
			k := w.judged("a", "")
			err := w.open(nil).Judge().Run(t.Context(), k.Job)
			if !errorMatches(err, c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			w.empty()
		})
	}
}

// TestJudgeLag: a resource that was just created is not listed yet. It is neither created twice nor
// forgotten.
func TestJudgeLag(t *testing.T) {
	w, _ := judging(t)
	w.server.Lag(3)
	if err := w.open(nil).Judge().Run(t.Context(), w.judged("a", "").Job); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

// TestDeletionOrder: the endpoint is deleted first, and once it is gone its configuration and the
// model.
func TestDeletionOrder(t *testing.T) {
	w, _ := judging(t)
	var order []string
	w.watch = func(m standin.Moment) {
		if m.Done && strings.HasPrefix(m.Call, "Delete") {
			w.mu.Lock()
			defer w.mu.Unlock()
			order = append(order, m.Call)
		}
	}
	if err := w.open(nil).Judge().Run(t.Context(), w.judged("a", "").Job); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []string{"DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"}) {
		t.Errorf("deleted in the order %v", order)
	}
	w.empty()
}

// TestForeignEndpoint: an endpoint that exists already is asked, and is not deleted.
func TestForeignEndpoint(t *testing.T) {
	w, asked := judging(t)
	c := w.open(nil)
	err := w.open(nil).Judge().Run(t.Context(), w.judged("a", "theirs").Job)
	if err == nil || !strings.Contains(err.Error(), "theirs") {
		t.Fatal(err)
	}
	model := w.judged("a", "")
	from, err := c.hashFile(model.Inputs["model"], "model.tar.gz")
	if err == nil {
		err = c.upload(t.Context(), []source{from}, model.report)
	}
	if err != nil {
		t.Fatal(err)
	}
	v := &serving{
		cloud: c, name: "theirs", key: strings.Repeat("f", 64),
		warn: func(string) {}, release: func() {},
	}
	image, _ := sagemaker.TrainingImage(sagemaker.BuiltIn, region)
	if err := v.create(t.Context(), image, c.uri(from.key)); err != nil {
		t.Fatal(err)
	}
	k := w.judged("b", "theirs")
	if err := w.open(nil).Judge().Run(t.Context(), k.Job); err != nil {
		t.Fatal(err)
	}
	pictures := [][]byte{picture(t, 1), picture(t, 2)}
	got, err := w.open(nil).classify(t.Context(), "theirs", 2, pictures)
	if err != nil || len(got) != 2 || len(got[1]) != 2 {
		t.Errorf("live answers are %v, %v", got, err)
	}
	if h := w.server.Holding(); asked.Load() != 12 || len(h.Endpoints) != 1 {
		t.Errorf("%d questions, %+v", asked.Load(), h)
	}
	if w.called("CreateEndpoint") != 1 || w.called("DeleteEndpoint") != 0 {
		t.Error("an endpoint was created or deleted")
	}
	if err := v.remove(t.Context()); err != nil {
		t.Error(err)
	}
	w.empty()
}

// TestJudgeInterrupted: a first interrupt while waiting for the endpoint, and a cancelled context
// while asking it, both leave nothing.
func TestJudgeInterrupted(t *testing.T) {
	w, _ := judging(t)
	stop := make(chan struct{})
	w.watch = closeAt(stop, "CreateEndpoint")
	err := w.open(stop).Judge().Run(t.Context(), w.judged("a", "").Job)
	if _, ok := errors.AsType[step.Detached](err); !ok {
		t.Errorf("error is %v", err)
	}
	w.empty()

	ctx, cancel := context.WithCancel(t.Context())
	w.watch = func(m standin.Moment) {
		if m.Call == "InvokeEndpoint" {
			cancel()
		}
	}
	err = w.open(nil).Judge().Run(ctx, w.judged("b", "").Job)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	w.empty()
}

// TestSweep: what a crash left is in the ledger. The same step takes it over, or a sweep deletes
// it.
func TestSweep(t *testing.T) {
	w, _ := judging(t)
	c := w.open(nil)
	k := w.judged("a", "")
	from, err := c.hashFile(k.Inputs["model"], "model.tar.gz")
	if err == nil {
		err = c.upload(t.Context(), []source{from}, k.report)
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.newServing(t.Context(), k.Key, k.Address, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	image, _ := sagemaker.TrainingImage(sagemaker.BuiltIn, region)
	if err := v.create(t.Context(), image, c.uri(from.key)); err != nil {
		t.Fatal(err)
	}
	if list, _, err := sagemaker.Orphans(w.dir); err != nil || len(list) > 0 {
		t.Fatalf("an endpoint in use is an orphan: %v, %v", list, err)
	}
	v.release() // as the system does when a process dies

	made := map[string]bool{}
	w.watch = func(m standin.Moment) {
		if m.Call == "CreateEndpoint" {
			w.mu.Lock()
			defer w.mu.Unlock()
			made[m.Name] = true
		}
	}
	again := w.open(nil)
	if err := again.Judge().Run(t.Context(), w.judged("a", "").Job); err != nil { // takes it over
		t.Fatal(err)
	}
	if len(made) != 1 || !made[v.name] {
		t.Errorf("endpoints are %v", made)
	}
	w.empty()

	if v, err = c.newServing(t.Context(), k.Key, k.Address, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if err := v.create(t.Context(), image, c.uri(from.key)); err != nil {
		t.Fatal(err)
	}
	v.release()
	list, _, err := sagemaker.Orphans(w.dir)
	if err != nil || len(list) != 3 {
		t.Fatalf("orphans are %v, %v", list, err)
	}
	if err := again.deleteOrphans(t.Context(), list, func(string) {}); err != nil {
		t.Fatal(err)
	}
	w.empty()
}

func TestList(t *testing.T) {
	w, _ := judging(t)
	w.settings.Tags = map[string]string{"team": ""}
	c := w.open(nil)
	key := strings.Repeat("a", 64)
	v, err := c.newServing(t.Context(), key, "64x48/judge/shelf é|", func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	k := w.judged("a", "")
	from, _ := c.hashFile(k.Inputs["model"], "model.tar.gz")
	if err := c.upload(t.Context(), []source{from}, k.report); err != nil {
		t.Fatal(err)
	}
	image, _ := sagemaker.TrainingImage(sagemaker.BuiltIn, region)
	if err := v.create(t.Context(), image, c.uri(from.key)); err != nil {
		t.Fatal(err)
	}
	stranger := "snellen-of-somebody-else"
	container := types.ContainerDefinition{Image: &image, ModelDataUrl: aws.String(c.uri(from.key))}
	if _, err := c.api().CreateModel(t.Context(), &api.CreateModelInput{
		ModelName: &stranger, ExecutionRoleArn: &w.settings.RoleARN, PrimaryContainer: &container,
	}); err != nil {
		t.Fatal(err)
	}
	things, err := c.list(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]sagemaker.Item{}
	for _, x := range things {
		found[x.Kind] = x
		if x.Name == stranger {
			t.Error("a stranger's model is listed")
		}
	}
	p := found[ledger.Endpoint]
	if p.USD != 0.23 || p.Key != key || p.Status != "InService" {
		t.Errorf("endpoint is %+v", p)
	}
	if p.Address != "64x48/judge/shelf é_" {
		t.Errorf("the endpoint's address is %q", p.Address)
	}
	if len(found) != 4 || found[sagemaker.Keys].Objects != 1 {
		t.Errorf("things are %+v", things)
	}
	v.release()
	for _, kind := range []string{ledger.Endpoint, sagemaker.Keys} {
		if err := c.deleteItem(t.Context(), found[kind], func(string) {}); err != nil {
			t.Error(err)
		}
	}
	model := &api.DeleteModelInput{ModelName: &stranger}
	if _, err := c.api().DeleteModel(t.Context(), model); err != nil {
		t.Error(err)
	}
	if things, err = c.list(t.Context()); err != nil || len(things) > 0 {
		t.Errorf("left are %+v, %v", things, err)
	}
	w.empty()
}

func TestCheckAccount(t *testing.T) {
	w, _ := judging(t)
	for _, f := range w.open(nil).checkAccount(t.Context()) {
		if f.Error != "" {
			t.Errorf("%s: %v", f.What, f.Error)
		}
	}
	w.settings.RoleARN = "arn:aws:iam::210987654321:role/SageMaker"
	w.settings.Bucket = "there-is-none"
	w.settings.InstanceCount = 100
	bad := map[string]bool{}
	for _, f := range w.open(nil).checkAccount(t.Context()) {
		bad[f.What] = bad[f.What] || f.Error != ""
	}
	for _, what := range []string{"role", "bucket", "quota"} {
		if !bad[what] {
			t.Errorf("a bad %s is not reported", what)
		}
	}
}

func TestLivePrices(t *testing.T) {
	w, _ := judging(t)
	table, err := w.open(nil).livePrices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one, ok := table.HourlyRate(region, "ml.g5.xlarge", "training")
	two, known := table.HourlyRate(region, "ml.m5.xlarge", "hosting")
	if one != 1.408 || two != 0.23 || !ok || !known {
		t.Errorf("%+v", table)
	}
}
