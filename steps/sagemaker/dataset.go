package sagemaker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"snellen/engine/step"
	"snellen/steps/frames"
)

// readDataset reads dataset.json and checks what would make a job fail after it has cost money.
func readDataset(path string, p TrainParams) (frames.Summary, error) {
	var s frames.Summary
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read the dataset: %w", err)
	}
	for _, set := range []struct {
		name   string
		counts []int
	}{{"training", s.Train}, {"validation", s.Validation}} {
		if len(set.counts) != len(s.Classes) || len(s.Classes) == 0 {
			return s, fmt.Errorf("the %s set counts %d classes of %d", set.name, len(set.counts), len(s.Classes))
		}
		if n := sum(set.counts); n < p.MiniBatchSize {
			return s, step.WithHint(fmt.Errorf("the %s set has %d images, fewer than a batch of %d", set.name, n, p.MiniBatchSize),
				fmt.Sprintf("lower mini_batch_size to %d or less", n))
		}
	}
	return s, nil
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// send uploads a job's dataset and gives its channels.
func (c *Cloud) send(ctx context.Context, job *step.Job, format string) ([]channel, error) {
	var channels []channel
	var all []source
	for _, set := range []string{"train", "validation"} {
		if format == "image" {
			prefix, images, err := c.folder(job.Inputs[set])
			if err != nil {
				return nil, err
			}
			if err := c.upload(ctx, images, job.Report); err != nil {
				return nil, err
			}
			channels = append(channels, channel{set, prefix})
			continue
		}
		s, err := c.file(job.Inputs[set], set+".rec")
		if err != nil {
			return nil, err
		}
		all, channels = append(all, s), append(channels, channel{set, folderOf(s.key)})
	}
	if format == "image" {
		for _, set := range []string{"train", "validation"} {
			s, err := c.file(job.Inputs[set+".lst"], set+".lst")
			if err != nil {
				return nil, err
			}
			all, channels = append(all, s), append(channels, channel{set + "_lst", folderOf(s.key)})
		}
	}
	return channels, c.upload(ctx, all, job.Report)
}
