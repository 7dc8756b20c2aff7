package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	pricingtypes "github.com/aws/aws-sdk-go-v2/service/pricing/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"snellen/engine/step"
	"snellen/steps/sagemaker"
	"snellen/steps/sagemaker/price"
)

// checkAccount asks the account, and changes nothing: who we are, whether bucket and role are there, and what the quotas
// allow. Each is asked, whatever the others say.
func (c *Cloud) checkAccount(ctx context.Context) []sagemaker.Finding {
	account, who := c.checkCredentials(ctx)
	list := []sagemaker.Finding{who, c.checkRole(account), c.checkBucket(ctx), c.checkService(ctx)}
	return append(list, c.checkQuotas(ctx)...)
}

func (c *Cloud) checkCredentials(ctx context.Context) (account string, f sagemaker.Finding) {
	f.What = "credentials"
	who, err := sts.NewFromConfig(c.current.Load().config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		err = step.WithHint(shortError(err), "give credentials by the environment, or name a profile")
		return "", f.WithError(err)
	}
	f.Text = aws.ToString(who.Arn)
	return aws.ToString(who.Account), f
}

// checkRole compares the role's account with ours. Whether it may be passed is known only when it is: a job is refused then.
func (c *Cloud) checkRole(account string) sagemaker.Finding {
	f := sagemaker.Finding{What: "role", Text: c.settings.RoleARN}
	if parts := strings.Split(c.settings.RoleARN, ":"); account != "" && len(parts) > 4 && parts[4] != account {
		return f.WithError(step.WithHint(
			fmt.Errorf("the role is of account %s, and the credentials are of %s", parts[4], account),
			"a role can be passed within its account alone"))
	}
	return f
}

func (c *Cloud) checkBucket(ctx context.Context) sagemaker.Finding {
	f := sagemaker.Finding{What: "bucket", Text: "s3://" + c.settings.Bucket}
	head, err := c.s3().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &c.settings.Bucket})
	if err != nil {
		return f.WithError(step.WithHint(shortError(err), "make it in "+c.settings.Region+", or name another bucket"))
	}
	if region := aws.ToString(head.BucketRegion); region != "" && region != c.settings.Region {
		return f.WithError(fmt.Errorf("the bucket is in %s, and jobs in %s read buckets of their own region alone",
			region, c.settings.Region))
	}
	return f
}

func (c *Cloud) checkService(ctx context.Context) sagemaker.Finding {
	f := sagemaker.Finding{What: "SageMaker", Text: "answers in " + c.settings.Region}
	_, err := c.api().ListTrainingJobs(ctx, &api.ListTrainingJobsInput{MaxResults: aws.Int32(1)})
	return f.WithError(shortError(err))
}

// checkQuotas looks at the limits of the instances that would be used.
func (c *Cloud) checkQuotas(ctx context.Context) []sagemaker.Finding {
	s := c.settings
	want := map[string]float64{}
	var order []string
	need := func(name string, count int) { want[name] = float64(count); order = append(order, name) }
	for _, t := range s.Instances {
		name := t + " for training job usage"
		if s.Spot {
			name = t + " for spot training job usage"
		}
		need(name, s.InstanceCount)
	}
	if s.Serving.MemoryMB == 0 {
		need(s.Serving.Instance+" for endpoint usage", s.Serving.Count)
	}
	have, err := c.quotas(ctx, want)
	var list []sagemaker.Finding
	for _, name := range order {
		f := sagemaker.Finding{What: "quota", Text: fmt.Sprintf("%s is %g", name, have[name])}.WithError(shortError(err))
		if _, known := have[name]; err == nil && !known {
			f.Text = name + " is not told"
		} else if err == nil && have[name] < want[name] {
			f = f.WithError(step.WithHint(
				fmt.Errorf("%s is %g, and %g are needed", name, have[name], want[name]),
				"ask AWS for more under Service Quotas, or name another instance type"))
		}
		list = append(list, f)
	}
	return list
}

func (c *Cloud) quotas(ctx context.Context, names map[string]float64) (map[string]float64, error) {
	have := map[string]float64{}
	client := servicequotas.NewFromConfig(c.current.Load().config, func(o *servicequotas.Options) { o.APIOptions = append(o.APIOptions, addConstraints) })
	pages := servicequotas.NewListServiceQuotasPaginator(client, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, q := range page.Quotas {
			if name := aws.ToString(q.QuotaName); q.Value != nil {
				if _, wanted := names[name]; wanted {
					have[name] = *q.Value
				}
			}
		}
	}
	return have, nil
}

// pricingRegion is one of the few where the price list answers.
const pricingRegion = "us-east-1"

// livePrices asks the AWS price list for what an hour costs in our region.
func (c *Cloud) livePrices(ctx context.Context) (*price.Table, error) {
	client := pricing.NewFromConfig(c.current.Load().config, func(o *pricing.Options) {
		o.Region = pricingRegion
		o.APIOptions = append(o.APIOptions, addConstraints)
	})
	t := &price.Table{Date: time.Now().UTC().Format(time.DateOnly), Source: "the AWS price list"}
	ask := func(instance, component, use string) error {
		usd, err := c.livePrice(ctx, client, instance, component)
		if err != nil {
			return fmt.Errorf("ask the price of %s: %w", instance, shortError(err))
		}
		if usd > 0 {
			t.Prices = append(t.Prices, price.Price{Region: c.settings.Region, Type: instance, Use: use, USD: usd})
		}
		return nil
	}
	for _, instance := range c.settings.Instances {
		if err := ask(instance, "Training", price.Training); err != nil {
			return nil, err
		}
	}
	if c.settings.Serving.MemoryMB == 0 {
		if err := ask(c.settings.Serving.Instance, "Hosting", price.Hosting); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (c *Cloud) livePrice(ctx context.Context, client *pricing.Client, instance, component string) (float64, error) {
	filter := func(field, value string) pricingtypes.Filter {
		return pricingtypes.Filter{Type: pricingtypes.FilterTypeTermMatch, Field: &field, Value: &value}
	}
	out, err := client.GetProducts(ctx, &pricing.GetProductsInput{ServiceCode: aws.String("AmazonSageMaker"), Filters: []pricingtypes.Filter{
		filter("regionCode", c.settings.Region), filter("component", component), filter("instanceName", instance),
	}})
	if err != nil {
		return 0, err
	}
	for _, product := range out.PriceList {
		if usd, err := hourly([]byte(product)); err == nil {
			return usd, nil
		}
	}
	return 0, nil
}

// hourly reads the price of an hour out of a product of the price list.
func hourly(product []byte) (float64, error) {
	var p struct {
		Terms struct {
			OnDemand map[string]struct {
				PriceDimensions map[string]struct {
					Unit         string            `json:"unit"`
					PricePerUnit map[string]string `json:"pricePerUnit"`
				} `json:"priceDimensions"`
			} `json:"OnDemand"`
		} `json:"terms"`
	}
	if err := json.Unmarshal(product, &p); err != nil {
		return 0, err
	}
	for _, offer := range p.Terms.OnDemand {
		for _, d := range offer.PriceDimensions {
			if usd, err := strconv.ParseFloat(d.PricePerUnit["USD"], 64); err == nil && usd > 0 && strings.HasPrefix(strings.ToLower(d.Unit), "h") {
				return usd, nil
			}
		}
	}
	return 0, errors.New("the product has no price of an hour")
}
