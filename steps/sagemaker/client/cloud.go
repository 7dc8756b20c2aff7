// Package client trains and judges on Amazon SageMaker: the runners of its two kinds of steps, what
// they cost, and what is left in the account. It is the only importer of the AWS SDK outside the
// stand-in.
//
// A training goes so: the dataset is uploaded to keys that are made of its bytes, only what is
// missing; the job's name is made of the step's key, so that whoever applies the same study finds
// the same job; the intent is written to the ledger before the call; the job's state is polled and
// its log followed until the service says that it has ended; the model is fetched and checked.
// Judging makes a model, an endpoint configuration and an endpoint, asks it about every crop, and
// deletes the three in the reverse order, whatever happens; after a crash the ledger knows them.
//
// Credentials come by the SDK's own chain and are never written anywhere.
package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/smithy-go/logging"
	"golang.org/x/time/rate"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/ledger"
	"snellen/steps/sagemaker/price"
)

// defaultPoll is the first wait between two questions about one thing; each next wait is longer.
const defaultPoll = 5 * time.Second

// A Cloud is one account's SageMaker in one region. Its methods may be called from any goroutine.
type Cloud struct {
	settings *specs.SageMaker
	ledger   *ledger.Ledger
	stop     <-chan struct{}
	poll     time.Duration
	prices   *price.Table
	expected map[string]float64
	limit    *rate.Limiter // of all calls of this process together, but for those to an endpoint
	current  atomic.Pointer[clients]
	renewal  sync.Mutex
}

// clients are made of one set of credentials; when those were renewed, all are made anew.
type clients struct {
	config   aws.Config
	api      *api.Client
	runtime  *sagemakerruntime.Client
	logs     *cloudwatchlogs.Client
	s3       *s3.Client
	transfer *transfermanager.Client
}

// Open finds the configuration, by the SDK's own chain. No call is made. stop is closed by the first
// interrupt; nil: there is none.
func Open(ctx context.Context, o sagemaker.Session, stop <-chan struct{}) (*Cloud, error) {
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	if o.Prices == nil {
		o.Prices = price.BuiltIn()
	}
	every := max(o.Poll/25, time.Millisecond)
	c := &Cloud{
		settings: o.Settings, ledger: ledger.Open(o.Dir), stop: stop, poll: o.Poll, prices: o.Prices,
		expected: o.Estimates, limit: rate.NewLimiter(rate.Every(every), 10),
	}
	return c, c.renew(ctx)
}

// renew reads credentials and configuration anew.
func (c *Cloud) renew(ctx context.Context) error {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(c.settings.Region), config.WithAppID("snellen"), config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 8, 4*c.poll })
		}),
	}
	if c.settings.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(c.settings.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return step.WithHint(fmt.Errorf("read the AWS configuration: %w", err), "see ~/.aws/config, and AWS_PROFILE in the environment")
	}
	now := &clients{config: cfg}
	now.api = api.NewFromConfig(cfg, func(o *api.Options) { o.APIOptions = append(o.APIOptions, c.addGuards) })
	now.logs = cloudwatchlogs.NewFromConfig(cfg, func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, c.addGuards) })
	now.runtime = sagemakerruntime.NewFromConfig(cfg, func(o *sagemakerruntime.Options) {
		o.APIOptions = append(o.APIOptions, addConstraints)
		o.Retryer = aws.NopRetryer{} // judging has its own classes of errors
		o.HTTPClient = &http.Client{Timeout: invokeTimeout}
	})
	now.s3 = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil // a server of the user's own has no names for buckets
	})
	now.transfer = transfermanager.New(now.s3)
	c.current.Store(now)
	return nil
}

// invokeTimeout is over the 60 s that the service gives a container to answer.
const invokeTimeout = 70 * time.Second

func (c *Cloud) api() *api.Client                  { return c.current.Load().api }
func (c *Cloud) logs() *cloudwatchlogs.Client      { return c.current.Load().logs }
func (c *Cloud) s3() *s3.Client                    { return c.current.Load().s3 }
func (c *Cloud) runtime() *sagemakerruntime.Client { return c.current.Load().runtime }

// errInterrupted is what a wait ends with when the first interrupt came.
var errInterrupted = errors.New("the first interrupt came")

// A waiter waits between questions about one thing, each time longer, and never quite as long as others do.
type waiter struct {
	cloud *Cloud
	next  time.Duration
}

func (c *Cloud) waiter() *waiter { return &waiter{c, c.poll} }

// reset makes the next wait the shortest again: something has just changed.
func (w *waiter) reset() { w.next = w.cloud.poll }

// wait returns after a while, or with ctx's error, or with errStop where heed is true and the first interrupt came.
func (w *waiter) wait(ctx context.Context, interruptible bool) error {
	timer := time.NewTimer(jitter(w.next))
	defer timer.Stop()
	w.next = min(w.next*3/2, 12*w.cloud.poll)
	stop := w.cloud.stop
	if !interruptible {
		stop = nil
	}
	select {
	case <-timer.C:
		return nil
	case <-stop:
		return errInterrupted
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// visibilityTimeout is for how long something that was just made may still not be seen.
func (c *Cloud) visibilityTimeout() time.Duration { return 36 * c.poll }

// stopped tells whether the first interrupt came.
func (c *Cloud) stopped() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}
