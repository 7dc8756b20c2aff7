package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"snellen/engine/store"
	"snellen/steps/export/mlflow"
)

// The tags by which runs are found again, and that tells what was sent.
const (
	keyTag     = "snellen.key"
	addressTag = "snellen.address"
	sentTag    = "snellen.sent"
)

// An MLflow is an export to a tracking server.
type MLflow struct {
	Client     *mlflow.Client
	Store      *store.Store
	Experiment string // name
	Spec       string // file name
	Report     []byte // report.md, an artifact of every run
	Progress   func(done, of int)
	Warn       func(string)
}

// Put makes the experiment have a run for each training, with parameters, metrics by epoch, tags and artifacts. A run is
// known by its training's key and address, and left alone where it has all already.
func (m *MLflow) Put(ctx context.Context, list []Training) (Result, error) {
	result := Result{Of: "run"}
	m.Progress(0, len(list)) // a server that does not answer is asked for seconds
	id, err := m.Client.Experiment(ctx, m.Experiment)
	if err != nil {
		return result, fmt.Errorf("the experiment %q: %w", m.Experiment, err)
	}
	for i := range list {
		made, changed, err := m.put(ctx, id, &list[i])
		if err != nil {
			return result, fmt.Errorf("the run of %s: %w", list[i].Address, err)
		}
		if result.Made = append(result.Made, made); changed {
			result.Changed++
		}
		m.Progress(i+1, len(list))
	}
	return result, nil
}

func (m *MLflow) put(ctx context.Context, experiment string, t *Training) (Made, bool, error) {
	name := t.Resolution + "/" + strconv.Itoa(t.Replicate)
	tags := map[string]string{
		keyTag: t.Record.Key().String(), addressTag: t.Address, "snellen.study": t.Study, "mlflow.source.name": m.Spec, "mlflow.note.content": t.about(),
	}
	for _, tool := range t.Tools {
		tags["snellen.tool."+metricName(tool.Name)] = tool.Identity
	}
	run, _, err := m.Client.Run(ctx, experiment, mlflow.NewRun{Name: name, Began: t.began().UnixMilli(), Tags: tags, Identities: []string{keyTag, addressTag}})
	if err != nil {
		return Made{}, false, err
	}
	below, serves := m.Client.Serves(run.Artifacts)
	var files []artifact
	if serves {
		files = m.artifacts(t)
	} else {
		m.Warn(t.Address + ": artifacts were left out, for the server does not serve them itself; start it with --serve-artifacts")
	}
	made := Made{Name: name, Address: t.Address, At: m.Client.Page(experiment, run.ID), Files: len(files)}
	for _, f := range files {
		made.Bytes += f.size
	}
	params, metrics := t.mlflowParams(), t.mlflowMetrics()
	sent := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q %v %q %v", params, metrics, slices.Sorted(maps.Values(tags)), digests(files))))
	if run.Tags[sentTag] == sent {
		return made, false, nil
	}
	if err := m.Client.Log(ctx, run.ID, params, metrics, tags); err != nil {
		return made, false, err
	}
	for _, f := range files {
		if err := f.upload(ctx, m, below); err != nil {
			return made, false, fmt.Errorf("upload %s: %w", f.name, err)
		}
	}
	if err := m.Client.Finish(ctx, run.ID, t.Record.Ended.UnixMilli()); err != nil {
		return made, false, err
	}
	return made, true, m.Client.Log(ctx, run.ID, nil, nil, map[string]string{sentTag: sent}) // last: it says that all is there
}

// maxValue bounds a parameter's text, bytes: older servers take no more.
const maxValue = 500

func (t *Training) mlflowParams() []mlflow.Pair {
	list := []mlflow.Pair{{Key: "resolution", Value: t.Resolution}, {Key: "training", Value: strconv.Itoa(t.Replicate)}}
	for _, p := range t.Params {
		if len(p.Value) > maxValue {
			p.Value = string([]byte(p.Value)[:maxValue-3]) + "..."
		}
		list = append(list, mlflow.Pair{Key: p.Name, Value: p.Value})
	}
	return list
}

func (t *Training) mlflowMetrics() []mlflow.Metric {
	var list []mlflow.Metric
	add := func(name string, value float64, at time.Time, step int) {
		list = append(list, mlflow.Metric{Key: metricName(name), Value: value, Time: at.UnixMilli(), Step: int64(step)})
	}
	for _, p := range t.points() {
		add(p.name, p.value, p.at, p.epoch)
	}
	for _, f := range t.Figures {
		add("result/"+f.Name, f.Value, f.Known, t.last())
	}
	return list
}

// metricName keeps what MLflow takes in a metric's name.
func metricName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./ :", r) {
			return r
		}
		return '_'
	}, name)
}

// An artifact is a file that goes with a run: an object of the store, or bytes.
type artifact struct {
	name   string
	digest store.Digest
	size   int64
	data   []byte // nil: an object
}

func digests(files []artifact) (list []string) {
	for _, f := range files {
		list = append(list, f.name+" "+f.digest.String())
	}
	return list
}

// artifacts are what the training left, its model included, and the study's report.
func (m *MLflow) artifacts(t *Training) []artifact {
	list := []artifact{{"report.md", store.Sum(m.Report), int64(len(m.Report)), m.Report}}
	for _, name := range slices.Sorted(maps.Keys(t.Record.Outputs)) {
		out := t.Record.Outputs[name]
		list = append(list, artifact{name, out.Digest, out.Size, nil})
	}
	return list
}

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
		return os.Open(m.Store.Path(f.digest))
	})
}
