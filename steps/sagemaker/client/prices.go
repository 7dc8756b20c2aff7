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

	"snellen/steps/sagemaker/price"
)

// pricingRegion is one of the few regions that serve the price list.
const pricingRegion = "us-east-1"

// livePrices asks the AWS price list for the hourly prices of the study's instance types in its
// region. A type without a price is left out.
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
			t.Prices = append(t.Prices, price.Price{Region: c.settings.Region, Type: instance,
				Use: use, USD: usd})
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

// livePrice returns USD an hour, or 0 if the price list has none.
func (c *Cloud) livePrice(
	ctx context.Context, client *pricing.Client, instance, component string,
) (float64, error) {
	filter := func(field, value string) pricingtypes.Filter {
		return pricingtypes.Filter{Type: pricingtypes.FilterTypeTermMatch, Field: &field,
			Value: &value}
	}
	out, err := client.GetProducts(ctx,
		&pricing.GetProductsInput{ServiceCode: aws.String("AmazonSageMaker"),
			Filters: []pricingtypes.Filter{
				filter("regionCode", c.settings.Region), filter("component", component),
				filter("instanceName", instance),
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

// hourly returns the price of an hour in USD from a product of the price list, which is JSON.
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
			if usd, err := strconv.ParseFloat(d.PricePerUnit["USD"], 64); err == nil && usd > 0 &&
				usd <= price.MaxUSD &&
				strings.HasPrefix(strings.ToLower(d.Unit), "h") {
				return usd, nil
			}
		}
	}
	return 0, errors.New("the product has no price of an hour")
}
