package standin

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strings"

	"snellen/steps/sagemaker/constraint"
)

// identity answers GetCallerIdentity, in the XML of the query protocol.
func (s *Server) identity() func(http.ResponseWriter) {
	body := fmt.Sprintf(
		`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`+
			`<GetCallerIdentityResult>`+
			`<Arn>arn:aws:iam::%[1]s:user/stand-in</Arn>`+
			`<UserId>AIDASTANDINSTANDIN000</UserId><Account>%[1]s</Account>`+
			`</GetCallerIdentityResult><ResponseMetadata>`+
			`<RequestId>00000000-0000-0000-0000-000000000000</RequestId>`+
			`</ResponseMetadata></GetCallerIdentityResponse>`, s.options.Account)
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/xml")
		w.Write([]byte(body))
	}
}

// usualQuota is how many instances of a type an account may have by default. By default it may have
// no warm pool.
const usualQuota = 4

const poolSuffix = " for training warm pool usage"

// limit returns the quota of that name.
func (s *Server) limit(name string) float64 {
	if v, ok := s.options.Quotas[name]; ok {
		return v
	}
	if strings.HasSuffix(name, poolSuffix) {
		return 0
	}
	return usualQuota
}

// quota refuses what would exceed the account's limit.
func (s *Server) quota(usage string, used, more int) error {
	limit := s.limit(usage)
	if float64(used+more) <= limit {
		return nil
	}
	return &refusal{http.StatusBadRequest, "ResourceLimitExceeded",
		fmt.Sprintf(
			"The account-level service limit '%s' is %g Instances, with current utilization of %d "+
				"Instances "+
				"and a request delta of %d Instances. Please contact AWS support to request an "+
				"increase "+
				"for this limit.", usage, limit, used, more)}
}

type listQuotasRequest struct {
	ServiceCode, NextToken string
	MaxResults             int
}

type quotaDescription struct {
	ServiceCode, ServiceName, QuotaArn, QuotaCode, QuotaName string
	Value                                                    float64
	Unit                                                     string
	Adjustable, GlobalQuota                                  bool
}

func listQuotas(s *Server, q *listQuotasRequest) (any, error) {
	if q.ServiceCode != "sagemaker" {
		return nil, &refusal{http.StatusBadRequest, "NoSuchResourceException",
			"the stand-in has quotas of sagemaker alone"}
	}
	all := s.quotaNames()
	page, next, ok := paged(all, q.NextToken, cmp.Or(q.MaxResults, 100))
	if !ok {
		return nil, &refusal{http.StatusBadRequest, "InvalidPaginationTokenException",
			"Invalid pagination token"}
	}
	found := []quotaDescription{}
	for _, name := range page {
		code := fmt.Sprintf("L-%08X", hash(name))
		found = append(found,
			quotaDescription{"sagemaker", "Amazon SageMaker", "arn:aws:servicequotas:" +
				s.options.Region + ":" + s.options.Account + ":sagemaker/" + code,
				code, name, s.limit(name), "None", true, false})
	}
	return struct {
		Quotas    []quotaDescription
		NextToken string `json:",omitempty"`
	}{found, next}, nil
}

func hash(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

// quotaNames returns the quotas of every instance type, and the quotas of Options.
func (s *Server) quotaNames() []string {
	all := map[string]bool{}
	for _, t := range constraint.Values("CreateTrainingJob", "ResourceConfig.InstanceType") {
		for _, suffix := range []string{" for training job usage", " for spot training job usage",
			poolSuffix} {
			all[t+suffix] = true
		}
	}
	for _, t := range constraint.Values("CreateEndpointConfig", "ProductionVariants.InstanceType") {
		all[t+" for endpoint usage"] = true
	}
	for name := range s.options.Quotas {
		all[name] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// prices are USD an hour in us-east-1, from public tables of 2024 to 2026. They only serve as
// answers.
var prices = map[string]float64{"ml.p2.xlarge": 1.125, "ml.p3.2xlarge": 3.825,
	"ml.g4dn.xlarge": 0.7364, "ml.g5.xlarge": 1.408, "ml.m5.xlarge": 0.23}

type getProductsRequest struct {
	ServiceCode string
	Filters     []struct{ Type, Field, Value string }
	NextToken   string
	MaxResults  int
}

// getProducts answers as the price list does: each product is JSON in a string.
func getProducts(s *Server, q *getProductsRequest) (any, error) {
	found := []string{}
	if q.ServiceCode == "AmazonSageMaker" {
		all := maps.Clone(prices)
		maps.Copy(all, s.options.Prices)
		for _, instance := range names(all) {
			for _, component := range []string{"Training", "Hosting"} {
				if product := s.product(instance, component, all[instance], q); product != "" {
					found = append(found, product)
				}
			}
		}
	}
	page, next, ok := paged(found, q.NextToken, cmp.Or(q.MaxResults, 100))
	if !ok {
		return nil, &refusal{http.StatusBadRequest, "InvalidNextTokenException",
			"Invalid next token"}
	}
	return struct {
		FormatVersion string
		PriceList     []string
		NextToken     string `json:",omitempty"`
	}{"aws_v1", page, next}, nil
}

// product returns one instance type's entry, if the filters match it.
func (s *Server) product(instance, component string, price float64, q *getProductsRequest) string {
	attributes := map[string]string{"servicecode": "AmazonSageMaker",
		"servicename": "Amazon SageMaker", "regionCode": s.options.Region,
		"instanceName": instance, "instanceType": strings.TrimPrefix(instance, "ml."),
		"component": component, "operation": "RunInstance",
		"usagetype": component + ":" + instance, "locationType": "AWS Region",
		"platoinstancename": instance}
	for _, f := range q.Filters {
		if f.Type == "TERM_MATCH" && attributes[f.Field] != f.Value {
			return ""
		}
	}
	sku := fmt.Sprintf("%08X%08X", hash(instance), hash(component))
	offer := sku + ".JRTCKXETXF"
	type object map[string]any
	data, err := json.Marshal(object{
		"product":     object{"productFamily": "ML Instance", "sku": sku, "attributes": attributes},
		"serviceCode": "AmazonSageMaker", "version": "20261101000000",
		"publicationDate": "2026-11-01T00:00:00Z",
		"terms": object{
			"OnDemand": object{
				offer: object{"sku": sku, "effectiveDate": "2026-11-01T00:00:00Z",
					"offerTermCode": "JRTCKXETXF", "termAttributes": object{},
					"priceDimensions": object{offer +
						".6YS6EN2CT7": object{"unit": "Hrs", "beginRange": "0", "endRange": "Inf",
						"appliesTo": []string{},
						"rateCode":  offer + ".6YS6EN2CT7",
						"description": fmt.Sprintf("$%g per Hour for %s %s", price, instance,
							component),
						"pricePerUnit": map[string]string{"USD": fmt.Sprintf("%.10f", price)}}}}}},
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(data)
}
