//go:build native

package evaluate

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"snellen/engine/step"
	"snellen/steps/frames"
	"snellen/steps/video"
	"snellen/steps/vision"
)

// NewScore returns the runner of score steps.
func NewScore() step.Runner { return scorer{} }

type scorer struct{}

// Run writes the detections, the summary, and the worst pictures.
func (scorer) Run(ctx context.Context, job *step.Job) error {
	var params ScoreParams
	if err := json.Unmarshal(job.Params, &params); err != nil {
		return err
	}
	judged := Params{Confident: params.Confident}
	for _, p := range params.Pictures {
		judged.Areas = append(judged.Areas, Area{Name: p.Name, Expect: p.Expect})
	}
	detections, err := readAnswers(ctx, job.Inputs["probabilities"], judged.Areas,
		params.Classes)
	if err != nil {
		return err
	}
	if err := writeDetections(filepath.Join(job.Out, "detections.jsonl"), detections); err != nil {
		return err
	}
	summary := Summarise(detections, params.Classes, judged)
	if err := groupSamples(&summary, job.Inputs["probe"], params.Near); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(job.Out, "summary.json"), summary); err != nil {
		return err
	}
	return writeWorst(ctx, job, detections, params.Classes)
}

// readAnswers returns the detection of each area, one frame an area.
func readAnswers(
	ctx context.Context, path string, areas []Area, classes []string,
) ([]Detection, error) {
	model, err := openAnswers(path, classes)
	if err != nil {
		return nil, err
	}
	defer model.Close()
	answers, err := model.Classify(ctx, make([][]byte, len(areas)))
	if err != nil {
		return nil, err
	}
	var list []Detection
	for i, probabilities := range answers {
		d, err := newDetection(areas[i], classes, probabilities)
		if err != nil {
			return nil, fmt.Errorf("picture %s: %w", areas[i].Name, err)
		}
		d.Frame = i
		list = append(list, d)
	}
	return list, model.checkEnd()
}

func writeDetections(path string, detections []Detection) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for _, d := range detections {
		if err := lines.Encode(d); err != nil {
			return err
		}
	}
	return w.Flush()
}

// groupSamples fills in which pictures are near-duplicates.
func groupSamples(summary *Summary, probe string, near int) error {
	set, err := video.LoadPictureSet(probe)
	if err != nil {
		return err
	}
	if len(set.Pictures) != len(summary.Areas) {
		return fmt.Errorf("%d pictures were read, and %d were judged", len(set.Pictures),
			len(summary.Areas))
	}
	for _, g := range set.Groups(near) {
		for _, i := range g {
			if len(g) > 1 {
				summary.Areas[i].Group = g[0] + 1
			}
		}
	}
	return nil
}

// WorstCount is how many pictures are kept for people, at most: those with the lowest probability
// of the label that they show.
const WorstCount = 24

// worstSide bounds the sides of a kept picture, in pixels.
const worstSide = 480

// writeWorst writes the worst pictures, named by their numbers.
func writeWorst(
	ctx context.Context, job *step.Job, detections []Detection, classes []string,
) error {
	folder := filepath.Join(job.Out, "pictures")
	if err := os.Mkdir(folder, 0o777); err != nil {
		return err
	}
	pictures, err := frames.OpenRecords(job.Inputs["pictures"])
	if err != nil {
		return err
	}
	defer pictures.Close()
	if pictures.Len() != len(detections) {
		return fmt.Errorf("there are %d pictures and %d answers", pictures.Len(), len(detections))
	}
	class := indices(classes)
	expected := func(d Detection) float64 { return d.Probabilities[class[d.Expected]] }
	worst := slices.Clone(detections)
	slices.SortStableFunc(worst, func(a, b Detection) int {
		return cmp.Compare(expected(a), expected(b))
	})
	for _, d := range worst[:min(len(worst), WorstCount)] {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		_, data, err := pictures.Read(d.Frame)
		if err != nil {
			return err
		}
		small, err := vision.Thumbnail(data, worstSide, pictureQuality)
		if err != nil {
			return fmt.Errorf("picture %s: %w", d.Area, err)
		}
		path := filepath.Join(folder, fmt.Sprintf("%06d.jpg", d.Frame))
		if err := os.WriteFile(path, small, 0o666); err != nil {
			return err
		}
	}
	return nil
}
