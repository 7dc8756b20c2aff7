package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/standin"
	"snellen/steps/standin/local"
	"snellen/steps/term"
	"snellen/steps/train"
	"snellen/steps/worker"
)

func newDev(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "dev", Short: "Try Snellen without what it needs elsewhere", Example: `  snellen dev sagemaker`,
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

Troubles for -fail:
` + troubles(),
		Example: `  snellen dev sagemaker
  snellen dev sagemaker -- snellen apply cloud.hcl -auto-approve
  snellen dev sagemaker -fail capacity,stalled -dir objects`,
	}, &devServer{app: a})
}

func troubles() string {
	var b strings.Builder
	for _, t := range standin.Scenarios() {
		fmt.Fprintf(&b, "  %-12s %s\n", t.Name, t.About)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// A devServer is the stand-in for SageMaker with its S3, for one person.
type devServer struct {
	*app
	command                     []string // to run; empty: none
	dir, region, bucket, replay string
	speed                       float64
	fail                        []string

	storage *standin.S3
	service *standin.Server
}

// devWaits are the waits for a person who looks on; training takes as long as it takes.
var devWaits = standin.Waits{Start: 3 * time.Second, Reuse: time.Second, Download: time.Second, Upload: time.Second, Stop: time.Second, Endpoint: 5 * time.Second, Delete: time.Second}

func (d *devServer) flags(f *pflag.FlagSet) {
	f.StringVar(&d.dir, "dir", "", "keep the objects of S3 in `DIR` (default: a folder that is deleted at the end)")
	f.StringVar(&d.region, "region", "us-east-1", "be in that `REGION`")
	f.StringVar(&d.bucket, "bucket", "snellen", "make the bucket of that `NAME`")
	f.StringVar(&d.replay, "replay", "",
		"replay the curves of `STUDY` in place of training; article is the only one there is")
	f.Float64Var(&d.speed, "speed", 1, "let time run `N` times as fast: of a replay, and of what is paid for")
	f.StringSliceVar(&d.fail, "fail", nil, "have `TROUBLE`,... happen")
}

func (d *devServer) run(ctx context.Context, args []string) (err error) {
	d.command = args
	o, err := d.options()
	if err != nil {
		return err
	}
	if err := d.startStorage(ctx); err != nil {
		return err
	}
	defer d.storage.Close()
	o.S3 = d.storage.Client()
	path, err := (&project.WorkerProgram{}).Find()
	if err != nil {
		return err
	}
	pool := worker.NewPool(worker.Start{Program: path, Env: os.Environ()}, runtime.NumCPU())
	defer pool.Close()
	o.Train, o.Open = local.Train(pool.Runner(train.Train.Name), threads), local.Open(pool.Runner(evaluate.Classify.Name), threads)
	if d.service, err = standin.Start(o); err != nil {
		return err
	}
	defer d.service.Close()
	if err := d.trouble(); err != nil {
		return err
	}
	return d.serve(ctx)
}

// threads are those of one training, as the local trainer has them.
const threads = 2

func (d *devServer) options() (standin.Options, error) {
	o := standin.Options{Region: d.region, Waits: devWaits}
	if d.speed <= 0 {
		return o, errors.New("-speed must be over 0")
	}
	o.Clock = standin.RunningClock(d.speed)
	switch d.replay {
	case "":
	case "article":
		curves, err := standin.Article()
		if err != nil {
			return o, err
		}
		o.Replay = standin.BySize(curves)
	default:
		return o, step.WithHint(fmt.Errorf("there is no study %q to replay", d.replay), "write -replay article")
	}
	if len(d.command) == 0 {
		o.Watch = d.tell
	}
	return o, nil
}

// trouble has go wrong what -fail names.
func (d *devServer) trouble() error {
	all := standin.Scenarios()
	for _, name := range d.fail {
		i := slices.IndexFunc(all, func(t standin.Scenario) bool { return t.Name == name })
		if i < 0 {
			return step.WithHint(fmt.Errorf("there is no trouble %q", name), "snellen dev sagemaker -help names those that there are")
		}
		all[i].Start(d.service)
	}
	return nil
}

func (d *devServer) startStorage(ctx context.Context) error {
	if standin.HaveS3() == "" {
		fmt.Fprintln(d.err, "installing versitygw, the S3 server; that takes a minute or two, once")
	}
	var err error
	if d.dir == "" {
		d.storage, err = standin.TemporaryS3(ctx, d.region)
	} else {
		d.storage, err = d.keptStorage(ctx)
	}
	if err != nil {
		return err
	}
	if err := d.storage.Bucket(ctx, d.bucket); err != nil {
		d.storage.Close()
		return fmt.Errorf("make the bucket: %w", err)
	}
	return nil
}

// keptStorage has its objects in the folder that was named.
func (d *devServer) keptStorage(ctx context.Context) (*standin.S3, error) {
	program, err := standin.FindS3(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(d.dir)
	if err != nil {
		return nil, err
	}
	return standin.StartS3(ctx, program, dir, d.region)
}

// tell prints the calls that change something.
func (d *devServer) tell(m standin.Moment) {
	for _, act := range []string{"Create", "Stop", "Delete", "Update"} {
		if m.Done && strings.HasPrefix(m.Call, act) {
			fmt.Fprintf(d.err, "%s %s %s\n", time.Now().Format(time.TimeOnly), m.Call, term.Clean(m.Name))
		}
	}
}

// environment leads the AWS SDK here, whatever the person's own says.
func (d *devServer) environment() []string {
	poll := cmp.Or(os.Getenv("SNELLEN_CLOUD_POLL"), "1s") // whoever waits here costs nobody anything
	return []string{
		"AWS_ENDPOINT_URL=" + d.service.URL(), "AWS_ENDPOINT_URL_S3=" + d.storage.URL, "AWS_REGION=" + d.region,
		"AWS_ACCESS_KEY_ID=" + d.storage.AccessKey, "AWS_SECRET_ACCESS_KEY=" + d.storage.SecretKey, "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_EC2_METADATA_DISABLED=true", "SNELLEN_CLOUD_POLL=" + poll,
	}
}

func (d *devServer) serve(ctx context.Context) error {
	if len(d.command) > 0 {
		return d.lend(ctx)
	}
	fmt.Fprintf(d.out, "export %s\n", strings.Join(d.environment(), " "))
	fmt.Fprintf(d.err, `
SageMaker is at %s, S3 at %s, with the bucket %s.
Paste the line above into another terminal, and write in a study:

  trainer "sagemaker" {
    region        = "%s"
    role_arn      = "arn:aws:iam::123456789012:role/stand-in"
    bucket        = "%s"
    instance_type = "ml.p3.2xlarge"
  }

`, d.service.URL(), d.storage.URL, d.bucket, d.region, d.bucket)
	<-ctx.Done()
	d.left()
	return nil
}

// lend runs the command. Signals of a terminal reach it, too: the first is its own to heed.
func (d *devServer) lend(ctx context.Context) error {
	c := exec.CommandContext(ctx, d.command[0], d.command[1:]...)
	c.Env = append(os.Environ(), d.environment()...)
	c.Stdin, c.Stdout, c.Stderr = d.in, d.out, d.err
	d.interrupts.gentle.Store(true)
	err := c.Run()
	if left := d.left(); err == nil && left {
		err = errors.New("something is left in the cloud")
	}
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() > 0 {
		return shown{e.ExitCode()} // the command has said why
	}
	return err
}

// left tells what costs money still, as it would in an account.
func (d *devServer) left() bool {
	h := d.service.Holding()
	for _, group := range []struct {
		what  string
		names []string
	}{{"training job", h.Running}, {"endpoint", h.Endpoints}, {"endpoint configuration", h.Configs}, {"model", h.Models}, {"warm pool of job", h.Pools}} {
		for _, name := range group.names {
			fmt.Fprintf(d.err, "left behind: %s %s\n", group.what, term.Clean(name))
		}
	}
	for _, text := range d.service.Misuse() {
		fmt.Fprintf(d.err, "against the service's documentation: %s\n", term.Clean(text))
	}
	return !h.Empty() || len(d.service.Misuse()) > 0
}
