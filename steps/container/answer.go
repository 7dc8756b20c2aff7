package container

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"snellen/engine/step"
)

// MaxBody bounds the bodies of a request to a model and of its answer, in bytes.
const MaxBody = 6 << 20

// Answer reads a model's probabilities, one for each class. Models answer in three forms: a bare
// list, {"prediction": [...]}, and {"predictions": [{"prediction": [...]}]}.
func Answer(body io.Reader, classes int) ([]float64, error) {
	data, err := io.ReadAll(io.LimitReader(body, MaxBody+1))
	if err != nil {
		return nil, err
	}
	var list []float64
	if json.Unmarshal(data, &list) != nil {
		var object struct {
			Prediction  []float64 `json:"prediction"`
			Predictions []struct {
				Prediction []float64 `json:"prediction"`
			} `json:"predictions"`
		}
		if err := json.Unmarshal(data, &object); err != nil {
			return nil, fmt.Errorf("its answer is neither a list nor a prediction: %.60q", data)
		}
		if list = object.Prediction; list == nil && len(object.Predictions) == 1 {
			list = object.Predictions[0].Prediction
		}
	}
	return list, plausible(list, classes)
}

// plausible returns an error unless list is a probability for each class.
func plausible(list []float64, classes int) error {
	if len(list) != classes {
		return step.WithHint(
			fmt.Errorf("it answers %d probabilities, and the study has %d labels", len(list),
				classes),
			"does it serve the model of another study?")
	}
	total := 0.0
	for _, p := range list {
		if math.IsNaN(p) || p < 0 || p > 1 {
			return fmt.Errorf("it answers the probability %g", p)
		}
		total += p
	}
	if math.Abs(total-1) > 1e-3 {
		return fmt.Errorf("its probabilities add up to %g", total)
	}
	return nil
}

// WriteAnswers writes probabilities.jsonl, one answer a line.
func WriteAnswers(job *step.Job, answers [][]float64) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, a := range answers {
		if err := enc.Encode(a); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(job.Out, "probabilities.jsonl"), out.Bytes(), 0o666)
}
