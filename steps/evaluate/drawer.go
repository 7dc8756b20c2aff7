//go:build native

package evaluate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

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
	answers, err := os.Open(job.Inputs["probabilities"])
	if err != nil {
		return err
	}
	defer answers.Close()
	lines := bufio.NewScanner(answers)
	lines.Buffer(nil, maxLine)
	model := &recordedModel{params.Classes, lines}
	e := &evaluation{job: job, params: params.Params, model: model}
	if e.camera, err = readCamera(job, &e.params.Width, &e.params.Height); err != nil {
		return err
	}
	if err := e.judge(ctx); err != nil {
		return err
	}
	if lines.Scan() {
		return errors.New("probabilities.jsonl has more lines than there are areas")
	}
	return e.summarise()
}

// A recordedModel is a Classifier that returns recorded answers in their order, whatever the
// pictures are.
type recordedModel struct {
	classes []string
	lines   *bufio.Scanner // each a list of probabilities
}

func (r *recordedModel) Classes() []string { return r.classes }
func (r *recordedModel) Close() error      { return nil }

func (r *recordedModel) Classify(_ context.Context, jpegs [][]byte) ([][]float64, error) {
	var all [][]float64
	for range jpegs {
		if !r.lines.Scan() {
			err := errors.New("probabilities.jsonl has fewer lines than there are areas")
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
