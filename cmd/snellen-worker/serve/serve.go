// Package serve is a worker: every kind of step that is pure Go, beside the native ones that the
// program brings.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"

	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/command"
	"snellen/steps/frames"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/client"
	"snellen/steps/study"
	"snellen/steps/video"
	"snellen/steps/video/graph"
	"snellen/steps/worker"
)

// Serve runs requests from in until it ends (see worker.Serve). tools are the identities of what
// the native runners are made of.
func Serve(
	in io.Reader, out io.Writer, tools map[string]string, native map[string]step.Runner,
) error {
	all := func(setup json.RawMessage, stop <-chan struct{}) (map[string]step.Runner, error) {
		portable, err := runners(setup, stop)
		maps.Copy(portable, native)
		return portable, err
	}
	p := worker.Program{Tools: tools, Runners: all}
	return worker.Serve(context.Background(), in, out, p)
}

// runners returns what runs each kind. Those of the cloud and of a program of the user's own exist
// where the setup says how.
func runners(setup json.RawMessage, stop <-chan struct{}) (map[string]step.Runner, error) {
	all := map[string]step.Runner{
		video.Probe.Name: video.NewProbe(), video.Select.Name: video.NewSelect(),
		video.Transcode.Name: video.NewTranscode(graph.Arguments), video.Hash.Name: video.NewHash(),
		frames.Dataset.Name: frames.NewDataset(), audit.Audit.Name: audit.New(),
	}
	var s study.Setup
	if setup != nil {
		if err := json.Unmarshal(setup, &s); err != nil {
			return all, err
		}
	}
	if c := s.Command; c != nil {
		all[command.Train.Name] = command.NewTrain(c.Settings, c.Train)
		all[command.Judge.Name] = command.NewJudge(c.Settings, c.Serve)
	}
	if s.Cloud != nil {
		cloud, err := client.Open(context.Background(), *s.Cloud, stop)
		if err != nil {
			return all, err
		}
		all[sagemaker.Train.Name], all[sagemaker.Judge.Name] = cloud.Trainer(), cloud.Judge()
		all[sagemaker.AskKind] = cloud.Questions()
	}
	return all, nil
}

// Main is a worker's program. It serves steps or, with the arguments "dev" and a setup, runs the
// stand-in for SageMaker. It returns the exit code.
func Main(
	args []string, in io.Reader, out, log io.Writer,
	tools map[string]string, native map[string]step.Runner,
) int {
	var err error
	if len(args) == 4 && args[1] == "dev" {
		err = Dev(args[3], args[2], in, out, log)
	} else {
		err = Serve(in, out, tools, native)
	}
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() > 0 {
		return e.ExitCode() // the command has printed why
	}
	if err != nil {
		view.PrintError(log, err, view.Colour(log, false))
		return 1
	}
	return 0
}
