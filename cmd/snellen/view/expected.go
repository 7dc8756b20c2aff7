package view

import (
	"fmt"
	"time"

	"snellen/engine"
	"snellen/steps/term"
)

// expected says what a plan will take, by what like steps took. It never guesses: it names what is
// not known.
func (p *Plan) expected() string {
	least, most := p.Plan.Forecast(p.Pools)
	known := most.Steps - len(most.Unknown)
	switch {
	case most.Steps == 0:
		return ""
	case known == 0:
		return "Expected: unknown, since nothing like these steps was run before."
	case len(most.Unknown) > 0:
		return fmt.Sprintf("Expected: unknown, since nothing like %s was run before; the rest "+
			"takes %s of work, and %s to be written.",
			unknown(most.Unknown), span(least.Took, most.Took), sizes(least.Bytes, most.Bytes))
	}
	return fmt.Sprintf("Expected: %s on %s, and %s to be written.", span(least.Wall, most.Wall),
		term.Count(p.Pools["cpu"], "core"), sizes(least.Bytes, most.Bytes))
}

func unknown(nodes []*engine.Node) string {
	first := term.Clean(nodes[0].Address)
	if len(nodes) == 1 {
		return first
	}
	return fmt.Sprintf("%s and %d more", first, len(nodes)-1)
}

// span is "12m" or "3m to 12m".
func span(least, most time.Duration) string {
	a, b := Roughly(least), Roughly(most)
	switch {
	case a == b && most < time.Second:
		return a
	case a == b:
		return "about " + a
	}
	return a + " to " + b
}

// Roughly returns a time with no more precision than a forecast has.
func Roughly(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

func sizes(least, most int64) string {
	a, b := term.Bytes(least), term.Bytes(most)
	if a == b {
		return a
	}
	return a + " to " + b
}
