package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"snellen/engine/regular"
	"snellen/engine/store"
	"snellen/steps/export/mlflow"
)

// Tags of a run. The first two identify it; sentTag holds a hash of what was sent, and is set last.
const (
	keyTag     = "snellen.key"
	addressTag = "snellen.address"
	sentTag    = "snellen.sent"
)

// An MLflow is an export to a tracking server. Progress and Warn must not be nil.
type MLflow struct {
	Client     *mlflow.Client
	Store      *store.Store
	Experiment string             // name
	Spec       string             // name of the spec file
	Report     []byte             // report.md, an artifact of every run
	Page       []byte             // report.html, too
	Progress   func(done, of int) // counts runs
	Warn       func(string)
}

// Put writes a run for each training to the experiment: parameters, metrics by epoch, tags and
// artifacts. It finds an existing run by the training's key and address, and leaves it alone if it
// is up to date.
func (m *MLflow) Put(ctx context.Context, list []Training) (Result, error) {
	result := Result{Unit: "run"}
	m.Progress(0, len(list)) // shown while the client waits for a server that does not answer
	id, err := m.Client.Experiment(ctx, m.Experiment)
	if err != nil {
		return result, fmt.Errorf("the experiment %q: %w", m.Experiment, err)
	}
	for i := range list {
		made, changed, err := m.put(ctx, id, &list[i])
		if err != nil {
			return result, fmt.Errorf("the MLflow run of %s: %w", list[i].Address, err)
		}
		if result.Items = append(result.Items, made); changed {
			result.Changed++
		}
		m.Progress(i+1, len(list))
	}
	return result, nil
}

// put writes one training's run and reports whether anything was sent.
func (m *MLflow) put(ctx context.Context, experiment string, t *Training) (Item, bool, error) {
	r := mlflowRun{params: t.mlflowParams(), metrics: t.mlflowMetrics(), tags: m.tags(t)}
	name := t.Resolution + "/" + strconv.Itoa(t.Replicate)
	run, _, err := m.Client.Run(ctx, experiment, mlflow.NewRun{
		Name: name, Started: t.started().UnixMilli(), Tags: r.tags,
		IdentityTags: []string{keyTag, addressTag},
	})
	if err != nil {
		return Item{}, false, err
	}
	var ok bool
	if r.artifactPath, ok = m.Client.ArtifactPath(run.Artifacts); ok {
		r.artifacts = m.artifacts(t)
	} else {
		m.Warn(t.Address + ": artifacts were left out: the server does not serve them itself; " +
			"start it with --serve-artifacts")
	}
	made := Item{
		Name: name, Address: t.Address, At: m.Client.RunURL(experiment, run.ID),
		Files: len(r.artifacts),
	}
	for _, a := range r.artifacts {
		made.Bytes += a.size
	}
	sent := r.hash()
	if run.Tags[sentTag] == sent {
		return made, false, nil
	}
	// They are read only now: if nothing is sent, the model may be gone from the store.
	if len(r.artifacts) > 0 {
		licences, err := m.licences(t)
		if err != nil {
			return made, false, err
		}
		r.artifacts = append(r.artifacts, licences...)
	}
	if err := m.send(ctx, run.ID, r, t.Record.Ended); err != nil {
		return made, false, err
	}
	// The tag is set last: a run without it is sent again.
	return made, true, m.Client.Log(ctx, run.ID, nil, nil, map[string]string{sentTag: sent})
}

// tags returns the tags of a training's run.
func (m *MLflow) tags(t *Training) map[string]string {
	tags := map[string]string{
		keyTag: t.Record.Key().String(), addressTag: t.Address, "snellen.study": t.Study,
		"mlflow.source.name": m.Spec, "mlflow.note.content": t.description(),
	}
	for _, tool := range t.Tools {
		tags["snellen.tool."+metricName(tool.Name)] = tool.Identity
	}
	return tags
}

// An mlflowRun is what a run is to have.
type mlflowRun struct {
	params       []mlflow.Pair
	metrics      []mlflow.Metric
	tags         map[string]string
	artifacts    []artifact
	artifactPath string // on the server
}

