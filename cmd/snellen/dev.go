package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/steps/proc"
	"snellen/steps/standin/setup"
)

func newDev(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "dev", Short: "Run local stand-ins for cloud services",
		Example: `  snellen dev sagemaker`,
	}, newDevSageMaker(a))
}

func newDevSageMaker(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use:   "sagemaker [-- COMMAND ARG...]",
		Short: "Stand in for SageMaker and S3 on this machine, to try the cloud without an account",
		Long: `Stand in for SageMaker and S3 on this machine, to try the cloud without an account.

Jobs train with Snellen's own trainer, and endpoints answer with its models. With a COMMAND, it is
run in an environment that leads it here, and all ends when it does. Without one, the environment is
printed, to be pasted into another terminal.

Scenarios for -fail:
` + scenarios(),
		Example: `  snellen dev sagemaker
  snellen dev sagemaker -- snellen apply cloud.hcl -auto-approve
  snellen dev sagemaker -fail capacity,stalled -dir objects`,
	}, &devSageMaker{app: a})
}

func scenarios() string {
	var b strings.Builder
	for _, s := range setup.Scenarios {
		fmt.Fprintf(&b, "  %-12s %s\n", s.Name, s.About)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

type devSageMaker struct {
	*app
	setup.Setup
}

func (d *devSageMaker) flags(f *pflag.FlagSet) {
	f.StringVar(&d.Dir, "dir", "",
		"keep the objects of S3 in `DIR` (default: a folder that is deleted at the end)")
	f.StringVar(&d.Region, "region", "us-east-1", "be in that `REGION`")
	f.StringVar(&d.Bucket, "bucket", "snellen", "make the bucket of that `NAME`")
	f.StringVar(&d.Replay, "replay", "",
		"replay the curves of `STUDY` in place of training; article is the only one there is")
	f.Float64Var(&d.Speed, "speed", 1,
		"let time run `N` times as fast: of a replay, and of what is paid for")
	f.StringSliceVar(&d.Scenarios, "fail", nil, "have `SCENARIO`,... happen")
}

// run becomes the worker, which holds the stand-in.
func (d *devSageMaker) run(_ context.Context, args []string) error {
	d.Command = args
	path, err := (&project.WorkerProgram{}).Find()
	if err != nil {
		return err
	}
	data, err := json.Marshal(d.Setup)
	if err != nil {
		return err
	}
	env := append(os.Environ(), proc.LauncherEnvironment()...)
	if d.noColor {
		env = append(env, "NO_COLOR=1")
	}
	code, err := become(path, []string{path, "dev", path, string(data)}, env)
	if err != nil {
		return fmt.Errorf("start %s: %w", path, err)
	}
	return printedError{code}
}
