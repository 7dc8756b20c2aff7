package price

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestArticle: five trainings of 10,880 s in all, at the price of the machine whose speed fits them.
func TestArticle(t *testing.T) {
	i := BuiltIn().Estimate(Item{Instance: "ml.p2.xlarge", Count: 1, Seconds: 10_880}, "us-east-1", Training)
	if math.Abs(i.USD-3.40) > 0.005 || i.Unknown {
		t.Errorf("%+v", i)
	}
	other := BuiltIn().Estimate(Item{Instance: "ml.p2.xlarge", Count: 1, Seconds: 10_880}, "ap-northeast-1", Training)
	if usd, known := Sum([]Item{i, other}); usd != i.USD || known {
		t.Errorf("an unknown price counts: %g, known %v", usd, known)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		`{"date":"2026-11-23","source":"me","prices":[{"region":"r","instance_type":"ml.x","use":"hosting","usd_per_hour":1.5}]}`: "",
		`{"date":"yesterday","source":"me","prices":[]}`: "need a date",
		`{"date":"2026-11-23","prices":[]}`:              "a source",
		`{"date":"2026-11-23","source":"me","prices":[{"region":"r","instance_type":"ml.x","usd_per_hour":-1}]}`:            "price 1 is none",
		`{"date":"2026-11-23","source":"me","prices":[{"region":"r","instance_type":"ml.x","use":"fun","usd_per_hour":1}]}`: "training and hosting",
		`{"dat":1}`: "unknown field",
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
				t.Error("a price for hosting is one for training")
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
