// Package price knows what an hour of a machine costs, from a dated file, and what a run would cost by it. Prices are for
// estimates alone: what is paid is told by the bill.
package price

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

//go:embed prices.json
var builtIn []byte

// What a machine is rented for: the service has a price for each.
const (
	Training = "training"
	Hosting  = "hosting"
)

// A Table holds prices with their date and where they come from.
type Table struct {
	Date   string  `json:"date"` // 2026-11-23
	Source string  `json:"source"`
	Prices []Price `json:"prices"`
}

// A Price is what an hour costs.
type Price struct {
	Region string  `json:"region"`
	Type   string  `json:"instance_type"`
	Use    string  `json:"use,omitempty"` // "training" or "hosting"; "": both
	USD    float64 `json:"usd_per_hour"`
}

// maxFile bounds a price file in bytes.
const maxFile = 4 << 20

// BuiltIn is the table that is built in.
func BuiltIn() *Table {
	t, err := parse(builtIn)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return t
}

// Read reads a price file.
func Read(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than a price file may be", path)
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func parse(data []byte) (*Table, error) {
	var t Table
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, t.Date); err != nil || t.Source == "" {
		return nil, fmt.Errorf("prices need a date, like 2026-11-23, and a source")
	}
	for i, p := range t.Prices {
		if p.Region == "" || !strings.HasPrefix(p.Type, "ml.") || math.IsNaN(p.USD) || p.USD < 0 || p.USD > 10_000 {
			return nil, fmt.Errorf("price %d is none: it needs region, instance_type and usd_per_hour", i+1)
		}
		if !slices.Contains([]string{"", Training, Hosting}, p.Use) {
			return nil, fmt.Errorf("price %d is for %q; training and hosting are known", i+1, p.Use)
		}
	}
	return &t, nil
}

// HourlyRate is what an hour costs, in US dollars; ok is false where the table does not know.
func (t *Table) HourlyRate(region, instance, use string) (usd float64, ok bool) {
	for _, p := range t.Prices {
		if p.Region == region && p.Type == instance && (p.Use == "" || p.Use == use) {
			return p.USD, true
		}
	}
	return 0, false
}

// An Item is one thing that would be paid for.
type Item struct {
	Address    string
	Instance   string
	Count      int
	Seconds    float64
	UpperBound bool    // Seconds is the most it can be: there is no history to expect less from
	USD        float64 //
	Unknown    bool    // the price is not known, and USD is 0
}

// Estimate fills in what an item costs.
func (t *Table) Estimate(i Item, region, use string) Item {
	hour, ok := t.HourlyRate(region, i.Instance, use)
	i.USD, i.Unknown = hour*float64(i.Count)*i.Seconds/3600, !ok
	return i
}

// Sum is what items cost together, and whether every price is known.
func Sum(items []Item) (usd float64, known bool) {
	known = true
	for _, i := range items {
		usd += i.USD
		known = known && !i.Unknown
	}
	return usd, known
}
