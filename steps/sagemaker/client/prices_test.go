package client

import (
	"strings"
	"testing"

	"snellen/steps/sagemaker/price"
)

// FuzzHourly checks that a price of the service's list is a sum of money.
func FuzzHourly(f *testing.F) {
	product := func(unit, usd string) []byte {
		return []byte(`{"terms":{"OnDemand":{"a.b":{"priceDimensions":{"a.b.c":{"unit":"` + unit +
			`","pricePerUnit":{"USD":"` + usd + `"}}}}}}}`)
	}
	f.Add(product("Hrs", "0.2810000000"))
	f.Add(product("hours", "Inf"))
	f.Add(product("Hrs", "1e308"))
	f.Add(product("GB", "1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		usd, err := hourly(data)
		if err == nil && !(usd > 0 && usd <= price.MaxUSD) || err != nil && usd != 0 {
			t.Errorf("%g, %v", usd, err)
		}
	})
}

// FuzzErrors checks that whatever a service says, an error stays one, in one line of text.
func FuzzErrors(f *testing.F) {
	f.Add("ResourceLimitExceeded", "The account-level service limit 'ml.p3 for training' is 0 "+
		"Instances, with current utilization of 0 Instances and a request delta of 1 Instances.")
	f.Add("ValidationException", "Requested resource not found.")
	f.Add("", "service limit '' is 99999999999999999999 x current utilization of 9")
	f.Fuzz(func(t *testing.T, code, text string) {
		err := refusal(code, text)
		limit, waits, ok := quotaLimit(err)
		if waits && !ok || ok && limit == "" || !ok && limit != "" {
			t.Errorf("%q: %q, %v, %v", text, limit, waits, ok)
		}
		isExpired(err)
		if short := shortError(err); short == nil {
			t.Errorf("%q is no error", text)
		} else if len(short.Error()) > len(code)+len(text)+1000 ||
			strings.Count(short.Error(), "\n") > strings.Count(code+text, "\n") {
			t.Errorf("%q", short)
		}
	})
}
