package view

import (
	"fmt"

	"snellen/engine"
)

// This file has the lines of a plan. Names are never changed, only added.

type plannedChange struct {
	Type   string `json:"type"` // "planned_change"
	Change change `json:"change"`
}

// A change is a step of a plan.
type change struct {
	Address string `json:"address"`
	Action  string `json:"action"` // "run", "maybe", "cached"
	Reason  string `json:"reason"`
	Root    string `json:"root,omitempty"` // address of the step that the reason is about

	From   string `json:"from,omitempty"`        // the shared store that alone has its result
	Fetch  int64  `json:"fetch_bytes,omitempty"` // of its outputs, that an apply fetches, or may
	Before bool   `json:"before,omitempty"`      // its address had a result before

	Expected *Amounts `json:"expected,omitempty"` // nil: nothing like it was run before
}

// Amounts are what a step, or a plan, takes.
type Amounts struct {
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"` // to be written
}

type changeSummary struct {
	Type    string   `json:"type"` // "change_summary"
	Changes changes  `json:"changes"`
	Fetch   *fetch   `json:"fetch,omitempty"`    // nil where nothing is
	Left    int      `json:"left_out,omitempty"` // steps of the study that the plan is not about
	Cost    *Costing `json:"cost,omitempty"`     // in the cloud

	Expected *expectation `json:"expected,omitempty"` // nil where nothing is to run
}

// An expectation is what a plan takes, as far as that is known: at least, if no step runs that only
// may, and at most, if all do.
type expectation struct {
	Least   Amounts `json:"least"`
	Most    Amounts `json:"most"`
	Unknown int     `json:"unknown"` // steps that are in neither, for nothing like them was run before
}

// changes count a plan's steps.
type changes struct {
	Run    int `json:"run"`
	Maybe  int `json:"maybe"`
	Cached int `json:"cached"`
}

// A fetch is what an apply takes from the shared store.
type fetch struct {
	From  string `json:"from"`  // its URL
	Steps int    `json:"steps"` // cached ones whose record it alone has
	Bytes int64  `json:"bytes"` // of outputs, at most
}

// A Costing is what a plan would cost in the cloud.
type Costing struct {
	USD    float64 `json:"usd"`
	Known  bool    `json:"known"`   // every price is
	AtMost bool    `json:"at_most"` // some steps are priced by the most that they can take
	Date   string  `json:"date"`    // of the prices
	Source string  `json:"source"`
}

// Plan writes a plan: a line a step, and what it comes to.
func (s *Stream) Plan(p *Plan) error {
	for _, d := range p.Plan.Decisions {
		text := d.Node.Address + ": " + d.Verdict.String()
		if d.Why.Text != "" {
			text += ", " + d.Why.Text
		}
		line := plannedChange{"planned_change", change{Address: d.Node.Address,
			Action: d.Verdict.String(), Reason: d.Why.Text, Root: d.Why.Root, Fetch: d.Fetch,
			Before: d.Before, Expected: AmountsOf(d.Expect)}}
		if d.Far && d.Verdict == engine.Cached {
			line.Change.From = p.From
			text += ", from " + p.From
		}
		if err := s.Line(LevelInfo, text, line); err != nil {
			return err
		}
	}
	sum := changeSummary{Type: "change_summary", Left: p.Left, Cost: p.Costing}
	sum.Changes = changes{p.Plan.Count(engine.Run), p.Plan.Count(engine.Maybe),
		p.Plan.Count(engine.Cached)}
	if far, bytes := p.Plan.Fetches(); far > 0 || bytes > 0 {
		sum.Fetch = &fetch{p.From, far, bytes}
	}
	if !Runs(p.Plan) {
		return s.Line(LevelInfo, p.Unchanged(), sum)
	}
	sum.Expected = p.expectation()
	text := fmt.Sprintf("Plan: %d to run, %d maybe, %d cached.%s %s", sum.Changes.Run,
		sum.Changes.Maybe, sum.Changes.Cached, p.rest(), p.expected())
	if words := p.fetches(p.From); words != "" {
		text += " " + words
	}
	if p.Bill != "" {
		text += " " + p.Bill
	}
	return s.Line(LevelInfo, text, sum)
}

// AmountsOf returns what a step is expected to take, or nil where that is not known.
func AmountsOf(e engine.Expectation) *Amounts {
	if e.Like == 0 {
		return nil
	}
	return &Amounts{e.Took.Seconds(), e.Bytes}
}

// expectation returns what a plan is expected to take, as JSON lines have it.
func (p *Plan) expectation() *expectation {
	least, most := p.Plan.Forecast(p.Pools)
	return &expectation{Amounts{least.Wall.Seconds(), least.Bytes},
		Amounts{most.Wall.Seconds(), most.Bytes}, len(most.Unknown)}
}
