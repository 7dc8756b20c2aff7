package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/live"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/watchview"
	"snellen/engine/step"
)

// A watchCommand judges a camera's picture, or a video's, with the models of a study.
type watchCommand struct {
	*app
	studyOptions
	streamOptions
	camera, video, resolution, evaluation, record, endpoint, dir string
	headless                                                     bool

	set *pflag.FlagSet
}

func newWatch(a *app) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "watch [SPEC]", Short: "Judge a camera's live picture, in a window",
		Args: aSpec,
		Long: `Judge a camera's live picture, in a window: the areas of an evaluation are cyan where
the expected label is found with more than the evaluation's confidence, yellow where it is found
with less, and red where another one is.

A click saves the picture with a time in its name. The keys 1 to 9 and the arrows choose another
resolution's model. q, or closing the window, ends it. A camera that is lost is waited for. The
models are those that apply trained; with -endpoint a SageMaker endpoint is asked in their place.

-camera takes a number, a device such as /dev/video2, or a named pipe into which another program
writes a video; so ffmpeg -i rtsp://... -c copy -f mpegts camera.pipe makes a camera of one in the
network. Of a camera, and of a video in a window, pictures that cannot be judged in time are
dropped; of a video with -headless every picture is judged, as fast as that goes.`,
		Example: `  snellen watch
  snellen watch -camera /dev/video2 -resolution 160x120
  snellen watch snacks.hcl -video shelf.mp4 -headless -record judged.mp4
  snellen watch -endpoint snacks-320x240 -evaluation shelf`,
	}, &watchCommand{app: a})
}

func (c *watchCommand) flags(f *pflag.FlagSet) {
	c.studyOptions.flags(f)
	c.streamOptions.flags(f,
		"print a JSON line for each picture that is judged or saved, and for the end")
	f.StringVar(&c.camera, "camera", "0", "watch this `CAMERA`: a number, a device or a named pipe")
	f.StringVar(&c.video, "video", "", "watch a video `FILE` in place of a camera")
	f.StringVar(&c.resolution, "resolution", "",
		"begin with the model of `RES` (default: the report's choice, else the best)")
	f.StringVar(&c.evaluation, "evaluation", "",
		"judge the areas of evaluation `NAME`; needed where there are several")
	f.BoolVar(&c.headless, "headless", false, "show no window")
	f.StringVar(&c.record, "record", "",
		"write what is shown into a video `FILE`, .mp4, .mkv, .mov or .avi")
	f.StringVar(&c.endpoint, "endpoint", "",
		"ask the SageMaker endpoint `NAME`, of the study's trainer, in place of a model")
	f.StringVar(&c.dir, "dir", "", "save pictures in `DIR` (default NAME.watch beside the spec)")
	c.set = f
}

// run finds out what to watch and with which models, and starts the worker.
func (c *watchCommand) run(ctx context.Context, args []string) error {
	if c.set.Changed("camera") && c.video != "" {
		return errors.New("-camera and -video exclude each other")
	}
	p, err := c.open(c.app, args, project.ToRead)
	if err != nil {
		return err
	}
	job, err := c.job(ctx, p)
	if err != nil {
		return err
	}
	if job.Params.Record, err = c.recordPath(); err != nil {
		return err
	}
	var ask live.Asker
	if c.endpoint != "" {
		var end func()
		if ask, end, err = c.endpointAsker(ctx, p, c.endpoint,
			len(job.Params.Classes)); err != nil {
			return err
		}
		defer end()
	}
	if job.Out = c.dir; job.Out == "" {
		job.Out = strings.TrimSuffix(p.Spec, ".hcl") + ".watch"
	}
	if job.Out, err = filepath.Abs(job.Out); err != nil {
		return err
	}
	return c.talk(ctx, job, ask)
}

// job returns what the worker needs to know.
func (c *watchCommand) job(ctx context.Context, p *project.Project) (*live.Job, error) {
	job, err := live.NewJob(ctx, p, c.evaluation)
	if err != nil {
		return nil, err
	}
	job.Params.Camera, job.Params.Window = c.camera, !c.headless
	job.Params.Endpoint = c.endpoint
	if c.video != "" {
		if err := job.UseVideo(c.video); err != nil {
			return nil, err
		}
	}
	if c.endpoint != "" {
		return job, nil
	}
	decisions, err := c.decisions(ctx, p)
	if err != nil {
		return nil, err
	}
	return job, job.UseModels(decisions, c.resolution)
}

// recordPath returns the absolute path of the recording. A file that is there is never overwritten.
func (c *watchCommand) recordPath() (string, error) {
	if c.record == "" {
		return "", nil
	}
	path, err := filepath.Abs(c.record)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", step.WithHint(fmt.Errorf("-record: %s is there already", c.record),
			"name another file, or remove it")
	}
	return path, nil
}

// talk starts the worker, shows what it reports, and answers what it asks, until it ends.
func (c *watchCommand) talk(ctx context.Context, job *live.Job, ask live.Asker) error {
	c.interrupts.beginGentle() // the first interrupt ends it as q does: a record is whole
	defer c.interrupts.endGentle()
	v := watchview.New(watchview.Screen{
		Out: c.out, Err: c.err, Stream: c.stream, NoColor: c.noColor,
	}, job.Params)
	err := job.Run(ctx, live.Conversation{Stop: c.interrupts.stop, Ask: ask, Handle: v.Handle})
	v.Close()
	switch {
	case err != nil:
		return v.Explain(err)
	case c.interrupts.stopped():
		return errors.Join(v.Summary(), errInterrupted)
	}
	return v.Summary()
}
