package export

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/steps/report/document"
	"snellen/steps/train"
)

var noon = time.Date(2020, 4, 1, 12, 0, 0, 0, time.UTC)

// trainings returns two trainings of one resolution, and one of a resolution whose name is not a
// valid path.
func trainings() []Training {
	one := Training{
		Study: "snacks", Resolution: "320x240", Replicate: 1, Address: "320x240/train",
		Record: store.Record{
			Manifest: "manifest 1\nkind train 1\n", Took: time.Minute, Ended: noon,
		},
		Params: []Param{{"early_stopping", "true"}, {"learning_rate", "0.1"}, {"optimizer", "sgd"}},
		Tools:  []document.Tool{{Name: "libtorch", Identity: "1.13.1 cpu"}},
		Curve: []train.Epoch{
			{Epoch: 0, TrainAccuracy: 0.5, ValidationAccuracy: 0.25, Loss: 1.5, LearningRate: 0.1},
			{
				Epoch: 1, TrainAccuracy: 0.75, ValidationAccuracy: 0.875, Loss: 0.5,
				LearningRate: 0.1,
			},
		},
		Figures: []Figure{
			{"accuracy", 0.875, noon}, {"detection_rate/shelf", 0.75, noon.Add(time.Hour)},
		},
		Measures: map[int]journal.Measure{
			0: {
				Time:    noon.Add(-40 * time.Second),
				Metrics: step.Metrics{Values: map[string]float64{"images_per_second": 250}},
			},
			1: {
				Time:    noon.Add(-10 * time.Second),
				Metrics: step.Metrics{Values: map[string]float64{"images_per_second": 260}},
			},
		},
	}
	two, odd := one, one
	two.Replicate, two.Address, two.Measures = 2, "320x240/train/2", nil
	odd.Resolution, odd.Address = "..: größte <b>", "..: größte <b>/train"
	return []Training{one, two, odd}
}

const readEvents = `
import json, os, sys
from tensorboard.backend.event_processing import plugin_event_multiplexer as event_multiplexer
from tensorboard.plugins.hparams import metadata
m = event_multiplexer.EventMultiplexer()
m.AddRunsFromDirectory(sys.argv[1]); m.Reload()
out = {}
for run in m.Runs():
    a = m.GetAccumulator(run)
    start = metadata.parse_session_start_info_plugin_data(a.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content)
    end = metadata.parse_session_end_info_plugin_data(a.SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data.content)
    out[run] = {
        "points": [[tag, e.step, e.wall_time, e.tensor_proto.float_val[0]] for tag in sorted(m.PluginRunToTagToContent("scalars")[run]) for e in a.Tensors(tag)],
        "text": [a.Tensors(tag)[0].tensor_proto.string_val[0].decode() for tag in m.PluginRunToTagToContent("text")[run]],
        "group": start.group_name, "rate": start.hparams["learning_rate"].number_value, "stops": start.hparams["early_stopping"].bool_value,
        "optimizer": start.hparams["optimizer"].string_value, "status": end.status, "ended": end.end_time_secs,
    }
json.dump(out, sys.stdout)
`

// The real TensorBoard reads the event files and finds every figure in its place.
func TestTensorBoardReadsIt(t *testing.T) {
	python := python(t, "tensorboard")
	dir := filepath.Join(t.TempDir(), "logs")
	if _, err := TensorBoard(dir, trainings()); err != nil {
		t.Fatal(err)
	}
	var got map[string]struct {
		Points    [][4]any
		Text      []string
		Group     string
		Rate      float64
		Stops     bool
		Optimizer string
		Status    int
		Ended     float64
	}
	if err := json.Unmarshal(runPython(t, python, readEvents, dir), &got); err != nil {
		t.Fatal(err)
	}
	one, two := got["320x240/1"], got["320x240/2"]
	if len(got) != 3 || len(one.Points) != 12 || len(two.Points) != 10 {
		t.Fatalf("%d runs, with %d and %d points", len(got), len(one.Points), len(two.Points))
	}
	at := func(d time.Duration) float64 { return float64(noon.Add(d).Unix()) }
	for i, want := range [][4]any{
		{"accuracy/train", 0.0, at(-40 * time.Second), 0.5},
		{"accuracy/train", 1.0, at(-10 * time.Second), 0.75},
		{"accuracy/validation", 0.0, at(-40 * time.Second), 0.25},
		{"accuracy/validation", 1.0, at(-10 * time.Second), 0.875},
		{"images_per_second", 0.0, at(-40 * time.Second), 250.0},
	} {
		if one.Points[i] != want {
			t.Errorf("point %d is %v, want %v", i, one.Points[i], want)
		}
	}
	if last := one.Points[11]; last != [4]any{"result/detection_rate/shelf", 1.0, at(time.Hour),
		0.75} {
		t.Errorf("the last point is %v", last)
	}
	if one.Group != "320x240" || one.Rate != 0.1 || !one.Stops || one.Optimizer != "sgd" ||
		one.Status != 1 || one.Ended != at(0) {
		t.Errorf("hparams: %+v", one)
	}
	if len(one.Text) != 1 || one.Text[0] != trainings()[0].description() {
		t.Errorf("text: %q", one.Text)
	}
}

func TestTheSameTrainingsGiveTheSameBytes(t *testing.T) {
	var all [2][]byte
	for i := range all {
		dir := t.TempDir()
		if _, err := TensorBoard(dir, trainings()); err != nil {
			t.Fatal(err)
		}
		for _, name := range runNames(trainings()) {
			data, err := os.ReadFile(filepath.Join(dir, name, "events.out.tfevents.snellen"))
			if err != nil {
				t.Fatal(err)
			}
			all[i] = append(all[i], data...)
		}
	}
	if string(all[0]) != string(all[1]) {
		t.Error("two exports differ")
	}
}
