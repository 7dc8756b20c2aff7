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

// maxJobs bounds a list of jobs; the newest come first. An account keeps jobs for ever.
const maxJobs = 200

// list gives all that carries Snellen's tags, and its keys in the bucket.
func (c *Cloud) list(ctx context.Context) ([]sagemaker.Item, error) {
	var all []sagemaker.Item
	for _, list := range []func(context.Context) ([]sagemaker.Item, error){c.listJobs, c.listEndpoints, c.listConfigs, c.listModels} {
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

// namePrefix is what all names begin with. NameContains looks anywhere in a name, so it is looked at again.
const namePrefix = "snellen-"

func (c *Cloud) listJobs(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListTrainingJobsPaginator(c.api(), &api.ListTrainingJobsInput{
		NameContains: aws.String(namePrefix), SortBy: types.SortByCreationTime, SortOrder: types.SortOrderDescending, MaxResults: aws.Int32(100),
	})
	for pages.HasMorePages() && len(list) < maxJobs {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, j := range page.TrainingJobSummaries {
			t := sagemaker.Item{Kind: ledger.Job, Name: aws.ToString(j.TrainingJobName), Status: string(j.TrainingJobStatus), Created: aws.ToTime(j.CreationTime), ARN: aws.ToString(j.TrainingJobArn)}
			if j.TrainingJobStatus == types.TrainingJobStatusInProgress || j.TrainingJobStatus == types.TrainingJobStatusStopping {
				if err := c.setJobCost(ctx, &t); err != nil {
					return nil, err
				}
			}
			list = append(list, t)
		}
	}
	return list, nil
}

func (c *Cloud) setJobCost(ctx context.Context, t *sagemaker.Item) error {
	d, err := c.api().DescribeTrainingJob(ctx, &api.DescribeTrainingJobInput{TrainingJobName: &t.Name})
	if isNotFound(err) || err == nil && d.ResourceConfig == nil {
		return nil
	}
	if err != nil {
		return err
	}
	c.setCost(t, string(d.ResourceConfig.InstanceType), int(aws.ToInt32(d.ResourceConfig.InstanceCount)), price.Training)
	return nil
}

func (c *Cloud) setCost(t *sagemaker.Item, instance string, count int, use string) {
	hour := c.prices.Estimate(price.Item{Instance: instance, Count: count, Seconds: 3600}, c.settings.Region, use)
	t.Instance, t.USD, t.Unknown = instance, hour.USD, hour.Unknown
}

func (c *Cloud) listEndpoints(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListEndpointsPaginator(c.api(), &api.ListEndpointsInput{NameContains: aws.String(namePrefix), MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Endpoints {
			t := sagemaker.Item{Kind: ledger.Endpoint, Name: aws.ToString(e.EndpointName), Status: string(e.EndpointStatus), Created: aws.ToTime(e.CreationTime), ARN: aws.ToString(e.EndpointArn)}
			if err := c.setEndpointCost(ctx, &t); err != nil {
				return nil, err
			}
			list = append(list, t)
		}
	}
	return list, nil
}

func (c *Cloud) setEndpointCost(ctx context.Context, t *sagemaker.Item) error {
	d, err := c.api().DescribeEndpointConfig(ctx, &api.DescribeEndpointConfigInput{EndpointConfigName: &t.Name})
	if isNotFound(err) || err == nil && len(d.ProductionVariants) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if v := d.ProductionVariants[0]; v.ServerlessConfig == nil {
		c.setCost(t, string(v.InstanceType), int(aws.ToInt32(v.InitialInstanceCount)), price.Hosting)
	}
	return nil
}

func (c *Cloud) listConfigs(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListEndpointConfigsPaginator(c.api(), &api.ListEndpointConfigsInput{NameContains: aws.String(namePrefix), MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range page.EndpointConfigs {
			list = append(list, sagemaker.Item{Kind: ledger.Config, Name: aws.ToString(e.EndpointConfigName), Created: aws.ToTime(e.CreationTime), ARN: aws.ToString(e.EndpointConfigArn)})
		}
	}
	return list, nil
}

func (c *Cloud) listModels(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := api.NewListModelsPaginator(c.api(), &api.ListModelsInput{NameContains: aws.String(namePrefix), MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Models {
			list = append(list, sagemaker.Item{Kind: ledger.Model, Name: aws.ToString(m.ModelName), Created: aws.ToTime(m.CreationTime), ARN: aws.ToString(m.ModelArn)})
		}
	}
	return list, nil
}

// readTags tells whether a thing carries our tags, and reads them.
func (c *Cloud) readTags(ctx context.Context, t *sagemaker.Item) (bool, error) {
	if !strings.HasPrefix(t.Name, namePrefix) {
		return false, nil
	}
	pages := api.NewListTagsPaginator(c.api(), &api.ListTagsInput{ResourceArn: &t.ARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isNotFound(err) {
			return false, nil // it went meanwhile
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

// storedKeys sums the objects in the bucket by their first two folders below the prefix: "files/SHA256", "jobs/NAME".
func (c *Cloud) storedKeys(ctx context.Context) ([]sagemaker.Item, error) {
	var list []sagemaker.Item
	pages := s3.NewListObjectsV2Paginator(c.s3(), &s3.ListObjectsV2Input{Bucket: &c.settings.Bucket, Prefix: aws.String(c.key(""))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", c.uri(c.key("")), shortError(err))
		}
		for _, o := range page.Contents {
			parts := strings.SplitN(strings.TrimPrefix(aws.ToString(o.Key), c.key("")), "/", 3)
			if len(parts) < 3 || !slices.Contains([]string{"files", "folders", "jobs", "checkpoints"}, parts[0]) {
				continue // not of our making
			}
			name := parts[0] + "/" + parts[1]
			if n := len(list); n == 0 || list[n-1].Name != name { // keys come sorted
				list = append(list, sagemaker.Item{Kind: sagemaker.Keys, Name: name, Created: aws.ToTime(o.LastModified)})
			}
			t := &list[len(list)-1]
			t.Bytes, t.Objects = t.Bytes+aws.ToInt64(o.Size), t.Objects+1
		}
	}
	return list, nil
}

// stopJob ends a training job of that name. One that has ended already is no error.
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

// deleteItem deletes a thing for good: with an endpoint what belongs to it, with a job what it left in the bucket.
func (c *Cloud) deleteItem(ctx context.Context, t sagemaker.Item, warn func(string)) error {
	switch t.Kind {
	case ledger.Job:
		err := c.withCredentials(ctx, warn, func() error {
			_, err := c.api().DeleteTrainingJob(ctx, &api.DeleteTrainingJobInput{TrainingJobName: &t.Name})
			return err
		})
		if err != nil {
			return err
		}
		return errors.Join(c.deleteKeys(ctx, "jobs/"+t.Name), c.ledger.Write(ledger.Gone, c.resource(t)))
	case sagemaker.Keys:
		return c.deleteKeys(ctx, t.Name)
	}
	release, ok, err := c.ledger.TryLock(t.Name)
	if err != nil || !ok {
		return errors.Join(err, step.WithHint(fmt.Errorf("%s %s is being worked with", t.Kind, t.Name), "wait for the apply that judges with it"))
	}
	v := &serving{cloud: c, name: t.Name, key: t.Key, address: t.Address, warn: warn, release: release}
	if t.Kind == ledger.Endpoint {
		if err := c.ledger.Write(ledger.Created, v.resource(ledger.Endpoint)); err != nil { // another machine's ledger had it
			release()
			return err
		}
	}
	return v.remove(ctx)
}

func (c *Cloud) resource(t sagemaker.Item) ledger.Resource {
	return ledger.Resource{Kind: t.Kind, Name: t.Name, Region: c.settings.Region, Profile: c.settings.Profile, Key: t.Key, Address: t.Address}
}

// deleteKeys deletes what is below one of the folders that keys sums.
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
		out, err := c.s3().DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &c.settings.Bucket, Delete: &s3types.Delete{Objects: batch, Quiet: aws.Bool(true)}})
		batch = nil
		if err == nil && len(out.Errors) > 0 {
			err = fmt.Errorf("%s: %s", aws.ToString(out.Errors[0].Key), aws.ToString(out.Errors[0].Message))
		}
		return shortError(err)
	}
	for key := range all {
		if batch = append(batch, s3types.ObjectIdentifier{Key: aws.String(key)}); len(batch) == 1000 {
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
