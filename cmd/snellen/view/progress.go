package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/steps/term"
)

// progress is what the views know about the steps that run: how far each is, how fast, and how long
// it will take.
type progress struct {
	running  []*current // in the order in which they started
	total    int        // steps that the plan may run
	finished int        // of those
}

// A current is one running step.
type current struct {
	address string
	since   time.Time
	latest  step.Progress
	from    reading       // that the rate is counted from
	now     reading       // the latest
	metrics *step.Metrics // of the latest epoch
}

// A reading is how far a step was at a time.
type reading struct {
	done float64
	at   time.Time
}

// add takes in an event that came at that time.
func (p *progress) add(e engine.Event, at time.Time) {
	switch e := e.(type) {
	case engine.Started:
		p.drop(e.Address) // it may be made again
		p.running = append(p.running, &current{address: e.Address, since: at})
	case engine.Progressed:
		if c := p.find(e.Address); c != nil {
			c.add(e.Progress, at)
		}
	case engine.Finished:
		if p.drop(e.Address) {
			p.finished++
		}
	case engine.Verified:
		if p.drop(e.Address) {
			p.finished++
		}
	case engine.Failed:
		if p.drop(e.Address) {
			p.finished++
		}
	}
}

func (p *progress) find(address string) *current {
	for _, c := range p.running {
		if c.address == address {
			return c
		}
	}
	return nil
}

func (p *progress) drop(address string) bool {
	for i, c := range p.running {
		if c.address == address {
			p.running = append(p.running[:i], p.running[i+1:]...)
			return true
		}
	}
	return false
}

func (c *current) add(p step.Progress, at time.Time) {
	if p.Metrics != nil {
		c.metrics = p.Metrics
	}
	if p.Done == 0 && p.Total == 0 {
		return
	}
	if p.Unit != c.latest.Unit || p.Total != c.latest.Total || p.Done < c.now.done ||
		c.from.at.IsZero() {
		c.from = reading{p.Done, at} // something else is counted now
	}
	c.latest, c.now = p, reading{p.Done, at}
}

// share returns how far the step is, 0 to 1, or -1 where it does not say.
func (c *current) share() float64 {
	if c.latest.Total <= 0 {
		return -1
	}
	return min(1, c.latest.Done/c.latest.Total)
}

// rate returns how much is done in a second, or 0 while that is not known.
func (c *current) rate() float64 {
	took := c.now.at.Sub(c.from.at).Seconds()
	if took < 0.2 {
		return 0
	}
	return (c.now.done - c.from.done) / took
}

// text returns how far the step is: "45 % 1200/2720 images 410/s 3s left".
func (c *current) text(at time.Time) string {
	var parts []string
	l := c.latest
	if share := c.share(); share >= 0 {
		parts = append(parts, fmt.Sprintf("%2.0f %%", 100*share),
			fmt.Sprintf("%s/%s %s", figure(l.Done), figure(l.Total), term.Clean(l.Unit)))
	} else if l.Done > 0 {
		parts = append(parts, figure(l.Done)+" "+term.Clean(l.Unit))
	}
	if rate := c.rate(); rate > 0 {
		parts = append(parts, figure(rate)+"/s")
		if l.Total > l.Done {
			left := (l.Total-l.Done)/rate - at.Sub(c.now.at).Seconds()
			parts = append(parts, term.Seconds(max(0, left))+" left")
		}
	}
	if len(parts) == 0 {
		parts = append(parts, term.Seconds(at.Sub(c.since).Seconds()))
	}
	return strings.Join(parts, "  ")
}

// figure returns a number with one decimal place where it is small and not whole, else without any.
func figure(x float64) string {
	if x >= 10 || x == float64(int(x)) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// epoch returns an epoch's figures in words: "epoch 4: validation 0.812 train 0.902 loss 0.41".
func epoch(m *step.Metrics) string {
	text := fmt.Sprintf("epoch %d:", m.Epoch)
	for _, f := range []struct{ name, form string }{
		{"validation_accuracy", " validation %.3f"}, {"train_accuracy", "  train %.3f"},
		{"loss", "  loss %.3f"},
		{"images_per_second", "  %.0f images/s"},
	} {
		if v, ok := m.Values[f.name]; ok {
			text += fmt.Sprintf(f.form, v)
		}
	}
	return text
}
