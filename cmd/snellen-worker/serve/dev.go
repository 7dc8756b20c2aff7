package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/standin"
	"snellen/steps/standin/local"
	"snellen/steps/standin/setup"
	"snellen/steps/term"
	"snellen/steps/train"
	"snellen/steps/worker"
)

// Dev runs the stand-in for SageMaker and S3 as text, a setup.Setup in JSON, says, and returns when
// its command ends or, where it has none, at the first interrupt. program is the worker that trains
// and classifies for it. The error of a command that failed is an *exec.ExitError.
func Dev(text string, program string, in io.Reader, out, log io.Writer) error {
	d := devServer{in: in, out: out, log: log}
	if err := json.Unmarshal([]byte(text), &d.Setup); err != nil {
		return fmt.Errorf("the setup of the stand-in: %w", err)
	}
	unheeded := 0
	if len(d.Command) > 0 {
		unheeded = 1 // a terminal sends the first one to the command, too, which acts on it
	}
	ctx, cancel := afterInterrupts(unheeded)
	defer cancel()
	return d.run(ctx, program)
}

// afterInterrupts returns a context that ends with the interrupt behind the first n.
func afterInterrupts(n int) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it ignored
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		for range n + 1 {
			<-signals
		}
		cancel()
	}()
	return ctx, cancel
}

// A devServer is the stand-in with its S3, for one person.
type devServer struct {
	setup.Setup
	in       io.Reader
	out, log io.Writer

	storage *standin.S3
	service *standin.Server
}

// devWaits are waits for a person who looks on. Training takes as long as it takes.
var devWaits = standin.Waits{
	Start: 3 * time.Second, Reuse: time.Second, Download: time.Second, Upload: time.Second,
	Stop: time.Second, Endpoint: 5 * time.Second, Delete: time.Second,
}

// threads is how many one training has, as with the local trainer.
const threads = 2

func (d *devServer) run(ctx context.Context, program string) (err error) {
	o, err := d.options()
	if err != nil {
		return err
	}
	if err := d.startStorage(ctx); err != nil {
		return err
	}
	defer d.storage.Close()
	o.S3, o.Credentials = d.storage.Client(), d.storage.Credentials()
	pool := worker.NewPool(worker.Start{Program: program, Env: os.Environ()}, runtime.NumCPU())
	defer pool.Close()
	o.Train = local.Train(pool.Runner(train.Train.Name), threads)
	o.Open = local.Open(pool.Runner(evaluate.Classify.Name), threads)
	if d.service, err = standin.Start(o); err != nil {
		return err
	}
	defer d.service.Close()
	for _, name := range d.Scenarios {
		if !d.service.StartScenario(name) {
			return step.WithHint(fmt.Errorf("there is no scenario %q", name),
				"snellen dev sagemaker -help lists them")
		}
	}
	if len(d.Command) > 0 {
		return d.runCommand(ctx)
	}
	return d.wait(ctx)
}

func (d *devServer) options() (standin.Options, error) {
	o := standin.Options{Region: d.Region, Waits: devWaits}
	if d.Speed <= 0 {
		return o, errors.New("-speed must be greater than 0")
	}
	o.Clock = standin.RunningClock(d.Speed)
	switch d.Replay {
	case "":
	case "article":
		curves, err := standin.Article()
		if err != nil {
			return o, err
		}
		o.Replay = standin.BySize(curves)
	default:
		return o, step.WithHint(
			fmt.Errorf("there is no study %q to replay", d.Replay), "write -replay article")
	}
	if len(d.Command) == 0 {
		o.Watch = d.printChange
	}
	return o, nil
}

func (d *devServer) startStorage(ctx context.Context) error {
	if standin.HaveS3() == "" {
		fmt.Fprintln(d.log, "installing versitygw, the S3 server; that takes a minute or two, once")
	}
	var err error
	if d.Dir == "" {
		d.storage, err = standin.TemporaryS3(ctx, d.Region)
	} else {
		d.storage, err = d.storageInDir(ctx)
	}
	if err != nil {
		return err
	}
	if err := d.storage.Bucket(ctx, d.Bucket); err != nil {
		d.storage.Close()
		return fmt.Errorf("make the bucket: %w", err)
	}
	return nil
}

// storageInDir starts an S3 whose objects outlive it.
func (d *devServer) storageInDir(ctx context.Context) (*standin.S3, error) {
	program, err := standin.FindS3(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(d.Dir)
	if err != nil {
		return nil, err
	}
	return standin.StartS3(ctx, program, dir, d.Region)
}

// printChange prints the calls that change something.
func (d *devServer) printChange(m standin.Moment) {
	for _, act := range []string{"Create", "Stop", "Delete", "Update"} {
		if m.Done && strings.HasPrefix(m.Call, act) {
			at := time.Now().Format(time.TimeOnly)
			fmt.Fprintf(d.log, "%s %s %s\n", at, m.Call, term.Clean(m.Name))
		}
	}
}

// wait prints the environment and waits for an interrupt.
func (d *devServer) wait(ctx context.Context) error {
	fmt.Fprintf(d.out, "%s\n", d.environment().shell())
	fmt.Fprintf(d.log, `
SageMaker is at %s, S3 at %s, with the bucket %s.
Paste the lines above into another terminal, and write in a study:

  trainer "sagemaker" {
    region        = "%s"
    role_arn      = "arn:aws:iam::123456789012:role/stand-in"
    bucket        = "%s"
    instance_type = "ml.p3.2xlarge"
  }

`, d.service.URL(), d.storage.URL, d.Bucket, d.Region, d.Bucket)
	<-ctx.Done()
	d.printRest()
	return nil
}

// runCommand runs the command against the stand-in.
func (d *devServer) runCommand(ctx context.Context) error {
	c := exec.CommandContext(ctx, d.Command[0], d.Command[1:]...)
	c.Env = d.environment().over(os.Environ())
	c.Stdin, c.Stdout, c.Stderr = d.in, d.out, d.log
	err := c.Run()
	if rest := d.printRest(); err == nil && rest {
		err = errors.New("something is left in the cloud")
	}
	return err
}

// printRest prints what still costs money, as it would in an account, and calls that break the
// service's rules. It reports whether there is any.
func (d *devServer) printRest() bool {
	h := d.service.Holding()
	for _, group := range []struct {
		what  string
		names []string
	}{
		{"training job", h.Running}, {"endpoint", h.Endpoints},
		{"endpoint configuration", h.Configs}, {"model", h.Models}, {"warm pool of job", h.Pools},
	} {
		for _, name := range group.names {
			fmt.Fprintf(d.log, "left behind: %s %s\n", group.what, term.Clean(name))
		}
	}
	for _, text := range d.service.Misuse() {
		fmt.Fprintf(d.log, "against the service's documentation: %s\n", term.Clean(text))
	}
	return !h.Empty() || len(d.service.Misuse()) > 0
}
