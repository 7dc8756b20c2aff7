package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/store"
	"snellen/steps/frames"
)

// recorded returns a packed dataset in a store. Its two labels have names that differ only in
// characters that a path may not have. lst is the list of both sets.
func recorded(t *testing.T, lst string) (*store.Store, *Dataset) {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Prepare(); err != nil {
		t.Fatal(err)
	}
	var rec bytes.Buffer
	w := frames.NewWriter(&rec)
	for i, class := range []int{1, 0, 1} {
		if err := w.Write(class, fmt.Appendf(nil, "picture %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	summary, err := json.Marshal(frames.Summary{
		Classes: []string{"../A", ".._a"}, Train: []int{1, 2}, Validation: []int{1, 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &Dataset{
		Study: "s", Resolution: "64x48", Record: store.Record{Manifest: "manifest 1\n",
			Outputs: map[string]store.Output{}},
	}
	for name, data := range map[string][]byte{
		"dataset.json": summary, "train.rec": rec.Bytes(), "validation.rec": rec.Bytes(),
		"train.lst": []byte(lst), "validation.lst": []byte(lst),
	} {
		if d.Record.Outputs[name], err = st.PutBytes(data); err != nil {
			t.Fatal(err)
		}
	}
	return st, d
}

const goodList = "0\t1\t001/000007.jpg\n1\t0\t000/000000.jpg\n2\t1\t001/000000.jpg\n"

func TestDatasetByLabel(t *testing.T) {
	st, d := recorded(t, goodList)
	dir := filepath.Join(t.TempDir(), "out")
	reported := 0
	d.Progress = func(done, of int) { reported = done*100 + of }
	r, err := d.Write(t.Context(), st, dir)
	if err != nil || r.Files() != 6 || r.Changed != 7 || reported != 606 {
		t.Fatalf("%+v, %v, %d", r, err, reported)
	}
	for name, want := range map[string]string{"train/_A/000000.jpg": "picture 1",
		"train/_a-2/000007.jpg": "picture 0", "validation/_a-2/000000.jpg": "picture 2"} {
		if got := read(t, dir, name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	var classes Classes
	if err := json.Unmarshal([]byte(read(t, dir, classesName)), &classes); err != nil ||
		classes.Classes[1] != (Class{1, ".._a", "_a-2", 2, 2}) {
		t.Errorf("%+v, %v", classes, err)
	}
}

// An error or an interrupt leaves no folder.
func TestDatasetThatCannotBeWritten(t *testing.T) {
	for what, c := range map[string]struct{ lst, want string }{
		"too few":       {"0\t1\t001/000007.jpg\n", "list has"},
		"another class": {strings.Replace(goodList, "1\t0\t000", "1\t1\t000", 1), "list has"},
		"no such class": {
			strings.Replace(goodList, "1\t0\t000", "1\t7\t000", 1), "the dataset has 2 classes",
		},
		"twice":   {strings.Replace(goodList, "000007", "000000", 1), "twice"},
		"upwards": {strings.Replace(goodList, "001/000007.jpg", "../../x", 1), "out of the folder"},
	} {
		st, d := recorded(t, c.lst)
		dir := filepath.Join(t.TempDir(), "out")
		if _, err := d.Write(t.Context(), st, dir); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a folder is left", what)
		}
	}
	st, d := recorded(t, goodList)
	dir := filepath.Join(t.TempDir(), "out")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := d.Write(stopped, st, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if err := os.Remove(st.Path(d.Record.Outputs["validation.rec"].Digest)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(t.Context(), st, dir); !errors.Is(err, store.ErrGone) {
		t.Errorf("gone: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder is left")
	}
}

// A dataset in records has the bytes that the trainer got, with what MXNet's tools want beside.
func TestDatasetInRecords(t *testing.T) {
	st, d := recorded(t, goodList)
	dir := filepath.Join(t.TempDir(), "out")
	reported := 0
	d.Progress = func(done, of int) { reported = done*100 + of }
	r, err := d.WriteRecords(t.Context(), st, dir)
	if err != nil || r.Changed != 7 || reported != 606 {
		t.Fatalf("%+v, %v, %d", r, err, reported)
	}
	packed, err := st.Read(d.Record.Outputs["train.rec"], 1<<20)
	if err != nil || read(t, dir, "train.rec") != string(packed) {
		t.Errorf("train.rec is not what the dataset has: %v", err)
	}
	for name, want := range map[string]string{
		"validation.lst": goodList, "train.idx": "0\t0\n1\t44\n2\t88\n"} {
		if got := read(t, dir, name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if again, err := d.WriteRecords(t.Context(), st, dir); err != nil || again.Changed != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// A dataset of single pictures gives the same records.
func TestImagesInRecords(t *testing.T) {
	st, d := recorded(t, goodList)
	packed, err := st.Read(d.Record.Outputs["train.rec"], 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"001/000007.jpg", "000/000000.jpg", "001/000000.jpg"} {
		out, err := st.PutBytes(fmt.Appendf(nil, "picture %d", i))
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range sets {
			delete(d.Record.Outputs, set+".rec")
			d.Record.Outputs[set+"/"+name] = out
		}
	}
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := d.WriteRecords(t.Context(), st, dir); err != nil {
		t.Fatal(err)
	}
	if read(t, dir, "train.rec") != string(packed) {
		t.Error("the records differ from the packed dataset")
	}
}
