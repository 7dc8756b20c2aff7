package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"snellen/engine"
	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/steps/term"
)

// progress is what the views know about the steps that run: how far each is, how fast, and how long
// it will take.
type progress struct {
	running  []*current // in the order in which they started
	work     *Work      // of all steps that may run
	finished int        // of those

	fetch   *current       // what comes from the shared store; nil while nothing does
	fetched engine.Fetched // the latest
}

// A current is one running step.
type current struct {
	address string
	since   time.Time
	latest  step.Progress
	from    reading       // that the rate is counted from
	now     reading       // the latest
	anew    bool          // it began to count something else
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
		took := e.Record.Took
		if e.Cached || e.With != "" {
			took = 0 // it was run another time, or for another step
		}
		p.end(e.Address, took)
	case engine.Verified:
		p.end(e.Address, e.Took)
	case engine.Failed:
		p.end(e.Address, 0)
	case engine.Skipped:
		p.work.end(e.Address, 0)
	case engine.Fetched:
		p.fetched = e
		switch {
		case e.Going == 0:
			p.fetch = nil
			return
		case p.fetch == nil:
			p.fetch = &current{address: "from " + e.From, since: at}
		}
		p.fetch.add(step.Progress{Done: float64(e.Done), Total: float64(e.Total),
			Unit: bytesUnit}, at)
	}
}

// end is called when a step has ended. Those that did not run do not count.
func (p *progress) end(address string, took time.Duration) {
	if p.drop(address) {
		p.finished++
	}
	p.work.end(address, took)
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
		c.anew = !c.from.at.IsZero()
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

// text returns how far the step is: "45 %  1200/2720 images  410/s  3s left".
func (c *current) text(at time.Time) string {
	var texts []string
	for _, p := range c.parts(at) {
		texts = append(texts, p.text)
	}
	return strings.Join(texts, "  ")
}

// A part is a piece of a line. Where a line is too long, parts are left out, those with the highest
// drop first; 0 always stays.
type part struct {
	text string
	drop int
}

// parts returns how far the step is, in parts.
func (c *current) parts(at time.Time) []part {
	var list []part
	l := c.latest
	if share := c.share(); share >= 0 {
		list = append(list, part{fmt.Sprintf("%2.0f %%", 100*share), 0},
			part{amount(journal.Amount{Done: l.Done, Total: l.Total, Unit: term.Clean(l.Unit)}), 2})
	} else if l.Done > 0 {
		list = append(list, part{amount(journal.Amount{Done: l.Done, Unit: term.Clean(l.Unit)}), 0})
	}
	if rate := c.rate(); rate > 0 {
		speed := figure(rate)
		if l.Unit == bytesUnit {
			speed = term.Bytes(int64(rate))
		}
		list = append(list, part{speed + "/s", 3})
		if l.Total > l.Done {
			left := (l.Total-l.Done)/rate - at.Sub(c.now.at).Seconds()
			list = append(list, part{term.Seconds(max(0, left)) + " left", 0})
		}
	}
	if len(list) == 0 {
		list = append(list, part{term.Seconds(at.Sub(c.since).Seconds()), 0})
	}
	return list
}

// fit joins parts to a line behind head of at most that many columns, as long as parts can be left
// out; 0 is no limit.
func fit(head string, parts []part, columns int) string {
	for {
		var texts []string
		worst := -1
		for i, p := range parts {
			texts = append(texts, p.text)
			if p.drop > 0 && (worst < 0 || p.drop > parts[worst].drop) {
				worst = i
			}
		}
		line := head + strings.Join(texts, "  ")
		if columns <= 0 || worst < 0 || term.Width(line) <= columns {
			return line
		}
		parts = slices.Delete(slices.Clone(parts), worst, worst+1)
	}
}

// bytesUnit is the unit of an amount that is shown as a size.
const bytesUnit = "bytes"

// figure returns a number with one decimal place where it is small and not whole, else without any.
func figure(x float64) string {
	if x >= 10 || x == float64(int(x)) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// epoch returns an epoch's figures in words: "epoch 4: validation 0.812", "train 0.902",
// "loss 0.410", "410 images/s".
func epoch(m *step.Metrics) []part {
	list := []part{{text: fmt.Sprintf("epoch %d:", m.Epoch)}}
	for _, f := range []struct {
		name, form string
		drop       int
	}{
		{"validation_accuracy", "validation %.3f", 0}, {"train_accuracy", "train %.3f", 1},
		{"loss", "loss %.3f", 2}, {"images_per_second", "%.0f images/s", 3},
	} {
		v, ok := m.Values[f.name]
		text := fmt.Sprintf(f.form, v)
		switch {
		case ok && f.drop == 0:
			list[0].text += " " + text
		case ok:
			list = append(list, part{text, f.drop})
		}
	}
	return list
}
