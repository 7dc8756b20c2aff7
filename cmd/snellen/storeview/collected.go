package storeview

import (
	"path/filepath"
	"time"

	"snellen/engine/gc"
)

// Collected is what gc -json prints. Names are never changed, only added.
type Collected struct {
	DryRun  bool      `json:"dry_run"`
	Steps   []Removed `json:"steps"`
	Loose   int       `json:"loose_objects"`
	Damaged int       `json:"damaged_records"`
	Frees   int64     `json:"freed_bytes"`
	Seconds float64   `json:"seconds"` // to make it again
	Left    int64     `json:"left_bytes"`
	Over    int64     `json:"over_bytes"`
}

// Removed is a step that loses its outputs, or is forgotten.
type Removed struct {
	Address   string    `json:"address"`
	Study     string    `json:"study,omitempty"` // file name of Spec
	Spec      string    `json:"spec,omitempty"`
	Kind      string    `json:"kind"`
	Key       string    `json:"key"`
	Bytes     int64     `json:"bytes"`
	Seconds   float64   `json:"seconds"`
	LastUsed  time.Time `json:"last_used"`
	Forgotten bool      `json:"forgotten"`
}

// NewCollected returns what a collection removed, or would remove.
func NewCollected(dry bool, c *gc.Choice) Collected {
	out := Collected{dry, []Removed{}, len(c.Loose), len(c.Damaged), c.Frees, c.Took.Seconds(),
		c.Left, c.Over}
	for _, r := range c.Removals {
		study := ""
		if r.Spec != "" {
			study = filepath.Base(r.Spec)
		}
		out.Steps = append(out.Steps, Removed{r.Address, study, r.Spec, r.Kind, r.Key.String(),
			r.Frees, r.Took.Seconds(), r.Used.UTC(), r.Forgotten})
	}
	return out
}
