// Package local makes the stand-in for SageMaker train and judge with Snellen's own runners of
// train and classify steps. A job then uploads Snellen's model as model.tar.gz, and endpoints open
// it.
package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"snellen/engine/regular"
	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/standin"
	"snellen/steps/train"
)

// seed is the seed of every training here, because the service passes none.
const seed = 2020

// Train returns a Train that runs a train step with so many threads.
func Train(runner step.Runner, threads int) standin.Train {
	return func(ctx context.Context, t *standin.Training) error {
		dir, err := os.MkdirTemp(filepath.Dir(t.Model), "train-")
		if err != nil {
			return err
		}
		w := &training{job: t, dir: dir}
		return errors.Join(w.run(ctx, runner, threads), os.RemoveAll(dir))
	}
}

// training is one job's.
type training struct {
	job *standin.Training
	dir string

	mu sync.Mutex // a step may report from any goroutine
}

func (w *training) run(ctx context.Context, runner step.Runner, threads int) error {
	p, err := params(w.job.HyperParameters, threads)
	if err != nil {
		return err
	}
	if w.job.HyperParameters["use_pretrained_model"] == "1" {
		w.job.Log("The stand-in has no pretrained model: it trains from the beginning.")
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	inputs, err := w.inputs()
	if err != nil {
		return err
	}
	out := filepath.Join(w.dir, "out")
	if err := os.Mkdir(out, 0o777); err != nil {
		return err
	}
	if err := runner.Run(ctx,
		&step.Job{Address: w.job.Job, Key: w.job.Job, Params: data, Inputs: inputs, Out: out,
			Report: w.report}); err != nil {
		return err
	}
	return w.keep(out)
}

// report passes epochs on. The stand-in has its own log lines for them.
func (w *training) report(p step.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := p.Metrics; m != nil {
		w.job.Epoch(standin.Epoch{Train: m.Values["train_accuracy"],
			Validation: m.Values["validation_accuracy"]})
	}
}

// keep moves the model to where it becomes model.tar.gz.
func (w *training) keep(out string) error {
	data, err := regular.Read(filepath.Join(out, "summary.json"), 1<<20)
	if err != nil {
		return err
	}
	var s train.Summary
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if s.EarlyStopped {
		w.job.Log("Early stopping criteria met.")
	}
	return errors.Join(
		os.Rename(filepath.Join(out, "model.safetensors"),
			filepath.Join(w.job.Model, fmt.Sprintf(weights, s.BestEpoch+1))),
		os.Rename(filepath.Join(out, "model.json"), filepath.Join(w.job.Model, description)),
	)
}

// The names of a model's files are the algorithm's, with the epoch from 1; their content is
// Snellen's.
const (
	weights     = "image-classification-%04d.params"
	description = "image-classification-symbol.json"
)

// inputs returns the inputs of a train step, by role, from the channels.
func (w *training) inputs() (map[string]string, error) {
	summary := frames.Summary{Classes: classes(w.job.HyperParameters["num_classes"])}
	in := map[string]string{"dataset": filepath.Join(w.dir, "dataset.json")}
	for name, counts := range map[string]*[]int{"train": &summary.Train,
		"validation": &summary.Validation} {
		set, err := w.set(name, in)
		if err != nil {
			return nil, err
		}
		if *counts, err = count(set, len(summary.Classes), &summary.Bytes); err != nil {
			return nil, errors.Join(err, set.Close())
		}
		if err := set.Close(); err != nil {
			return nil, err
		}
	}
	data, err := json.Marshal(summary)
	if err != nil {
		return nil, err
	}
	return in, os.WriteFile(in["dataset"], data, 0o666)
}

// A set is images with their classes.
type set interface {
	Len() int
	Read(i int) (class int, image []byte, err error)
	Close() error
}

// set opens a channel's images, in either format, and records their paths in in.
func (w *training) set(name string, in map[string]string) (set, error) {
	lists := w.job.Channels[name+"_lst"]
	if lists == "" {
		path, err := only(w.job.Channels[name], ".rec")
		if err != nil {
			return nil, err
		}
		in[name] = path
		return frames.OpenRecords(path)
	}
	list, err := only(lists, ".lst")
	if err != nil {
		return nil, err
	}
	in[name], in[name+".lst"] = w.job.Channels[name], list
	return frames.OpenImages(in[name], list)
}

func only(dir, suffix string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d files end in %s, and there must be one", len(found), suffix)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

func count(s set, classes int, bytes *int64) ([]int, error) {
	counts := make([]int, classes)
	for i := range s.Len() {
		class, image, err := s.Read(i)
		if err != nil {
			return nil, err
		}
		if class >= classes {
			return nil, fmt.Errorf("image %d is of class %d, and num_classes is %d", i, class,
				classes)
		}
		counts[class]++
		*bytes += int64(len(image))
	}
	return counts, nil
}

// classes returns numbers as names, because the service knows no names.
func classes(text string) []string {
	n, _ := strconv.Atoi(text) // it was checked by the stand-in
	names := make([]string, max(n, 0))
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}
