package view

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"snellen/engine"
	"snellen/steps/term"
)

// A liveView draws the running steps, and what is fetched, as lines that stay at the bottom of a
// terminal, and lets finished ones scroll by above them. It draws at most ten times a second, each
// time in one write.
type liveView struct {
	out  io.Writer
	log  Log
	wide func() int // columns of the terminal
	stop func()

	mu     sync.Mutex
	known  progress
	scroll []string // lines that are to be written above the live ones
	drawn  int      // live lines on the screen
	began  time.Time
}

// most is how many running steps have a line.
const most = 8

// NewLive returns a view that draws on a terminal.
func NewLive(out io.Writer, log Log, work *Work) *liveView {
	v := &liveView{out: out, log: log, known: progress{work: work}, began: time.Now()}
	v.wide = func() int { return cmp.Or(Width(out), 80) }
	v.stop = Every(100*time.Millisecond, v.draw)
	return v
}

func (v *liveView) Emit(e engine.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known.add(e, time.Now())
	if line := v.log.line(e, v.wide()); line != "" {
		v.scroll = append(v.scroll, line)
	}
}

// draw writes what scrolls, and then the live lines anew.
func (v *liveView) draw(now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.write(v.lines(now))
}

func (v *liveView) write(live []string) {
	if len(v.scroll)+len(live)+v.drawn == 0 {
		return
	}
	var b strings.Builder
	if v.drawn > 0 {
		// up to the first live line, and away with all below
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", v.drawn)
	}
	for _, line := range append(v.scroll, live...) {
		b.WriteString(line + "\n")
	}
	v.scroll, v.drawn = nil, len(live)
	io.WriteString(v.out, b.String())
}

// lines returns the live ones: how far the whole is, and each running step.
func (v *liveView) lines(now time.Time) []string {
	columns := v.wide() - 1
	var fetch []string
	if v.known.fetch != nil {
		fetch = []string{term.Cut(row(v.known.fetch, now, columns), columns)}
	}
	if len(v.known.running) == 0 {
		return fetch
	}
	whole := fmt.Sprintf(" %d of at most %d steps done, %d running, %s", v.known.finished,
		len(v.known.work.steps), len(v.known.running), term.Seconds(now.Sub(v.began).Seconds()))
	if left := v.known.work.leftText(v.known.running, now); left != "" {
		whole += ", " + left
	}
	lines := []string{term.Cut(whole, columns)}
	for i, c := range v.known.running {
		if i == most {
			lines = append(lines, fmt.Sprintf("   and %d more", len(v.known.running)-most))
			break
		}
		lines = append(lines, term.Cut(row(c, now, columns), columns))
	}
	return append(lines, fetch...)
}

// row returns one running step's line.
func row(c *current, now time.Time, columns int) string {
	parts := c.parts(now)
	if c.metrics != nil {
		parts = append(parts, part{fmt.Sprintf("epoch %d %.3f", c.metrics.Epoch,
			c.metrics.Values["validation_accuracy"]), 1})
	}
	address, line := term.Clean(c.address), ""
	for _, head := range []string{
		fmt.Sprintf("   %-28s %s ", address, bar(c.share(), 12)),
		fmt.Sprintf("   %s %s ", address, bar(c.share(), 12)), fmt.Sprintf("   %s ", address),
	} {
		if line = fit(head, parts, columns); term.Width(line) <= columns {
			break
		}
	}
	return line
}

// bar draws how far something is, 0 to 1; below 0 it is not known.
func bar(share float64, columns int) string {
	full := int(max(0, share) * float64(columns))
	return strings.Repeat("━", full) + strings.Repeat("─", columns-full)
}

func (v *liveView) Close() {
	v.stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	if text := fetchedText(v.known.fetched); text != "" {
		v.scroll = append(v.scroll, strings.TrimSuffix(Wrap(text, v.wide()), "\n"))
	}
	v.write(nil)
}
