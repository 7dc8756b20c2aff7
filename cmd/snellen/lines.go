package main

import (
	"fmt"

	"snellen/engine"
	"snellen/steps/report/document"
	"snellen/steps/sagemaker/price"
)

// This file has the lines of plan and apply but for those of events. Names are never changed, only added.

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

	Before   bool     `json:"before,omitempty"`   // its address had a result before
	Expected *amounts `json:"expected,omitempty"` // nil: nothing like it was run before
}

// Amounts are what steps take.
type amounts struct {
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"` // to be written
}

type changeSummary struct {
	Type    string   `json:"type"` // "change_summary"
	Changes changes  `json:"changes"`
	Left    int      `json:"left_out,omitempty"` // steps of the study that the plan is not about
	Cost    *costing `json:"cost,omitempty"`     // in the cloud

	Expected *expectation `json:"expected,omitempty"` // nil where nothing is to run
}

// An expectation is what a plan takes if no step runs that only may, and if all do, as far as it is known.
type expectation struct {
	Least   amounts `json:"least"`
	Most    amounts `json:"most"`
	Unknown int     `json:"unknown"` // steps that are in neither, for nothing like them was run before
}

// Changes count a plan's steps.
type changes struct {
	Run    int `json:"run"`
	Maybe  int `json:"maybe"`
	Cached int `json:"cached"`
}

// A costing is what a plan would cost in the cloud.
type costing struct {
	USD    float64 `json:"usd"`
	Known  bool    `json:"known"`   // every price is
	AtMost bool    `json:"at_most"` // some steps are priced by the most that they can take
	Date   string  `json:"date"`    // of the prices
	Source string  `json:"source"`
}

type outputsLine struct {
	Type    string  `json:"type"` // "outputs"
	Outputs results `json:"outputs"`
}

// Results are what an apply led to.
type results struct {
	Report *document.Document `json:"report"` // as snellen report -format json has it
	Path   string             `json:"path,omitempty"`
}

// An applySummary is the last line of an apply.
type applySummary struct {
	Type        string `json:"type"` // "apply_summary"
	Ran         int    `json:"ran"`
	Failed      int    `json:"failed"`
	Skipped     int    `json:"skipped"`
	Interrupted bool   `json:"interrupted"`
	Report      string `json:"report,omitempty"` // path of report.md
	Resume      string `json:"resume,omitempty"` // what to type to go on after an interrupt

	GatesFailed []string `json:"gates_failed,omitempty"` // that are not met, or whose results are missing
}

// plan writes a plan: a line a step, and what it comes to.
func (s *stream) plan(p *planned) error {
	for _, d := range p.plan.Decisions {
		text := d.Node.Address + ": " + d.Verdict.String()
		if d.Why.Text != "" {
			text += ", " + d.Why.Text
		}
		line := plannedChange{"planned_change", change{d.Node.Address, d.Verdict.String(), d.Why.Text, d.Why.Root, d.Before, amountsOf(d.Expect)}}
		if err := s.line(levelInfo, text, line); err != nil {
			return err
		}
	}
	sum := changeSummary{Type: "change_summary", Left: p.left, Cost: p.costing}
	sum.Changes = changes{p.plan.Count(engine.Run), p.plan.Count(engine.Maybe), p.plan.Count(engine.Cached)}
	if !pending(p.plan) {
		return s.line(levelInfo, p.unchanged(), sum)
	}
	sum.Expected = p.expectation()
	text := fmt.Sprintf("Plan: %d to run, %d maybe, %d cached.%s %s", sum.Changes.Run, sum.Changes.Maybe, sum.Changes.Cached, p.rest(), p.expected())
	if p.bill != "" {
		text += " " + p.bill
	}
	return s.line(levelInfo, text, sum)
}

// amountsOf is what a step is expected to take, or nil where that is not known.
func amountsOf(e engine.Expectation) *amounts {
	if e.Like == 0 {
		return nil
	}
	return &amounts{e.Took.Seconds(), e.Bytes}
}

// expectation is what a plan is expected to take, for machines.
func (p *planned) expectation() *expectation {
	least, most := p.plan.Forecast(p.pools)
	return &expectation{amounts{least.Wall.Seconds(), least.Bytes}, amounts{most.Wall.Seconds(), most.Bytes}, len(most.Unknown)}
}

// costing is a bill for machines, or nil where nothing would cost anything.
func (b bill) costing() *costing {
	if len(b.items) == 0 {
		return nil
	}
	usd, known := price.Sum(b.items)
	c := &costing{USD: usd, Known: known, Date: b.prices.Date, Source: b.prices.Source}
	for _, i := range b.items {
		c.AtMost = c.AtMost || i.UpperBound
	}
	return c
}

// end writes what an apply led to.
func (s *stream) end(r *published, path string, result *engine.Result) error {
	text := "No results yet."
	if path != "" {
		text = "The report with pictures: " + path
	}
	if err := s.line(levelInfo, text, outputsLine{"outputs", results{r.Document(), path}}); err != nil {
		return err
	}
	sum := applySummary{
		Type: "apply_summary", Ran: result.Ran, Failed: len(result.Failures), Skipped: result.Skipped,
		Interrupted: result.Interrupted, Report: path,
	}
	level, text := levelInfo, fmt.Sprintf("%d steps were run.", result.Ran)
	for _, g := range r.Failed() {
		sum.GatesFailed = append(sum.GatesFailed, g.Name)
		level, text = levelError, text+" Gate "+g.Name+" is not met."
	}
	if sum.Failed > 0 {
		level, text = levelError, text+fmt.Sprintf(" %d failed, and %d below were not run.", sum.Failed, sum.Skipped)
	}
	if sum.Interrupted {
		sum.Resume = commandLine()
		level, text = levelWarn, text+" Interrupted. What is done is kept; to go on, type: "+sum.Resume
	}
	return s.line(level, text, sum)
}
