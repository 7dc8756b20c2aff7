// Package price estimates what a run costs in the cloud, from dated tables of hourly prices. It is
// for estimates alone: the bill says what was paid.
package price

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"snellen/engine/regular"
)

//go:embed prices.json
var builtIn []byte

// What a machine is rented for. The service has a price for each.
const (
	Training = "training"
	Hosting  = "hosting"
)

// A Table holds prices, their date and their source.
type Table struct {
	Date   string  `json:"date"` // 2026-11-23
	Source string  `json:"source"`
	Prices []Price `json:"prices"`
}

// A Price is what an hour of an instance type costs in a region.
type Price struct {
	Region string  `json:"region"`
	Type   string  `json:"instance_type"`
	Use    string  `json:"use,omitempty"` // "training" or "hosting"; "": both
	USD    float64 `json:"usd_per_hour"`
}

// MaxUSD bounds a price. A higher one is a mistake.
const MaxUSD = 10_000

// maxFile bounds the size of a price file, in bytes.
const maxFile = 4 << 20

// BuiltIn returns the table that is compiled into the program.
func BuiltIn() *Table {
	t, err := parse(builtIn)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return t
}

// Read reads a table from a JSON file of the user's. Unknown fields are errors.
func Read(path string) (*Table, error) {
	data, err := regular.Read(path, maxFile)
	if errors.Is(err, regular.ErrTooLarge) {
		return nil, fmt.Errorf("%s is larger than a price file may be, %d MiB", path, maxFile>>20)
	}
	if err != nil {
		return nil, err
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// parse decodes a table and checks every price, so that estimates need no further checks.
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
		if p.Region == "" || !strings.HasPrefix(p.Type, "ml.") || !(p.USD >= 0 && p.USD <= MaxUSD) {
			return nil, fmt.Errorf("price %d is not valid: it needs region, instance_type (ml.*) "+
				"and usd_per_hour (0 to %d)", i+1, MaxUSD)
		}
		if !slices.Contains([]string{"", Training, Hosting}, p.Use) {
			return nil, fmt.Errorf("price %d is for %q, not for training or hosting", i+1, p.Use)
		}
	}
	return &t, nil
}

// HourlyRate returns what an hour costs, in US dollars. ok is false if the table has no such price.
func (t *Table) HourlyRate(region, instance, use string) (usd float64, ok bool) {
	for _, p := range t.Prices {
		if p.Region == region && p.Type == instance && (p.Use == "" || p.Use == use) {
			return p.USD, true
		}
	}
	return 0, false
}

// An Item is one cost of a run.
type Item struct {
	Address    string // of the step
	Instance   string // type, like "ml.m5.xlarge"
	Count      int    // of instances
	Seconds    float64
	UpperBound bool // Seconds is a limit, because no history says what to expect
	USD        float64
	Unknown    bool // the table has no price, and USD is 0
}

// Estimate returns the item with USD and Unknown filled in.
func (t *Table) Estimate(i Item, region, use string) Item {
	hour, ok := t.HourlyRate(region, i.Instance, use)
	i.USD, i.Unknown = hour*float64(i.Count)*i.Seconds/3600, !ok
	return i
}

// Sum returns what the items cost together, in US dollars. known reports whether every price is
// known.
func Sum(items []Item) (usd float64, known bool) {
	known = true
	for _, i := range items {
		usd += i.USD
		known = known && !i.Unknown
	}
	return usd, known
}
