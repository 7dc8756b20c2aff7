package view

import (
	"cmp"
	"fmt"
	"io"
	"sync"
	"time"

	"snellen/engine"
	"snellen/steps/term"
)

// A plainView is a log. It has a line when a step starts, when it ends, and for each epoch, and for
// each running step at most one line of progress a second. While steps run it is never silent for
// much more than a second.
type plainView struct {
	out  io.Writer
	log  Log
	stop func()

	mu    sync.Mutex
	known progress
	shown map[string]reading // what was shown last of each step
	spoke bool               // since the last tick

	fetched time.Time // when it was last said what is fetched
}

// NewPlain returns a view that writes a log.
func NewPlain(out io.Writer, log Log, work *Work) *plainView {
	v := &plainView{out: out, log: log, known: progress{work: work}, shown: map[string]reading{}}
	v.stop = Every(time.Second, v.tick)
	return v
}

func (v *plainView) Emit(e engine.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known.add(e, time.Now())
	line := v.log.line(e, Width(v.out))
	if s, ok := e.(engine.Started); ok {
		line = v.log.words(Width(v.out), ">", "", s.Address,
			"started: "+term.Clean(cmp.Or(s.Why.Own, s.Why.Text)))
	}
	if line != "" {
		v.say(line)
	}
}

func (v *plainView) say(line string) {
	fmt.Fprintln(v.out, line)
	v.spoke = true
}

// tick is called once a second.
func (v *plainView) tick(now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.known.running {
		if c.now != v.shown[c.address] && c.now.at.After(c.since) {
			v.shown[c.address] = c.now
			v.say(v.log.parts(Width(v.out), c.address, c.parts(now)))
		}
	}
	if !v.spoke && len(v.known.running) > 0 {
		c := v.known.running[0]
		v.say(v.log.words(Width(v.out), " ", "", c.address,
			"runs for "+term.Seconds(now.Sub(c.since).Seconds())))
	}
	if c := v.known.fetch; c != nil && c.now != v.shown[""] && now.Sub(v.fetched) >= fetchPause {
		v.shown[""], v.fetched = c.now, now
		v.say(v.log.parts(Width(v.out), c.address, c.parts(now)))
	}
	v.spoke = false
}

// fetchPause is the time between two lines about what is fetched.
const fetchPause = 3 * time.Second

func (v *plainView) Close() {
	v.stop()
	if text := fetchedText(v.known.fetched); text != "" {
		fmt.Fprint(v.out, Wrap(text, Width(v.out)))
	}
}

// Every calls tick at each interval, from a goroutine of its own, until stop is called. When stop
// returns, no call is under way.
func Every(interval time.Duration, tick func(time.Time)) (stop func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	ticker := time.NewTicker(interval)
	go func() {
		defer close(ended)
		for {
			select {
			case now := <-ticker.C:
				tick(now)
			case <-over:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(over); <-ended }
}
