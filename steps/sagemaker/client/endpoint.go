package client

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"snellen/engine/step"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
)

// A serving is a model, an endpoint configuration and an endpoint of one name, made for one step.
// The name contains random digits beside the step's key, so that two people who judge the same
// study do not delete each other's endpoint. The ledger records the name.
type serving struct {
	cloud   *Cloud
	name    string
	key     string // the step's
	address string
	warn    func(string)
	release func() // releases the lock, which shows that this process is alive
}

// newServing returns a locked serving for a step: one that an earlier run left behind, if it is
// still usable, or one with a new name. The caller must call remove, which releases the lock.
func (c *Cloud) newServing(
	ctx context.Context, key, address string, warn func(string),
) (*serving, error) {
	live, _, err := c.ledger.Live() // each apply says what is damaged
	if err != nil {
		return nil, err
	}
	for _, r := range live {
		if r.Key != key || r.Kind == ledger.Job || r.Region != c.settings.Region {
			continue
		}
		v, err := c.reclaim(ctx, r, warn)
		if v != nil || err != nil {
			return v, err
		}
	}
	random := make([]byte, 4)
	rand.Read(random)
	name := fmt.Sprintf("snellen-%.32s-%s", key, hex.EncodeToString(random))
	v := &serving{cloud: c, name: name, key: key, address: address, warn: warn}
	release, ok, err := c.ledger.TryLock(v.name)
	if err == nil && !ok {
		err = fmt.Errorf("another process holds %s", v.name)
	}
	v.release = release
	return v, err
}

// reclaim locks a serving found in the ledger. One that has failed or is being deleted is removed.
// It returns nil if there is nothing to reclaim, or if another process holds it.
func (c *Cloud) reclaim(
	ctx context.Context, r ledger.Resource, warn func(string),
) (*serving, error) {
	release, ok, err := c.ledger.TryLock(r.Name)
	if err != nil || !ok {
		return nil, err
	}
	v := &serving{
		cloud: c, name: r.Name, key: r.Key, address: r.Address, warn: warn, release: release,
	}
	status, _, err := v.status(ctx)
	switch {
	case err != nil:
		release()
		return nil, err
	case status == types.EndpointStatusDeleting, status == types.EndpointStatusFailed:
		return nil, v.remove(ctx)
	}
	return v, nil
}

func (v *serving) resource(kind string) ledger.Resource {
	s := v.cloud.settings
	return ledger.Resource{
		Kind: kind, Name: v.name, Region: s.Region, Profile: s.Profile, Key: v.key,
		Address: v.address,
	}
}

// createResource creates one of the three resources. The intent is written first, so that a crash
// leaves a trace. The call is repeated while the resource that it depends on is not visible yet, or
// while a quota is in use. A resource that exists is taken for an earlier run's.
func (v *serving) createResource(ctx context.Context, kind string, call func() error) error {
	if err := v.cloud.ledger.Write(ledger.Intended, v.resource(kind)); err != nil {
		return err
	}
	deadline, wait := time.Now().Add(v.cloud.visibilityTimeout()), v.cloud.waiter()
	for {
		err := v.cloud.withCredentials(ctx, v.warn, call)
		if err == nil || isNameInUse(err) {
			return v.cloud.ledger.Write(ledger.Created, v.resource(kind))
		}
		if _, waits, refused := quotaLimit(err); !isNotFound(err) && !(refused && waits) ||
			isNotFound(err) && time.Now().After(deadline) {
			return err
		}
		if err := wait.wait(ctx, true); err != nil {
			return err
		}
	}
}

// create creates the model, the configuration and the endpoint, and waits until the endpoint is in
// service. If it fails, what it created stays for remove.
func (v *serving) create(ctx context.Context, image, modelURI string) error {
	e := sagemaker.Endpoint{
		Settings: v.cloud.settings, Name: v.name, Key: v.key, Address: v.address, Image: image,
		ModelURI: modelURI,
	}
	model, config, point := e.Requests()
	for _, one := range []struct {
		kind string
		call func() error
	}{
		{ledger.Model, callWith(ctx, model, v.cloud.api().CreateModel)},
		{ledger.Config, callWith(ctx, config, v.cloud.api().CreateEndpointConfig)},
		{ledger.Endpoint, callWith(ctx, point, v.cloud.api().CreateEndpoint)},
	} {
		if err := v.createResource(ctx, one.kind, one.call); err != nil {
			return err
		}
	}
	return v.awaitService(ctx)
}

// callWith returns a function that makes an API call with a request.
func callWith[In, Out any](
	ctx context.Context, r sagemaker.Request,
	call func(context.Context, *In, ...func(*api.Options)) (*Out, error),
) func() error {
	return func() error {
		in, err := input[In](r)
		if err == nil {
			_, err = call(ctx, in)
		}
		return err
	}
}

// status returns the endpoint's status and, if it failed, the reason. The status is "" if there is
// no endpoint.
func (v *serving) status(ctx context.Context) (types.EndpointStatus, string, error) {
	var d *api.DescribeEndpointOutput
	err := v.cloud.withCredentials(ctx, v.warn, func() (err error) {
		d, err = v.cloud.api().DescribeEndpoint(ctx,
			&api.DescribeEndpointInput{EndpointName: &v.name})
		return err
	})
	if isNotFound(err) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	return d.EndpointStatus, aws.ToString(d.FailureReason), nil
}

