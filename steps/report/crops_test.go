package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"snellen/steps/frames"
)

// For a trainer that does not show its network's input, the report has the pictures that were sent
// to it.
func TestCrops(t *testing.T) {
	var b bytes.Buffer
	w := frames.NewWriter(&b)
	for frame := range 8 {
		for area := range 2 {
			if err := w.Write(area, fmt.Appendf(nil, "area %d in frame %d", area,
				frame)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	steps := whole()
	for _, name := range []string{"320x240/evaluate/shelf", "80x60/evaluate/shelf"} {
		delete(steps[name], "seen/000000-0.jpg")
		delete(steps[name], "seen/000000-1.jpg")
	}
	steps["crops/shelf"] = map[string]string{"crops.rec": b.String()}
	r := read(t, steps)
	dir := filepath.Join(t.TempDir(), "report")
	if err := r.WriteFolder(dir, Fingerprint{}); err != nil {
		t.Fatal(err)
	}
	first, second := r.Document().Resolutions[0].Runs[0].Evaluations[0].Series,
		r.Document().Resolutions[1].Runs[0].Evaluations[0].Series
	for i, seen := range first.Areas[1].Inputs {
		want := fmt.Sprintf("area 1 in frame %d", seen.Frame)
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(seen.File))); err != nil ||
			string(got) != want {
			t.Errorf("%q, want %q (%v)", got, want, err)
		}
		if second.Areas[1].Inputs[i] != seen {
			t.Errorf("two models were given %+v and %+v", seen, second.Areas[1].Inputs[i])
		}
	}
	if n := len(first.Areas[1].Inputs); n != 3 {
		t.Errorf("%d pictures", n)
	}
	steps["crops/shelf"] = map[string]string{"crops.rec": "damaged"}
	st, decisions := testStore(t, steps)
	if _, err := Read(st, full(), decisions); err == nil {
		t.Error("damaged crops were read")
	}
	var few bytes.Buffer // too few, as from another spec
	w = frames.NewWriter(&few)
	if err := w.Write(0, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	steps["crops/shelf"] = map[string]string{"crops.rec": few.String()}
	if got := read(t, steps).Document().Resolutions[0].Runs[0].Evaluations[0].Series.Areas[0].Inputs; len(got) > 0 {
		t.Errorf("crops of another spec: %+v", got)
	}
}
