package client

import (
	"context"

	"snellen/engine/step"
	"snellen/steps/sagemaker"
)

// uploadDataset uploads a job's dataset and returns the channels of the job. RecordIO has one file
// for each set. The image format has a folder of images and a .lst file for each set, each a
// channel of its own.
func (c *Cloud) uploadDataset(
	ctx context.Context, job *step.Job, format string,
) ([]sagemaker.Channel, error) {
	var channels []sagemaker.Channel
	var all []source
	for _, set := range []string{"train", "validation"} {
		if format == "image" {
			prefix, images, err := c.hashFolder(job.Inputs[set])
			if err != nil {
				return nil, err
			}
			if err := c.upload(ctx, images, job.Report); err != nil {
				return nil, err
			}
			channels = append(channels, sagemaker.Channel{Name: set, Prefix: prefix})
			continue
		}
		s, err := c.hashFile(job.Inputs[set], set+".rec")
		if err != nil {
			return nil, err
		}
		all, channels = append(all, s),
			append(channels, sagemaker.Channel{Name: set, Prefix: parentKey(s.key)})
	}
	if format == "image" {
		for _, set := range []string{"train", "validation"} {
			s, err := c.hashFile(job.Inputs[set+".lst"], set+".lst")
			if err != nil {
				return nil, err
			}
			all, channels = append(all, s),
				append(channels, sagemaker.Channel{Name: set + "_lst", Prefix: parentKey(s.key)})
		}
	}
	return channels, c.upload(ctx, all, job.Report)
}
