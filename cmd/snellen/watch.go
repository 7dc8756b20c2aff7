package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/watchview"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/builtin"
	"snellen/steps/report"
	"snellen/steps/report/document"
	"snellen/steps/study"
	"snellen/steps/watch"
	"snellen/steps/worker"
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
	evaluation, err := project.ChooseEvaluation(p.Study.Evaluations, c.evaluation)
	if err != nil {
		return err
	}
	params, inputs, err := c.params(ctx, p, evaluation)
	if err != nil {
		return err
	}
	if params.Record, err = c.recordPath(); err != nil {
		return err
	}
	ask := noAsker
	if c.endpoint != "" {
		var end func()
		if ask, end, err = c.endpointAsker(ctx, p, c.endpoint, len(params.Classes)); err != nil {
			return err
		}
		defer end()
	}
	data, err := json.Marshal(params)
	if err != nil {
		return err
	}
	out := c.dir
	if out == "" {
		out = strings.TrimSuffix(p.Spec, ".hcl") + ".watch"
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	return c.talk(ctx, p, &step.Job{Params: data, Inputs: inputs, Out: out,
		Report: func(step.Progress) {}}, params, ask)
}

// params returns what the worker needs to know, and its inputs by role.
func (c *watchCommand) params(ctx context.Context, p *project.Project,
	e specs.Evaluation) (watch.Params, map[string]string, error) {
	params := watch.Params{Params: study.WatchParams(p.Study, e), Camera: c.camera,
		Window: !c.headless, Endpoint: c.endpoint, Models: []string{}}
	if params.Width == 0 {
		var err error
		if params.Width, params.Height, err = p.CameraFrame(ctx, e); err != nil {
			return params, nil, err
		}
	}
	params.Title = fmt.Sprintf("snellen: %s, %s", p.Study.Name, e.Name)
	for _, l := range p.Study.Labels {
		params.Classes = append(params.Classes, l.Name)
	}
	inputs := map[string]string{}
	if c.video != "" {
		path, err := filepath.Abs(builtin.NewFinder(".").Find(c.video))
		if err != nil {
			return params, nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return params, nil, step.WithHint(fmt.Errorf("-video: %w", err),
				"name a file by -video FILE, or a camera by -camera")
		}
		params.Camera, inputs["video"] = "", path
		if e.Video != "" && sameFile(path, e.Video) {
			params.Stream = e.Stream
		}
	}
	if c.endpoint != "" {
		return params, inputs, nil
	}
	decisions, err := c.decisions(ctx, p)
	if err != nil {
		return params, nil, err
	}
	models := p.Models(decisions)
	for _, name := range p.Resolutions() {
		if files, ok := models[name]; ok {
			params.Models = append(params.Models, name)
			for file, path := range files {
				inputs[watch.ModelInput(name, file)] = path
			}
		}
	}
	params.First, err = c.firstModel(p, decisions, params.Models, c.resolution)
	return params, inputs, err
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// firstModel returns the index of the model to begin with: the wanted one, else the one that the
// report prefers, else the largest.
func (c *watchCommand) firstModel(p *project.Project, decisions []*engine.Decision, models []string,
	wanted string) (int, error) {
	if wanted != "" && !slices.Contains(p.Resolutions(), wanted) {
		return 0, step.WithHint(fmt.Errorf("there is no resolution %q", wanted),
			"one of: "+strings.Join(p.Resolutions(), ", "))
	}
	switch {
	case p.Study.Trainer.SageMaker != nil:
		return 0, step.WithHint(errors.New("models that SageMaker trained run only there"),
			"pass -endpoint NAME")
	case p.Study.Trainer.Command != nil:
		err := errors.New("your own program trained these models, and watch cannot ask it")
		return 0, step.WithHint(err, `train with trainer "local"`)
	}
	if wanted != "" || len(models) == 0 {
		if at := slices.Index(models, wanted); at >= 0 {
			return at, nil
		}
		what := "any resolution"
		if wanted != "" {
			what = "resolution " + wanted
		}
		err := fmt.Errorf("the store has no trained model for %s, as the spec is now", what)
		return 0, step.WithHint(err, "type snellen apply "+p.Study.File)
	}
	r, err := report.Read(p.Store, p.Study, decisions)
	if err != nil {
		return 0, err
	}
	if at := slices.Index(models, preferred(r.Document())); at >= 0 {
		return at, nil
	}
	return 0, nil
}

// preferred returns the resolution that a report decides for. As long as it cannot decide, that is
// the one that detects most; "" where neither is known.
func preferred(d *document.Document) string {
	switch {
	case d.Decision.Resolution != nil:
		return *d.Decision.Resolution
	case d.Decision.Best != nil:
		return *d.Decision.Best
	}
	return ""
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

// An asker answers a question about crops: for each image, the probability of each class.
type asker func(ctx context.Context, images [][]byte) ([][]float64, error)

func noAsker(context.Context, [][]byte) ([][]float64, error) {
	return nil, errors.New("there is no endpoint to ask")
}

// talk starts the worker, shows what it reports, and answers what it asks, until it ends.
func (c *watchCommand) talk(ctx context.Context, p *project.Project, job *step.Job,
	params watch.Params, ask asker) error {
	program, err := p.Worker.Find()
	if err != nil {
		return err
	}
	c.interrupts.beginGentle() // the first interrupt ends it as q does: a record is whole
	defer c.interrupts.endGentle()
	v := watchview.New(watchview.Screen{
		Out: c.out, Err: c.err, Stream: c.stream, NoColor: c.noColor,
	}, params)
	talk := conversation{ctx: ctx, stop: c.interrupts.stop, ask: ask, view: v}
	err = worker.Talk(ctx, worker.Start{Program: program, Env: os.Environ()}, watch.Kind, job,
		talk.begin)
	v.Close()
	switch {
	case err != nil:
		return v.Explain(err)
	case c.interrupts.stopped():
		return errors.Join(v.Summary(), errInterrupted)
	}
	return v.Summary()
}

// A conversation is this program's end of the line to the worker that watches.
type conversation struct {
	ctx  context.Context
	stop <-chan struct{} // closed when it shall end
	ask  asker
	view *watchview.View
}

func (c conversation) begin(send func(any) error) func(json.RawMessage) {
	go func() {
		select {
		case <-c.stop:
			send(watch.Message{Stop: true}) // fails only where the worker is gone
		case <-c.ctx.Done():
		}
	}()
	return func(text json.RawMessage) {
		var said watch.Event
		if err := json.Unmarshal(text, &said); err != nil {
			return // both speak one protocol, whose version was compared
		}
		if q := said.Asked; q != nil {
			go func() { send(watch.Message{Answer: c.answer(q)}) }()
			return
		}
		c.view.Handle(said)
	}
}

func (c conversation) answer(q *watch.Question) *watch.Answer {
	probabilities, err := c.ask(c.ctx, q.Images)
	if err != nil {
		return &watch.Answer{ID: q.ID, Error: err.Error(), Hint: step.Hint(err)}
	}
	return &watch.Answer{ID: q.ID, Probabilities: probabilities}
}
