package project

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sys/cpu"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/command"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/picture"
	"snellen/steps/study"
	"snellen/steps/train"
	"snellen/steps/video"
	"snellen/steps/worker"
)

// Tool returns the identity of a tool by the name that kinds use. A program is asked only when it,
// or a library that it loads, has changed.
func (p *Project) Tool(ctx context.Context, name string) (string, error) {
	if name == "ffmpeg" {
		path, err := ffmpeg()
		if err != nil {
			return "", err
		}
		return engine.ToolIdentity(p.Memo, name, path,
			func() (string, error) { return video.Version(ctx) })
	}
	if name == command.Program || name == command.Server {
		return p.ownProgram(name)
	}
	path, err := p.Worker.Find()
	if err != nil {
		return "", err
	}
	return engine.ToolIdentity(p.Memo, name+processor(), path, func() (string, error) {
		tools, err := p.Worker.Ask(ctx)
		if err != nil {
			return "", err
		}
		identity, ok := tools[name]
		if !ok {
			return "", step.WithHint(fmt.Errorf("%s has no %s", path, name),
				"build it again: make build")
		}
		return identity, nil
	})
}

// processor returns what libtorch, oneDNN and OpenBLAS choose their code by. It is part of the
// memo's name for their identity, since a disk may move to another machine with all its times kept.
func processor() string {
	x := cpu.X86
	said := fmt.Sprint(" on ", runtime.GOARCH, []bool{x.HasAVX2, x.HasAVXVNNI, x.HasAVX512F,
		x.HasAVX512VNNI, x.HasAVX512BF16, x.HasAMXTile})
	for _, name := range []string{"ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
		"OPENBLAS_CORETYPE"} {
		said += " " + os.Getenv(name)
	}
	return said
}

func ffmpeg() (string, error) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		return "", step.WithHint(fmt.Errorf("ffmpeg is not installed: %w", err),
			"apt install ffmpeg, or put it in PATH")
	}
	return path, nil
}

// A WorkerProgram is snellen-worker, found and asked at most once, when it is needed.
type WorkerProgram struct {
	found  sync.Once
	path   string
	err    error
	asked  sync.Once
	tools  map[string]string
	askErr error
}

// Find returns the path of snellen-worker: from SNELLEN_WORKER, beside this program, or from PATH.
func (w *WorkerProgram) Find() (string, error) {
	w.found.Do(func() { w.path, w.err = findWorker() })
	return w.path, w.err
}

func findWorker() (string, error) { return findOwn("snellen-worker", "SNELLEN_WORKER") }

// FindRemote returns the path of snellen-remote, which speaks to a shared store in S3: from
// SNELLEN_REMOTE, beside this program, or from PATH.
func FindRemote() (string, error) { return findOwn("snellen-remote", "SNELLEN_REMOTE") }

// findOwn returns the path of one of Snellen's own programs: from a variable of the environment,
// beside this program, or from PATH.
func findOwn(name, variable string) (string, error) {
	hint := "type make build, or name the program in " + variable
	if path := os.Getenv(variable); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", step.WithHint(fmt.Errorf("%s: %w", variable, err), hint)
		}
		return filepath.Abs(found)
	}
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), name)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", step.WithHint(fmt.Errorf("%s is neither beside snellen nor in PATH", name), hint)
	}
	return path, nil
}

// Ask returns the identities of the worker's tools by name. It starts the worker at most once.
func (w *WorkerProgram) Ask(ctx context.Context) (map[string]string, error) {
	path, err := w.Find()
	if err != nil {
		return nil, err
	}
	w.asked.Do(func() {
		w.tools,
			w.askErr = worker.Tools(ctx, worker.Start{Program: path, Env: os.Environ()})
	})
	return w.tools, w.askErr
}

// native are the kinds whose steps need OpenCV, libtorch or ffmpeg's libraries. They start no
// program of their own, so the request to the worker is their command.
var native = []*step.Kind{frames.Extract, train.Train, train.Features, train.Head,
	evaluate.Evaluate, evaluate.Crops, evaluate.Draw, evaluate.Classify, evaluate.Score,
	picture.Pictures, audit.Resemblance}

// Runners returns what runs each kind in workers, at most size of them at once, and a function that
// ends the workers.
func (p *Project) Runners(size int) (map[string]step.Runner, func(), error) {
	start, err := p.workerStart()
	if err != nil {
		return nil, nil, err
	}
	setup, err := p.commandSetup()
	if err != nil {
		return nil, nil, err
	}
	if setup != nil {
		start.Setup = study.Setup{Command: setup}
	}
	pool := worker.NewPool(start, size)
	all := map[string]step.Runner{}
	for _, k := range study.Kinds() {
		all[k.Name] = pool.Reporter(k.Name)
	}
	for _, k := range native {
		all[k.Name] = pool.Runner(k.Name)
	}
	all[video.Transcode.Name] = pool.Batcher(video.Transcode.Name)
	all[picture.Pictures.Name] = pool.NativeBatcher(picture.Pictures.Name)
	return all, pool.Close, nil
}

// workerStart is how the worker is started, without a setup.
func (p *Project) workerStart() (worker.Start, error) {
	path, err := p.Worker.Find()
	return worker.Start{Program: path, Env: os.Environ()}, err
}
