package client

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	api "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"snellen/engine/step"
	"snellen/steps/sagemaker"
)

// checkAccount checks credentials, role, bucket, service and quotas. It changes nothing in the
// account. Every check runs, even if another one failed.
func (c *Cloud) checkAccount(ctx context.Context) []sagemaker.Finding {
	account, who := c.checkCredentials(ctx)
	list := []sagemaker.Finding{who, c.checkRole(account), c.checkBucket(ctx), c.checkService(ctx)}
	return append(list, c.checkQuotas(ctx)...)
}

// checkCredentials returns the account of the credentials, or "" if they do not work.
func (c *Cloud) checkCredentials(ctx context.Context) (account string, f sagemaker.Finding) {
	f.What = "credentials"
	who, err := sts.NewFromConfig(c.current.Load().config).GetCallerIdentity(ctx,
		&sts.GetCallerIdentityInput{})
	if err != nil {
		err = withUsualHint(shortError(err),
			"set AWS credentials in the environment, or name a profile")
		return "", f.WithError(err)
	}
	f.Text = aws.ToString(who.Arn)
	return aws.ToString(who.Account), f
}

// checkRole compares the role's account with the one of the credentials. Whether the role may be
// passed shows only when a job is created: the service refuses the job then.
func (c *Cloud) checkRole(account string) sagemaker.Finding {
	f := sagemaker.Finding{What: "role", Text: c.settings.RoleARN}
	if parts := strings.Split(c.settings.RoleARN, ":"); account != "" && len(parts) > 4 &&
		parts[4] != account {
		return f.WithError(step.WithHint(
			fmt.Errorf("the role belongs to account %s, and the credentials to account %s",
				parts[4],
				account),
			"a role can only be passed within its own account"))
	}
	return f
}

func (c *Cloud) checkBucket(ctx context.Context) sagemaker.Finding {
	f := sagemaker.Finding{What: "bucket", Text: "s3://" + c.settings.Bucket}
	head, err := c.s3().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &c.settings.Bucket})
	if err != nil {
		return f.WithError(withUsualHint(shortError(err),
			"make it in "+c.settings.Region+", or name another bucket"))
	}
	if region := aws.ToString(head.BucketRegion); region != "" && region != c.settings.Region {
		return f.WithError(
			fmt.Errorf("the bucket is in %s, but jobs in %s can only read buckets in their own "+
				"region",
				region, c.settings.Region))
	}
	return f
}

func (c *Cloud) checkService(ctx context.Context) sagemaker.Finding {
	f := sagemaker.Finding{What: "SageMaker", Text: "answers in " + c.settings.Region}
	_, err := c.api().ListTrainingJobs(ctx, &api.ListTrainingJobsInput{MaxResults: aws.Int32(1)})
	return f.WithError(shortError(err))
}

// checkQuotas compares the account's quotas with what the study needs of each instance type.
func (c *Cloud) checkQuotas(ctx context.Context) []sagemaker.Finding {
	s := c.settings
	want := map[string]float64{}
	var order []string
	need := func(name string, count int) {
		want[name] = float64(count)
		order = append(order, name)
	}
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
		f := sagemaker.Finding{What: "quota",
			Text: fmt.Sprintf("%s is %g", name, have[name])}.WithError(shortError(err))
		if _, known := have[name]; err == nil && !known {
			f.Text = name + " is not reported"
		} else if err == nil && have[name] < want[name] {
			f = f.WithError(step.WithHint(
				fmt.Errorf("%s is %g, and %g are needed", name, have[name], want[name]),
				"ask AWS for more under Service Quotas, or name another instance type"))
		}
		list = append(list, f)
	}
	return list
}

// quotas returns the values of the named quotas. A name that the account does not report is missing
// from the result.
func (c *Cloud) quotas(ctx context.Context, names map[string]float64) (map[string]float64, error) {
	have := map[string]float64{}
	client := servicequotas.NewFromConfig(c.current.Load().config,
		func(o *servicequotas.Options) { o.APIOptions = append(o.APIOptions, addConstraints) })
	pages := servicequotas.NewListServiceQuotasPaginator(client,
		&servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker")})
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
