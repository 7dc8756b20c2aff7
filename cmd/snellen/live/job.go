// Package live judges live pictures with the models of a study, in a worker of its own: a Job says
// what is watched and by which models, and a Session judges pictures that are sent to it. It prints
// nothing and reads no flags.
package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"snellen/cmd/snellen/project"
	"snellen/engine"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/builtin"
	"snellen/steps/report"
	"snellen/steps/report/document"
	"snellen/steps/study"
	"snellen/steps/watch"
)

// A Job is what a worker needs to know to judge pictures.
type Job struct {
	Evaluation specs.Evaluation
	Params     watch.Params
	Inputs     map[string]string // absolute paths by role
	Out        string            // folder for saved pictures

	project *project.Project
}

// NewJob returns a job for the areas of an evaluation, with no source of pictures and no models
// yet. The name may be "" where only one evaluation has areas.
func NewJob(ctx context.Context, p *project.Project, evaluation string) (*Job, error) {
	e, err := project.ChooseEvaluation(p.Study.Evaluations, evaluation)
	if err != nil {
		return nil, err
	}
	j := &Job{Evaluation: e, Inputs: map[string]string{}, project: p}
	j.Params = watch.Params{Params: study.WatchParams(p.Study, e), Models: []string{},
		Title: fmt.Sprintf("snellen: %s, %s", p.Study.Name, e.Name)}
	if j.Params.Width == 0 {
		if j.Params.Width, j.Params.Height, err = p.CameraFrame(ctx, e); err != nil {
			return nil, err
		}
	}
	for _, l := range p.Study.Labels {
		j.Params.Classes = append(j.Params.Classes, l.Name)
	}
	return j, nil
}

// UseVideo has the job judge a video file.
func (j *Job) UseVideo(path string) error {
	path, err := filepath.Abs(builtin.NewFinder(".").Find(path))
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return step.WithHint(fmt.Errorf("-video: %w", err),
			"name a file by -video FILE, or a camera by -camera")
	}
	j.Params.Camera, j.Inputs["video"] = "", path
	if e := j.Evaluation; e.Video != "" && sameFile(path, e.Video) {
		j.Params.Stream = e.Stream
	}
	return nil
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// UseModels has the job judge with the study's models that are in the store. It begins with the
// model of the resolution that is named; "": the one that the report decides for, or else that
// detects most. decisions are the study's.
func (j *Job) UseModels(decisions []*engine.Decision, resolution string) (err error) {
	models := j.project.Models(decisions)
	for _, name := range j.project.Resolutions() {
		if files, ok := models[name]; ok {
			j.Params.Models = append(j.Params.Models, name)
			for file, path := range files {
				j.Inputs[watch.ModelInput(name, file)] = path
			}
		}
	}
	j.Params.First, err = firstModel(j.project, decisions, j.Params.Models, resolution)
	return err
}

// firstModel returns the index of the model to begin with: the wanted one, else the one that the
// report prefers, else the largest.
func firstModel(p *project.Project, decisions []*engine.Decision, models []string,
	wanted string) (int, error) {
	if wanted != "" && !slices.Contains(p.Resolutions(), wanted) {
		return 0, step.WithHint(fmt.Errorf("there is no resolution %q", wanted),
			"one of: "+strings.Join(p.Resolutions(), ", "))
	}
	switch {
	case p.Study.Trainer.SageMaker != nil:
		return 0, step.WithHint(errors.New("models that SageMaker trained run only there"),
			"type snellen watch -endpoint NAME")
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
