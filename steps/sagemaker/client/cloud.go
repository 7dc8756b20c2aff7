// Package client trains and judges on Amazon SageMaker. It runs the two kinds of cloud steps, and
// it lists, prices and deletes what they leave in the account. No other package imports the AWS
// SDK, except the stand-in.
//
// A training uploads its dataset to keys made of its bytes, so only missing objects are sent. The
// job's name is made of the step's key, so whoever applies the same study finds the same job. The
// intent is written to the ledger before the call. The job's state is polled and its log followed
// until the service reports its end. Then the model is downloaded and checked.
//
// Judging creates a model, an endpoint configuration and an endpoint, classifies every crop, and
// deletes the three in reverse order, whatever happens. After a crash, the ledger still lists them.
//
// Credentials come from the SDK's default chain and are never written anywhere.
package client

import (
	"context"
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

// A Cloud is one account's SageMaker in one region. Its methods may be called from any goroutine.
type Cloud struct {
	settings *specs.SageMaker
	ledger   *ledger.Ledger
	stop     <-chan struct{}
	poll     time.Duration
	prices   *price.Table
	expected map[string]float64
	limit    *rate.Limiter // for all calls of this process except InvokeEndpoint
	current  atomic.Pointer[clients]
	renewal  sync.Mutex
}

// clients are the service clients made from one set of credentials. When credentials are renewed,
// all clients are replaced together.
type clients struct {
	config   aws.Config
	api      *api.Client
	runtime  *sagemakerruntime.Client
	logs     *cloudwatchlogs.Client
	s3       *s3.Client
	transfer *transfermanager.Client
}

// Open loads the AWS configuration by the SDK's default chain. It makes no call to a service. stop
// is closed by the first interrupt; a nil stop means that there is none.
func Open(ctx context.Context, o sagemaker.Session, stop <-chan struct{}) (*Cloud, error) {
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	if o.Prices == nil {
		o.Prices = price.BuiltIn()
	}
	every := max(o.Poll/25, time.Millisecond)
	c := &Cloud{
		settings: o.Settings, ledger: ledger.Open(o.Dir), stop: stop,
		poll: o.Poll, prices: o.Prices,
		expected: o.Estimates, limit: rate.NewLimiter(rate.Every(every), 10),
	}
	return c, c.renew(ctx)
}

// renew loads credentials and configuration again, and replaces the clients. Calls in flight keep
// the old ones.
func (c *Cloud) renew(ctx context.Context) error {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(c.settings.Region), config.WithAppID("snellen"),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = 8, 4*c.poll
			})
		}),
	}
	if c.settings.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(c.settings.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return step.WithHint(fmt.Errorf("read the AWS configuration: %w", err),
			"see ~/.aws/config, and AWS_PROFILE in the environment")
	}
	now := &clients{config: cfg}
	now.api = api.NewFromConfig(cfg,
		func(o *api.Options) { o.APIOptions = append(o.APIOptions, c.addGuards) })
	now.logs = cloudwatchlogs.NewFromConfig(cfg,
		func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, c.addGuards) })
	now.runtime = sagemakerruntime.NewFromConfig(cfg, func(o *sagemakerruntime.Options) {
		o.APIOptions = append(o.APIOptions, addConstraints)
		o.Retryer = aws.NopRetryer{} // judging has its own classes of errors
		o.HTTPClient = &http.Client{Timeout: invokeTimeout}
	})
	now.s3 = s3.NewFromConfig(cfg, func(o *s3.Options) {
		// A server of the user's own has no host names for buckets.
		o.UsePathStyle = o.BaseEndpoint != nil
	})
	now.transfer = transfermanager.New(now.s3)
	c.current.Store(now)
	return nil
}

// invokeTimeout is longer than the 60 s that the service allows a container for an answer.
const invokeTimeout = 70 * time.Second

func (c *Cloud) api() *api.Client                  { return c.current.Load().api }
func (c *Cloud) logs() *cloudwatchlogs.Client      { return c.current.Load().logs }
func (c *Cloud) s3() *s3.Client                    { return c.current.Load().s3 }
func (c *Cloud) runtime() *sagemakerruntime.Client { return c.current.Load().runtime }
