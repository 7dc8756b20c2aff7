package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"strconv"
	"time"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/container"
	"snellen/steps/frames"
	"snellen/steps/proc"
)

// NewTrain returns the runner of train steps. program is the path of the training program, or "" if
// it is one of its own files.
func NewTrain(settings *specs.Command, program string) step.Runner {
	return trainer{settings, program}
}

type trainer struct {
	settings *specs.Command
	program  string
}

// A training is the work of one step.
type training struct {
	trainer
	job    *step.Job
	params TrainParams
	data   frames.Summary
	root   root
	log    container.Parser
}

func (t trainer) Run(ctx context.Context, job *step.Job) error {
	w := &training{trainer: t, job: job}
	err := json.Unmarshal(job.Params, &w.params)
	if err != nil {
		return err
	}
	if w.data, err = container.ReadDataset(job.Inputs["dataset"], 1); err != nil {
		return err
	}
	if w.root, err = newRoot(ctx, job.Out, job, w.params.Files); err != nil {
		return err
	}
	defer w.root.close()
	w.log.Samples, w.log.Batch = container.Sum(w.data.Train), w.params.MiniBatchSize
	if err := w.fit(ctx); err != nil {
		return err
	}
	return w.collect()
}

// fit runs the program until it ends.
func (w *training) fit(ctx context.Context) error {
	p := w.params
	texts := p.Strings(len(w.data.Classes), container.Sum(w.data.Train))
	if _, given := texts["seed"]; !given {
		texts["seed"] = strconv.FormatInt(p.Seed, 10)
	}
	env := w.root.environment(p.Env, p.Threads, p.GPUs)
	if err := w.root.inputs(ctx, w.job, p, texts, env); err != nil {
		return err
	}
	limit := time.Duration(w.settings.MaxRuntime) * time.Second
	late := step.WithHint(fmt.Errorf("%s did not end within %v", p.Program[0], limit),
		"raise max_runtime in the trainer block")
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	out := newOutput(w.job,
		func(line string) step.Progress { return w.log.Progress(line, p.Epochs) })
	w.job.Report(step.Progress{Command: proc.Line(p.Program...)})
	c := w.root.command(ctx, p.Program, w.program, env, out)
	if err := c.Start(); err != nil {
		return startError(p.Program, err)
	}
	err := c.Wait()
	c.Kill() // and with it what it left running
	out.flush()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it succeeded, but something that it left running held its output open
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return w.root.failed(p.Program, err, out)
	}
	return nil
}

// Bounds of what a program may leave.
const (
	maxKept  = 10_000   // files
	maxBytes = 64 << 30 // of all together
)

// collect makes the step's outputs from what the program left.
func (w *training) collect() error {
	files, err := w.root.left("model")
	if err != nil {
		return err
	}
	if files == 0 {
		return step.WithHint(fmt.Errorf("%s left no model", w.params.Program[0]),
			"write it into the folder that SM_MODEL_DIR names")
	}
	if _, err := w.root.left("output/data"); err != nil {
		return err
	}
	epochs := w.log.Epochs()
	if len(epochs) == 0 {
		return step.WithHint(fmt.Errorf("the log of %s has no epochs", w.params.Program[0]),
			"print two lines for each, from 0: Epoch[0] Train-accuracy=0.91 and Epoch[0] "+
				"Validation-accuracy=0.93")
	}
	if err := w.root.clear("model", "output"); err != nil {
		return err
	}
	if err := w.root.hoist(); err != nil {
		return err
	}
	return errors.Join(
		container.WriteCurve(w.job, &w.log, w.data, w.params.Hyperparameters, nil),
		container.WriteJSON(w.job, "model.json",
			Model{"command", w.data.Classes, w.params.ImageShape, w.params.Resize}))
}

// hoist replaces the folder output by output/data, which is the output of that name.
func (r root) hoist() error {
	if err := r.own.Rename("output/data", "kept"); err != nil {
		return err
	}
	kept, err := r.folder("kept") // a link would have been moved as it is
	if err != nil {
		return err
	}
	return errors.Join(kept.Close(), r.remove("output"), r.own.Rename("kept", "output"))
}

// left returns the number of files below a folder. It refuses what cannot be kept, such as links.
func (r root) left(folder string) (files int, err error) {
	in, err := r.folder(folder)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	size := int64(0)
	err = fs.WalkDir(in.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name = path.Join(folder, name)
		fi, err := e.Info()
		if err != nil {
			return err
		}
		files, size = files+1, size+fi.Size()
		switch {
		case !e.Type().IsRegular():
			return fmt.Errorf("the program left %q, which is not a regular file", name)
		case files > maxKept:
			return fmt.Errorf("the program left more than %d files in %s", maxKept, folder)
		case size > maxBytes:
			return fmt.Errorf("the program left more than %d GiB in %s", maxBytes>>30, folder)
		}
		return nil
	})
	return files, err
}
