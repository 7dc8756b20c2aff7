package frames

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/engine/step"
)

// joined runs a dataset step over labels with these numbers of train and validation frames. It
// returns the output folder and the error.
func joined(t *testing.T, format string, seed int64, counts ...[2]int) (string, error) {
	t.Helper()
	dir := t.TempDir()
	params := DatasetParams{Format: format, Seed: seed}
	job := &step.Job{Inputs: map[string]string{}, Out: filepath.Join(dir, "out"),
		Report: func(step.Progress) {}}
	if err := os.Mkdir(job.Out, 0o777); err != nil {
		t.Fatal(err)
	}
	for class, n := range counts {
		params.Classes = append(params.Classes, fmt.Sprint("L", class))
		for i, set := range []string{"train", "validation"} {
			var images [][]byte
			for k := range n[i] {
				images = append(images, []byte(fmt.Sprintf("%s %d %d", set, class, k)))
			}
			path := filepath.Join(dir, fmt.Sprintf("%s-%d.rec", set, class))
			if err := os.WriteFile(path, written(t, images...), 0o666); err != nil {
				t.Fatal(err)
			}
			job.Inputs[fmt.Sprintf("%s/%d", set, class)] = path
		}
	}
	job.Params, _ = json.Marshal(params)
	return job.Out, NewDataset().Run(context.Background(), job)
}

func TestDatasetHoldsEveryFrameOnce(t *testing.T) {
	out, err := joined(t, "recordio", 1, [2]int{5, 2}, [2]int{3, 1})
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]int{"train": 8, "validation": 3} {
		r, err := OpenRecords(filepath.Join(out, set+".rec"))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for i := range r.Len() {
			class, image, err := r.Read(i)
			if err != nil || !strings.HasPrefix(string(image), fmt.Sprintf("%s %d ", set, class)) {
				t.Errorf("%s %d: class %d has %q, %v", set, i, class, image, err)
			}
			all = append(all, string(image))
		}
		slices.Sort(all)
		if len(slices.Compact(all)) != want {
			t.Errorf("%s has %v", set, all)
		}
		r.Close()
	}
	var s Summary
	data, _ := os.ReadFile(filepath.Join(out, "dataset.json"))
	if err := json.Unmarshal(data, &s); err != nil ||
		fmt.Sprint(s.Train, s.Validation) != "[5 3] [2 1]" {
		t.Errorf("%+v, %v", s, err)
	}
}

// Both forms hold the same images in the same order, and the seed decides which.
func TestDatasetForms(t *testing.T) {
	counts := [][2]int{{9, 2}, {9, 2}}
	records, err := joined(t, "recordio", 1, counts...)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := joined(t, "image", 1, counts...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRecords(filepath.Join(records, "train.rec"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := OpenImages(filepath.Join(folder, "train"), filepath.Join(folder, "train.lst"))
	if err != nil || s.Len() != r.Len() {
		t.Fatalf("%d images and %d records, %v", s.Len(), r.Len(), err)
	}
	for i := range r.Len() {
		a, one, _ := r.Read(i)
		b, other, err := s.Read(i)
		if err != nil || a != b || string(one) != string(other) {
			t.Errorf("%d: %d %q and %d %q, %v", i, a, one, b, other, err)
		}
	}
	again, err := joined(t, "recordio", 2, counts...)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := os.ReadFile(filepath.Join(records, "train.lst"))
	second, _ := os.ReadFile(filepath.Join(again, "train.lst"))
	if string(first) == string(second) {
		t.Error("another seed gives the same order")
	}
}

// TestSamples: a report shows the middle train frame of each class, in either form of the dataset.
func TestSamples(t *testing.T) {
	for _, format := range []string{"recordio", "image"} {
		out, err := joined(t, format, 1, [2]int{5, 2}, [2]int{4, 9}, [2]int{1, 1})
		if err != nil {
			t.Fatal(err)
		}
		r, err := OpenRecords(filepath.Join(out, "samples.rec"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for i, want := range []string{"train 0 2", "train 1 2", "train 2 0"} {
			if class, image, err := r.Read(i); err != nil || class != i || string(image) != want {
				t.Errorf("%s: %d is %q of class %d, %v", format, i, image, class, err)
			}
		}
		if r.Len() != 3 {
			t.Errorf("%s: %d samples", format, r.Len())
		}
	}
}

func TestDatasetWithoutFrames(t *testing.T) {
	_, err := joined(t, "recordio", 1, [2]int{5, 2}, [2]int{5, 0})
	if err == nil || !strings.Contains(err.Error(), "L1 has no frames for validation") ||
		step.Hint(err) == "" {
		t.Errorf("%v", err)
	}
}
