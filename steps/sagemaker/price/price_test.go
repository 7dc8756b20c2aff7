package price

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestArticle estimates the article's five trainings, 10,880 s in all, on the machine that fits
// their speed.
func TestArticle(t *testing.T) {
	trainings := Item{Instance: "ml.p2.xlarge", Count: 1, Seconds: 10_880}
	i := BuiltIn().Estimate(trainings, "us-east-1", Training)
	if math.Abs(i.USD-3.40) > 0.005 || i.Unknown {
		t.Errorf("%+v", i)
	}
	other := BuiltIn().Estimate(trainings, "ap-northeast-1", Training)
	if usd, known := Sum([]Item{i, other}); usd != i.USD || known {
		t.Errorf("an unknown price is counted: %g, known %v", usd, known)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	dated := func(prices string) string {
		return `{"date":"2026-11-23","source":"me","prices":[` + prices + `]}`
	}
	for text, want := range map[string]string{
		`{"dat":1}`: "unknown field",
		`{"date":"yesterday","source":"me","prices":[]}`: "need a date",
		`{"date":"2026-11-23","prices":[]}`:              "a source",

		dated(`{"region":"r","instance_type":"ml.x","use":"hosting","usd_per_hour":1.5}`): "",

		dated(`{"region":"r","instance_type":"ml.x","usd_per_hour":-1}`):            "is not valid",
		dated(`{"region":"r","instance_type":"ml.x","use":"fun","usd_per_hour":1}`): "for training",
	} {
		path := filepath.Join(dir, "p.json")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		table, err := Read(path)
		if want == "" {
			if err != nil {
				t.Error(err)
			} else if _, ok := table.HourlyRate("r", "ml.x", Training); ok {
				t.Error("a price of hosting was returned for training")
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzPrices checks that an estimate from any table that can be read is a sum of money, and that the
// table is written as one that reads the same.
func FuzzPrices(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte(`{"date":"2026-11-23","source":"x","prices":[{"region":"r","instance_type":"ml.x",` +
		`"use":"hosting","usd_per_hour":1e-300}]} {}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := parse(data)
		if err != nil {
			return
		}
		for _, p := range table.Prices {
			i := table.Estimate(Item{Instance: p.Type, Count: 3, Seconds: 1e6}, p.Region, p.Use)
			if !(i.USD >= 0 && i.USD <= 3*MaxUSD*1e6) {
				t.Errorf("%+v costs %g", p, i.USD)
			}
		}
		again, err := json.Marshal(table)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := parse(again); err != nil || !reflect.DeepEqual(same, table) {
			t.Errorf("%+v became %+v, %v", table, same, err)
		}
	})
}
