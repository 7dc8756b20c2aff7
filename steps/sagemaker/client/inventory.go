package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"snellen/engine/step"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/sagemaker/price"
)

// maxJobs limits the list of jobs, newest first. An account keeps its jobs for ever.
const maxJobs = 200

// list returns every resource that carries Snellen's tags, with its hourly price while it costs,
// and then the stored objects.
func (c *Cloud) list(ctx context.Context) ([]sagemaker.Item, error) {
	var all []sagemaker.Item
	for _, list := range []func(context.Context) ([]sagemaker.Item, error){
		c.listJobs, c.listEndpoints, c.listConfigs, c.listModels,
	} {
		things, err := list(ctx)
		if err != nil {
			return nil, shortError(err)
		}
		for _, t := range things {
			mine, err := c.readTags(ctx, &t)
			if err != nil {
				return nil, shortError(err)
			}
			if mine {
				all = append(all, t)
			}
		}
	}
	keys, err := c.storedKeys(ctx)
	return append(all, keys...), err
}

// namePrefix begins all names of our resources. The API's NameContains matches anywhere in a name,
// so readTags checks the prefix again.
const namePrefix = "snellen-"

func (c *Cloud) listJobs(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListTrainingJobsPaginator(c.api(), &api.ListTrainingJobsInput{
		NameContains: aws.String(namePrefix), SortBy: types.SortByCreationTime,
		SortOrder: types.SortOrderDescending, MaxResults: aws.Int32(100),
	})
	for pages.HasMorePages() && len(list) < maxJobs {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, j := range page.TrainingJobSummaries {
			t := sagemaker.Item{Kind: ledger.Job, Name: aws.ToString(j.TrainingJobName),
				Status: string(j.TrainingJobStatus), Created: aws.ToTime(j.CreationTime),
				ARN: aws.ToString(j.TrainingJobArn)}
			if j.TrainingJobStatus == types.TrainingJobStatusInProgress ||
				j.TrainingJobStatus == types.TrainingJobStatusStopping {
				if err := c.setJobCost(ctx, &t); err != nil {
					return nil, err
				}
			}
			list = append(list, t)
		}
	}
	return list, nil
}

// setJobCost sets the price of a running job. A job that is gone by now has none.
func (c *Cloud) setJobCost(ctx context.Context, t *sagemaker.Item) error {
	d, err := c.api().DescribeTrainingJob(ctx,
		&api.DescribeTrainingJobInput{TrainingJobName: &t.Name})
	if isNotFound(err) || err == nil && d.ResourceConfig == nil {
		return nil
	}
	if err != nil {
		return err
	}
	c.setCost(t, string(d.ResourceConfig.InstanceType),
		int(aws.ToInt32(d.ResourceConfig.InstanceCount)), price.Training)
	return nil
}

// setCost sets what so many instances cost in an hour.
func (c *Cloud) setCost(t *sagemaker.Item, instance string, count int, use string) {
	hour := c.prices.Estimate(price.Item{Instance: instance, Count: count, Seconds: 3600},
		c.settings.Region, use)
	t.Instance, t.USD, t.Unknown = instance, hour.USD, hour.Unknown
}

