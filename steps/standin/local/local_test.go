package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/standin"
	"snellen/steps/standin/local"
	"snellen/steps/train"
)

// A runner is a function that plays the worker.
type runner func(ctx context.Context, job *step.Job) error

func (r runner) Run(ctx context.Context, job *step.Job) error { return r(ctx, job) }

func records(t *testing.T, path string, classes ...int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := frames.NewWriter(file)
	for i, class := range classes {
		if err := w.Write(class, fmt.Appendf(nil, "image %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

func folder(t *testing.T, under string, names ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{under}, names...)...)
	if err := os.MkdirAll(path, 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

// job is a training in the RecordIO form of six images and three classes.
func job(t *testing.T) *standin.Training {
	dir := t.TempDir()
	j := &standin.Training{Job: "job", Model: folder(t, dir, "model"),
		Channels: map[string]string{"train": folder(t, dir, "train"),
			"validation": folder(t, dir, "validation")},
		HyperParameters: map[string]string{"num_classes": "3", "num_training_samples": "4",
			"epochs": "2", "learning_rate": "0.5", "early_stopping": "true"}}
	records(t, filepath.Join(j.Channels["train"], "train.rec"), 0, 1, 2, 2)
	records(t, filepath.Join(j.Channels["validation"], "v.rec"), 1, 0)
	j.Epoch, j.Log = func(standin.Epoch) {}, func(string) {}
	return j
}

func TestTrain(t *testing.T) {
	j := job(t)
	var epochs []standin.Epoch
	var lines []string
	j.Epoch = func(e standin.Epoch) { epochs = append(epochs, e) }
	j.Log = func(line string) { lines = append(lines, line) }
	err := local.Train(runner(func(_ context.Context, job *step.Job) error {
		var p train.Params
		if err := json.Unmarshal(job.Params, &p); err != nil {
			return err
		}
		if p.Epochs != 2 || p.LearningRate != 0.5 || !p.EarlyStopping || p.NumLayers != 152 ||
			p.Threads != 3 || p.MiniBatchSize != 32 {
			t.Errorf("parameters %+v", p)
		}
		data, err := os.ReadFile(job.Inputs["dataset"])
		if err != nil {
			return err
		}
		var s frames.Summary
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		if !slices.Equal(s.Train, []int{1, 1, 2}) || !slices.Equal(s.Validation, []int{1, 1, 0}) ||
			len(s.Classes) != 3 || s.Bytes != 6*7 {
			t.Errorf("dataset %+v", s)
		}
		for i := range 2 {
			job.Report(step.Progress{
				Metrics: &step.Metrics{Epoch: i,
					Values: map[string]float64{"train_accuracy": 0.5,
						"validation_accuracy": float64(i) / 4}}})
		}
		for name, text := range map[string]string{
			"summary.json": `{"early_stopped":true,"best_epoch":1}`, "model.json": "{}",
			"model.safetensors": "weights", "curve.json": "[]"} {
			if err := os.WriteFile(filepath.Join(job.Out, name), []byte(text), 0o666); err != nil {
				return err
			}
		}
		return nil
	}), 3)(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if len(epochs) != 2 || epochs[1].Validation != 0.25 ||
		!slices.Equal(lines, []string{"Early stopping criteria met."}) {
		t.Errorf("%+v, %q", epochs, lines)
	}
	data, err := os.ReadFile(filepath.Join(j.Model, "image-classification-0002.params"))
	if err != nil || string(data) != "weights" {
		t.Errorf("%q, %v", data, err)
	}
	left, _ := filepath.Glob(filepath.Join(j.Model, "*"))
	around, _ := filepath.Glob(filepath.Join(filepath.Dir(j.Model), "*"))
	if len(left) != 2 || len(around) != 3 {
		t.Errorf("left %q, around %q", left, around)
	}
}

// The image form has lists, whose folder of images is the channel.
func TestTrainListed(t *testing.T) {
	j := job(t)
	for _, name := range []string{"train", "validation"} {
		j.Channels[name+"_lst"] = folder(t, t.TempDir(), name)
		images := folder(t, j.Channels[name], "000")
		list := filepath.Join(j.Channels[name+"_lst"], name+".lst")
		if err := errors.Join(os.WriteFile(filepath.Join(images, "0.jpg"), []byte("jpeg"), 0o666),
			os.WriteFile(list, []byte("0\t2\t000/0.jpg\n"), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	stop := errors.New("enough")
	err := local.Train(runner(func(_ context.Context, job *step.Job) error {
		if job.Inputs["train"] != j.Channels["train"] ||
			filepath.Base(job.Inputs["validation.lst"]) != "validation.lst" {
			t.Errorf("inputs %q", job.Inputs)
		}
		return stop
	}), 1)(t.Context(), j)
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestTrainRefuses(t *testing.T) {
	for words, change := range map[string]func(*standin.Training){
		`hyperparameter epochs is "many"`: func(
			j *standin.Training) {
			j.HyperParameters["epochs"] = "many"
		},
		"image 2 is of class 2": func(
			j *standin.Training) {
			j.HyperParameters["num_classes"] = "2"
		},
		"0 files end in .rec, and there must be": func(
			j *standin.Training) {
			j.Channels["train"] = j.Model
		},
		"0 files end in .lst, and there must be ": func(
			j *standin.Training) {
			j.Channels["train_lst"] = j.Model
		},
	} {
		j := job(t)
		change(j)
		err := local.Train(runner(func(context.Context, *step.Job) error { return nil }),
			1)(t.Context(), j)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %s", err, words)
		}
	}
}

// asked is a classify step that answers with each image's length. An image "bad" fails them all.
func asked(note func(n int)) runner {
	return func(_ context.Context, job *step.Job) error {
		images, err := frames.OpenRecords(job.Inputs["images"])
		if err != nil {
			return err
		}
		defer images.Close()
		note(images.Len())
		out, err := os.Create(filepath.Join(job.Out, evaluate.Classify.Outputs[0]))
		if err != nil {
			return err
		}
		w := bufio.NewWriter(out)
		for i := range images.Len() {
			_, image, err := images.Read(i)
			if err != nil {
				return err
			}
			if string(image) == "bad" {
				return errors.Join(errors.New("unable to decode"), out.Close())
			}
			fmt.Fprintf(w, "[%d]\n", len(image))
		}
		return errors.Join(w.Flush(), out.Close())
	}
}

func open(t *testing.T, r runner) standin.Classifier {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"image-classification-symbol.json",
		"image-classification-0003.params"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c, err := local.Open(r, 1)(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Images that come while a step runs are answered together by the next, and a bad image fails
// alone.
func TestOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		goOn := make(chan struct{})
		c := open(t, asked(func(n int) {
			if sizes = append(sizes, n); len(sizes) == 1 {
				<-goOn
			}
		}))
		var all sync.WaitGroup
		ask := func(image string, want float64, bad bool) {
			all.Go(func() {
				p, err := c.Classify(t.Context(), []byte(image))
				if (err != nil) != bad || (!bad && (len(p) != 1 || p[0] != want)) {
					t.Errorf("%s: %v, %v", image, p, err)
				}
			})
		}
		ask("image", 5, false)
		synctest.Wait()
		for range 3 {
			ask("another", 7, false)
		}
		ask("bad", 0, true)
		synctest.Wait() // all four wait
		close(goOn)
		all.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if want := []int{1, 4, 1, 1, 1, 1}; !slices.Equal(sizes, want) {
			t.Errorf("asked by %v, want %v", sizes, want)
		}
		if _, err := c.Classify(t.Context(), []byte("late")); err == nil {
			t.Error("it answers after its end")
		}
	})
}

// Close ends a running step, and callers that wait get an error.
func TestClose(t *testing.T) {
	begun := make(chan struct{})
	c := open(t, func(ctx context.Context, _ *step.Job) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	failed := make(chan error)
	go func() {
		_, err := c.Classify(t.Context(), []byte("image"))
		failed <- err
	}()
	<-begun
	c.Close()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestForeignModel(t *testing.T) {
	_, err := local.Open(asked(func(int) {}), 1)(t.Context(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "was not trained here") {
		t.Errorf("got %v", err)
	}
}
