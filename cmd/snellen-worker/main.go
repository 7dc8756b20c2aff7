//go:build native

// Command snellen-worker holds OpenCV, libtorch and ffmpeg's libraries and runs the steps that need them, for snellen, which
// starts it and speaks to it over its standard input and output (see steps/worker). It runs every kind, so that a whole step
// can be run on another machine.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"

	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/libav"
	"snellen/steps/torch"
	"snellen/steps/train"
	"snellen/steps/video"
	"snellen/steps/video/graph"
	"snellen/steps/vision"
	"snellen/steps/watch"
	"snellen/steps/worker"
)

// Windows are the main thread's alone: this goroutine keeps it, and does nothing else.
func init() { runtime.LockOSThread() }

func main() {
	windows, ended := make(chan func()), make(chan int)
	onMain := func(f func()) {
		done := make(chan struct{})
		windows <- func() { defer close(done); f() }
		<-done
	}
	go func() { ended <- run(os.Stdin, os.Stdout, os.Stderr, onMain) }()
	for {
		select {
		case f := <-windows:
			f()
		case code := <-ended:
			os.Exit(code)
		}
	}
}

func run(in io.Reader, out, log io.Writer, onMain func(func())) int {
	tools := map[string]string{"libav": libav.Version(), "opencv": vision.Version(), "libtorch": torch.Version()}
	if err := worker.Serve(context.Background(), in, out, tools, runners(onMain)); err != nil {
		fmt.Fprintln(log, "snellen-worker:", err)
		return 1
	}
	return 0
}

func runners(onMain func(func())) map[string]step.Runner {
	return map[string]step.Runner{
		video.Probe.Name: video.NewProbe(), video.Select.Name: video.NewSelect(), video.Transcode.Name: video.NewTranscode(graph.Arguments),
		frames.Extract.Name: frames.NewExtract(), frames.Dataset.Name: frames.NewDataset(),
		train.Train.Name: train.New(openSet), evaluate.Evaluate.Name: evaluate.New(openModel),
		video.Hash.Name: video.NewHash(), audit.Audit.Name: audit.New(),
		evaluate.Crops.Name: evaluate.NewCrops(), evaluate.Draw.Name: evaluate.NewDraw(), evaluate.Classify.Name: evaluate.NewClassify(openModel),
		watch.Kind: watch.New(openModel, onMain),
	}
}

// openSet opens a set in either form that a dataset has.
func openSet(path, list string) (train.Set, error) {
	if list == "" {
		return frames.OpenRecords(path)
	}
	return frames.OpenImages(path, list)
}

func openModel(description, weights string, threads int, device string) (evaluate.Classifier, error) {
	return train.Open(description, weights, threads, device)
}
