//go:build native

package evaluate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"snellen/engine/regular"
	"snellen/engine/step"
)

// NewDraw returns the runner of draw steps.
func NewDraw() step.Runner { return drawer{} }

type drawer struct{}

// Run judges the job's video with the answers in its input. The answers must be as many as the
// areas of all judged frames.
func (drawer) Run(ctx context.Context, job *step.Job) error {
	var params DrawParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	model, err := openAnswers(job.Inputs["probabilities"], params.Classes)
	if err != nil {
		return err
	}
	defer model.Close()
	e := &evaluation{job: job, params: params.Params, model: model}
	if e.camera, err = readCamera(job, &e.params.Width, &e.params.Height); err != nil {
		return err
	}
	if err := e.judge(ctx); err != nil {
		return err
	}
	if err := model.checkEnd(); err != nil {
		return err
	}
	return e.summarise()
}

// A recordedModel is a Classifier that returns recorded answers in their order, whatever the
// pictures are.
type recordedModel struct {
	classes []string
	file    io.Closer
	lines   *bufio.Scanner // each a list of probabilities
}

// openAnswers opens a probabilities.jsonl. The caller must close the model.
func openAnswers(path string, classes []string) (*recordedModel, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	return newRecordedModel(f, classes), nil
}

// newRecordedModel returns a model that answers what the lines of a file say.
func newRecordedModel(r io.ReadCloser, classes []string) *recordedModel {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	return &recordedModel{classes, r, lines}
}

func (r *recordedModel) Classes() []string { return r.classes }
func (r *recordedModel) Close() error      { return r.file.Close() }

// checkEnd returns an error if there are answers left.
func (r *recordedModel) checkEnd() error {
	if r.lines.Scan() {
		return errors.New("probabilities.jsonl has more lines than there are pictures")
	}
	return r.lines.Err()
}

func (r *recordedModel) Classify(_ context.Context, jpegs [][]byte) ([][]float64, error) {
	var all [][]float64
	for range jpegs {
		if !r.lines.Scan() {
			err := errors.New("probabilities.jsonl has fewer lines than there are pictures")
			return nil, errors.Join(err, r.lines.Err())
		}
		var probabilities []float64
		if err := json.Unmarshal(r.lines.Bytes(), &probabilities); err != nil {
			return nil, fmt.Errorf("read a line of probabilities.jsonl: %w", err)
		}
		all = append(all, probabilities)
	}
	return all, nil
}