// hash returns a hash of all that is sent for the run.
func (r *mlflowRun) hash() string {
	text := fmt.Appendf(nil, "%q %v %q %v", r.params, r.metrics, slices.Sorted(maps.Values(r.tags)),
		digests(r.artifacts))
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// send sends a run that ended at that time.
func (m *MLflow) send(ctx context.Context, id string, r mlflowRun, ended time.Time) error {
	if err := m.Client.Log(ctx, id, r.params, r.metrics, r.tags); err != nil {
		return err
	}
	for _, a := range r.artifacts {
		if err := a.upload(ctx, m, r.artifactPath); err != nil {
			return fmt.Errorf("upload %s: %w", a.name, err)
		}
	}
	return m.Client.Finish(ctx, id, ended.UnixMilli())
}

// maxValue is the longest value of a parameter in bytes: older servers refuse more.
const maxValue = 500

// mlflowParams returns the run's parameters: which training it is, and what the training depends
// on.
func (t *Training) mlflowParams() []mlflow.Pair {
	list := []mlflow.Pair{
		{Key: "resolution", Value: t.Resolution}, {
			Key: "training", Value: strconv.Itoa(t.Replicate),
		},
	}
	for _, p := range t.Params {
		if len(p.Value) > maxValue {
			p.Value = string([]byte(p.Value)[:maxValue-3]) + "..."
		}
		list = append(list, mlflow.Pair{Key: p.Name, Value: p.Value})
	}
	return list
}

// mlflowMetrics returns the figures of all epochs, and the training's results at its last epoch.
func (t *Training) mlflowMetrics() []mlflow.Metric {
	var list []mlflow.Metric
	add := func(name string, value float64, at time.Time, step int) {
		list = append(list, mlflow.Metric{
			Key: metricName(name), Value: value, Time: at.UnixMilli(), Step: int64(step),
		})
	}
	for _, p := range t.points() {
		add(p.name, p.value, p.at, p.epoch)
	}
	for _, f := range t.Figures {
		add("result/"+f.Name, f.Value, f.Known, t.last())
	}
	return list
}

// metricName replaces the characters that MLflow refuses in a metric's name.
func metricName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./ :", r) {
			return r
		}
		return '_'
	}, name)
}

// An artifact is a file of a run: an object of the store, or bytes.
type artifact struct {
	name   string
	digest store.Digest
	size   int64
	data   []byte // nil for an object
}

// digests returns the artifacts' names with their digests.
func digests(files []artifact) (list []string) {
	for _, f := range files {
		list = append(list, f.name+" "+f.digest.String())
	}
	return list
}

// artifacts returns the study's report, as text and as a page, and the training's outputs, which
// include its model.
func (m *MLflow) artifacts(t *Training) []artifact {
	list := []artifact{{"report.md", store.Sum(m.Report), int64(len(m.Report)), m.Report},
		{"report.html", store.Sum(m.Page), int64(len(m.Page)), m.Page}}
	for _, name := range slices.Sorted(maps.Keys(t.Record.Outputs)) {
		out := t.Record.Outputs[name]
		list = append(list, artifact{name, out.Digest, out.Size, nil})
	}
	return list
}

// licences returns the licences that go with a training's model. They follow from its outputs.
func (m *MLflow) licences(t *Training) ([]artifact, error) {
	model, err := t.localModel(m.Store)
	if text := licencesOf(model); text != nil {
		return []artifact{{licenceName, store.Sum(text), int64(len(text)), text}}, nil
	}
	return nil, err
}

// upload sends an artifact to a path on the server. An object is checked first, so that a damaged
// one is not passed on.
func (f artifact) upload(ctx context.Context, m *MLflow, below string) error {
	if f.data == nil {
		if err := m.Store.Check(store.Output{Digest: f.digest, Size: f.size}); err != nil {
			return err
		}
	}
	return m.Client.Upload(ctx, below, f.name, f.size, func() (io.ReadCloser, error) {
		if f.data != nil {
			return io.NopCloser(bytes.NewReader(f.data)), nil
		}
		return regular.Open(m.Store.Path(f.digest))
	})
}
