package sagemaker

import (
	"context"
	"errors"

	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"snellen/steps/sagemaker/ledger"
)

// Orphans are what the ledger in a folder has of endpoints, and of what belongs to them, that no process works with any
// more: what a crash left.
func Orphans(dir string) ([]ledger.Resource, error) {
	l := ledger.Open(dir)
	live, err := l.Live()
	if err != nil {
		return nil, err
	}
	var list []ledger.Resource
	for _, r := range live {
		if r.Kind == ledger.Job {
			continue
		}
		release, ok, err := l.TryLock(r.Name)
		if err != nil {
			return nil, err
		}
		if ok {
			release()
			list = append(list, r)
		}
	}
	return list, nil
}

// Sweep deletes the orphans that can be reached in this region, and tells what it does.
func (c *Cloud) Sweep(ctx context.Context, orphans []ledger.Resource, tell func(string)) error {
	var errs []error
	done := map[string]bool{}
	for _, r := range orphans {
		if r.Region != c.settings.Region || r.Profile != c.settings.Profile || done[r.Name] {
			continue
		}
		done[r.Name] = true
		release, ok, err := c.ledger.TryLock(r.Name)
		if err != nil || !ok {
			errs = append(errs, err)
			continue
		}
		tell("deleting endpoint " + r.Name + ", which an apply of " + r.Address + " left behind")
		v := &serving{cloud: c, name: r.Name, key: r.Key, address: r.Address, warn: tell, release: release}
		errs = append(errs, v.down(ctx))
	}
	return errors.Join(errs...)
}

// Settle writes of jobs in the ledger that they are over, where the service says so.
func (c *Cloud) Settle(ctx context.Context, tell func(string)) error {
	live, err := c.ledger.Live()
	if err != nil {
		return err
	}
	for _, r := range live {
		if r.Kind != ledger.Job || r.Region != c.settings.Region || r.Profile != c.settings.Profile {
			continue
		}
		var d *api.DescribeTrainingJobOutput
		err := c.ask(ctx, tell, func() (err error) {
			d, err = c.api().DescribeTrainingJob(ctx, &api.DescribeTrainingJobInput{TrainingJobName: &r.Name})
			return err
		})
		if err != nil && !missing(err) {
			return err
		}
		if missing(err) {
			err = c.ledger.Write(ledger.Gone, r)
		} else if end, _ := endOf(d); end != running {
			err = c.ledger.Write(ledger.Gone, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