func (c *Cloud) listEndpoints(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListEndpointsPaginator(c.api(),
		&api.ListEndpointsInput{NameContains: aws.String(namePrefix), MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Endpoints {
			t := sagemaker.Item{Kind: ledger.Endpoint, Name: aws.ToString(e.EndpointName),
				Status: string(e.EndpointStatus), Created: aws.ToTime(e.CreationTime),
				ARN: aws.ToString(e.EndpointArn)}
			if err := c.setEndpointCost(ctx, &t); err != nil {
				return nil, err
			}
			list = append(list, t)
		}
	}
	return list, nil
}

// setEndpointCost sets the price of an endpoint. A serverless one costs nothing while it is idle.
func (c *Cloud) setEndpointCost(ctx context.Context, t *sagemaker.Item) error {
	d, err := c.api().DescribeEndpointConfig(ctx,
		&api.DescribeEndpointConfigInput{EndpointConfigName: &t.Name})
	if isNotFound(err) || err == nil && len(d.ProductionVariants) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if v := d.ProductionVariants[0]; v.ServerlessConfig == nil {
		c.setCost(t, string(v.InstanceType), int(aws.ToInt32(v.InitialInstanceCount)),
			price.Hosting)
	}
	return nil
}

func (c *Cloud) listConfigs(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListEndpointConfigsPaginator(c.api(),
		&api.ListEndpointConfigsInput{NameContains: aws.String(namePrefix),
			MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range page.EndpointConfigs {
			list = append(list,
				sagemaker.Item{Kind: ledger.Config, Name: aws.ToString(e.EndpointConfigName),
					Created: aws.ToTime(e.CreationTime), ARN: aws.ToString(e.EndpointConfigArn)})
		}
	}
	return list, nil
}

func (c *Cloud) listModels(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListModelsPaginator(c.api(),
		&api.ListModelsInput{NameContains: aws.String(namePrefix), MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Models {
			list = append(list, sagemaker.Item{Kind: ledger.Model, Name: aws.ToString(m.ModelName),
				Created: aws.ToTime(m.CreationTime), ARN: aws.ToString(m.ModelArn)})
		}
	}
	return list, nil
}

// readTags sets an item's key and address from its tags, and reports whether it carries ours.
func (c *Cloud) readTags(ctx context.Context, t *sagemaker.Item) (bool, error) {
	if !strings.HasPrefix(t.Name, namePrefix) {
		return false, nil
	}
	pages := api.NewListTagsPaginator(c.api(), &api.ListTagsInput{ResourceArn: &t.ARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return false, nil // deleted since it was listed
		}
		if err != nil {
			return false, err
		}
		for _, tag := range page.Tags {
			switch aws.ToString(tag.Key) {
			case sagemaker.KeyTag:
				t.Key = aws.ToString(tag.Value)
			case sagemaker.AddressTag:
				t.Address = aws.ToString(tag.Value)
			}
		}
	}
	return t.Key != "", nil
}

// storedKeys returns the objects in the bucket, summed by their first two folders below the prefix:
// "files/SHA256", "jobs/NAME". Other folders are not Snellen's.
func (c *Cloud) storedKeys(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := s3.NewListObjectsV2Paginator(c.s3(), &s3.ListObjectsV2Input{Bucket: &c.settings.Bucket,
		Prefix: aws.String(c.key(""))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", c.uri(c.key("")), shortError(err))
		}
		for _, o := range page.Contents {
			parts := strings.SplitN(strings.TrimPrefix(aws.ToString(o.Key), c.key("")), "/", 3)
			if len(parts) < 3 ||
				!slices.Contains([]string{"files", "folders", "jobs", "checkpoints"}, parts[0]) {
				continue // not Snellen's
			}
			name := parts[0] + "/" + parts[1]
			if n := len(list); n == 0 || list[n-1].Name != name { // keys come sorted
				list = append(list, sagemaker.Item{Kind: sagemaker.Keys, Name: name,
					Created: aws.ToTime(o.LastModified)})
			}
			t := &list[len(list)-1]
			t.Bytes, t.Objects = t.Bytes+aws.ToInt64(o.Size), t.Objects+1
		}
	}
	return list, nil
}

// stopJob stops a training job by its name. One that has already ended is no error; one that does
// not exist is.
func (c *Cloud) stopJob(ctx context.Context, name string, warn func(string)) error {
	err := c.withCredentials(ctx, warn, func() error {
		_, err := c.api().StopTrainingJob(ctx, &api.StopTrainingJobInput{TrainingJobName: &name})
		return err
	})
	if err != nil && isAlreadyEnded(err) && !isNotFound(err) {
		return nil
	}
	return err
}

// deleteItem deletes an item for good: an endpoint with its configuration and model, a job with the
// objects that it wrote to the bucket. It fails if another process uses the item.
func (c *Cloud) deleteItem(ctx context.Context, t sagemaker.Item, warn func(string)) error {
	switch t.Kind {
	case ledger.Job:
		err := c.withCredentials(ctx, warn, func() error {
			_, err := c.api().DeleteTrainingJob(ctx,
				&api.DeleteTrainingJobInput{TrainingJobName: &t.Name})
			return err
		})
		if err != nil {
			return err
		}
		return errors.Join(c.deleteKeys(ctx, "jobs/"+t.Name),
			c.ledger.Write(ledger.Gone, c.resource(t)))
	case sagemaker.Keys:
		return c.deleteKeys(ctx, t.Name)
	}
	release, ok, err := c.ledger.TryLock(t.Name)
	if err != nil || !ok {
		return errors.Join(err,
			step.WithHint(fmt.Errorf("%s %s is in use", t.Kind, t.Name),
				"wait for the apply that uses it"))
	}
	v := &serving{
		cloud: c, name: t.Name, key: t.Key, address: t.Address, warn: warn, release: release,
	}
	if t.Kind == ledger.Endpoint {
		// It may be in another machine's ledger only, and remove looks in ours.
		if err := c.ledger.Write(ledger.Created, v.resource(ledger.Endpoint)); err != nil {
			release()
			return err
		}
	}
	return v.remove(ctx)
}

func (c *Cloud) resource(t sagemaker.Item) ledger.Resource {
	return ledger.Resource{Kind: t.Kind, Name: t.Name, Region: c.settings.Region,
		Profile: c.settings.Profile, Key: t.Key, Address: t.Address}
}

// deleteKeys deletes the objects below one of the folders that storedKeys sums, 1000 in a request,
// which is the service's limit.
func (c *Cloud) deleteKeys(ctx context.Context, folder string) error {
	all, err := c.listKeys(ctx, c.key(folder)+"/")
	if err != nil {
		return err
	}
	var batch []s3types.ObjectIdentifier
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		out, err := c.s3().DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &c.settings.Bucket,
			Delete: &s3types.Delete{Objects: batch, Quiet: aws.Bool(true)}})
		batch = nil
		if err == nil && len(out.Errors) > 0 {
			err = fmt.Errorf("%s: %s", aws.ToString(out.Errors[0].Key),
				aws.ToString(out.Errors[0].Message))
		}
		return shortError(err)
	}
	for key := range all {
		batch = append(batch, s3types.ObjectIdentifier{Key: aws.String(key)})
		if len(batch) == 1000 {
			if err := flush(); err != nil {
				return fmt.Errorf("delete %s: %w", c.uri(c.key(folder)), err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("delete %s: %w", c.uri(c.key(folder)), err)
	}
	return nil
}