// awaitService waits until the endpoint is in service, at most for the spec's max_wait. An
// interrupt ends the wait with step.Detached.
func (v *serving) awaitService(ctx context.Context) error {
	began := time.Now()
	limit := time.Duration(v.cloud.settings.Serving.MaxWait) * time.Second
	for wait := v.cloud.waiter(); ; {
		status, reason, err := v.status(ctx)
		switch {
		case err != nil:
			return err
		case status == types.EndpointStatusInService:
			return nil
		case status == types.EndpointStatusFailed:
			return step.WithHint(fmt.Errorf("endpoint %s failed: %s", v.name, maskKeys(reason)),
				"see its log: /aws/sagemaker/Endpoints/"+v.name)
		case status == "" && time.Since(began) > v.cloud.visibilityTimeout():
			return fmt.Errorf("endpoint %s was created but does not exist", v.name)
		case status == types.EndpointStatusDeleting:
			return fmt.Errorf("endpoint %s is being deleted by somebody else", v.name)
		case time.Since(began) > limit:
			return step.WithHint(
				fmt.Errorf("endpoint %s is not in service after %v", v.name, limit),
				"raise endpoint.max_wait")
		}
		if err := wait.wait(ctx, true); errors.Is(err, errInterrupted) {
			return step.Detached("nothing was judged, and endpoint " + v.name + " is deleted")
		} else if err != nil {
			return err
		}
	}
}

// remove deletes the endpoint, then its configuration, then the model: the service does not allow
// another order. It continues after ctx has ended, because an endpoint that is left costs money. It
// releases the lock.
func (v *serving) remove(ctx context.Context) error {
	defer v.release()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sagemaker.CleanupTimeout)
	defer cancel()
	err := v.deleteEndpoint(ctx)
	if err == nil {
		err = v.deleteResource(ctx, ledger.Config, func() error {
			_, err := v.cloud.api().DeleteEndpointConfig(ctx,
				&api.DeleteEndpointConfigInput{EndpointConfigName: &v.name})
			return err
		})
	}
	if err == nil {
		err = v.deleteResource(ctx, ledger.Model, func() error {
			_, err := v.cloud.api().DeleteModel(ctx, &api.DeleteModelInput{ModelName: &v.name})
			return err
		})
	}
	if err != nil {
		return step.WithHint(
			fmt.Errorf("endpoint %s may still be there and cost money: %w", v.name, err),
			"type snellen cloud clean, or apply again")
	}
	return nil
}

// deleteResource deletes one of the three resources and records that it is gone. One that does not
// exist is no error.
func (v *serving) deleteResource(ctx context.Context, kind string, call func() error) error {
	if err := v.cloud.retryTransient(ctx, v.warn, call); err != nil && !isNotFound(err) {
		return err
	}
	return v.cloud.ledger.Write(ledger.Gone, v.resource(kind))
}

// maxMisses is how many polls must find no endpoint before it counts as never created.
const maxMisses = 5

// deleteEndpoint deletes the endpoint and waits until it is gone. One that was just created may not
// be visible yet, so several polls must miss it.
func (v *serving) deleteEndpoint(ctx context.Context) error {
	known, err := v.recorded(ledger.Endpoint)
	if err != nil || !known {
		return err
	}
	seen, misses := false, 0
	for wait := v.cloud.waiter(); ; {
		status, _, err := v.status(ctx)
		if err != nil {
			return err
		}
		switch {
		case status == "":
			if misses++; seen || misses >= maxMisses {
				return v.cloud.ledger.Write(ledger.Gone, v.resource(ledger.Endpoint))
			}
		case status != types.EndpointStatusDeleting:
			err := v.cloud.retryTransient(ctx, v.warn, func() error {
				_, err := v.cloud.api().DeleteEndpoint(ctx,
					&api.DeleteEndpointInput{EndpointName: &v.name})
				return err
			})
			if err != nil && !isAlreadyEnded(err) {
				return err
			}
			fallthrough
		default:
			seen = true
		}
		if err := wait.wait(ctx, false); err != nil {
			return err
		}
	}
}

// recorded reports whether the ledger lists the resource of that kind as live.
func (v *serving) recorded(kind string) (bool, error) {
	live, _, err := v.cloud.ledger.Live()
	found := slices.ContainsFunc(live, func(r ledger.Resource) bool {
		return r.Kind == kind && r.Name == v.name
	})
	return found, err
}

// retryTransient repeats a call until it succeeds or fails with an error that is not transient.
// Interrupts do not end it; ctx does.
func (c *Cloud) retryTransient(ctx context.Context, warn func(string), call func() error) error {
	for wait := c.waiter(); ; {
		err := c.withCredentials(ctx, warn, call)
		if !isTransient(err) {
			return err
		}
		if err := wait.wait(ctx, false); err != nil {
			return err
		}
	}
}
