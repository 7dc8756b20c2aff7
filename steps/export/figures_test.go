package export

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"snellen/engine/store"
	"snellen/steps/report/document"
)

// What a report says of a resolution goes with its trainings: intervals, sizes of the camera's
// picture, and sizes of what was made. No name is the folder of another one, since a server may
// keep each in a file.
func TestFiguresOfAResolution(t *testing.T) {
	rate, size := 0.75, int64(1000)
	interval := document.Interval{Low: 0.5, High: 0.875, Samples: 8}
	r := document.Resolution{
		Resolution: "320x240", Width: 320, Height: 240, DatasetBytes: &size,
		Network:   &document.Network{Parameters: 42},
		Detection: &document.Rate{Rate: rate, Interval: interval},
		Evaluations: []document.Evaluation{{Name: "shelf", Interval: &interval,
			Cells: []document.CameraCell{{Size: "native", DetectionRate: &rate},
				{Size: "160x120", DetectionRate: &rate, Interval: &interval}}}},
	}
	record := &store.Record{Outputs: map[string]store.Output{"model.json": {Size: 2},
		"model.safetensors": {Size: 30}, "summary.json": {Size: 400}}}
	got := map[string]float64{"detection_rate/shelf": rate} // of the training's own
	for _, f := range append(sizes(r, record), rates(r, time.Time{})...) {
		if _, twice := got[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		got[f.Name] = f.Value
	}
	for name, want := range map[string]float64{
		"width": 320, "height": 240, "dataset_bytes": 1000, "parameters": 42, "model_bytes": 32,
		"detected": 0.75, "interval_low/detected": 0.5, "interval_samples/detected": 8,
		"interval_high/detection_rate/shelf":           0.875,
		"detection_rate_at_160x120/shelf":              0.75,
		"interval_low/detection_rate_at_160x120/shelf": 0.5,
		"detection_rate_at_native/shelf":               0.75,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v in %v", name, value, fmt.Sprint(got))
		}
	}
	for a := range got {
		for b := range got {
			if strings.HasPrefix(b, a+"/") {
				t.Errorf("%s is below %s", b, a)
			}
		}
	}
}
