package standin

import (
	"container/heap"
	"sync"
	"time"
)

// A Clock is the service's time. A clock that a test owns stands still until Advance. A running
// clock follows real time, or is faster. Events happen in order, one at a time. Its methods may be
// called from any goroutine.
type Clock struct {
	speed float64 // times as fast as real time; 0: it stands still

	mu    sync.Mutex
	began time.Time // in real time, of a running clock
	now   time.Time // of a clock that stands still; the begin of a running one
	due   events
	// of events so far: events of the same time happen in the order they were added
	count  int
	wake   chan struct{} // wakes a running clock's loop for a new event
	end    chan struct{}
	busy   int // work in real time, which Advance waits for
	rest   *sync.Cond
	moving sync.Mutex // held by Advance, so that two calls never interleave
}

// NewClock returns a clock that stands still at that time.
func NewClock(at time.Time) *Clock {
	c := &Clock{now: at, wake: make(chan struct{}, 1), end: make(chan struct{})}
	c.rest = sync.NewCond(&c.mu)
	return c
}

// RunningClock returns a clock that runs from now on, speed times as fast as real time.
func RunningClock(speed float64) *Clock {
	c := NewClock(time.Now())
	c.speed, c.began = speed, c.now
	go c.run()
	return c
}

// Now returns the service's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.present()
}

func (c *Clock) present() time.Time {
	if c.speed == 0 {
		return c.now
	}
	return c.now.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// Advance moves a clock that stands still. It returns when everything that is due by then has
// happened, including transfers and replays, but not real training, which takes its own time.
func (c *Clock) Advance(d time.Duration) {
	c.moving.Lock()
	defer c.moving.Unlock()
	until := c.Now().Add(d)
	for {
		c.settle()
		e := c.next(until)
		if e == nil {
			return
		}
		e.do()
	}
}

// settle waits until no work in real time is left.
func (c *Clock) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.busy > 0 {
		c.rest.Wait()
	}
}

// next returns the next event that is due by then and moves the clock to it. If there is none, it
// moves the clock to then.
func (c *Clock) next(until time.Time) *event {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 || c.due[0].at.After(until) {
		c.now = until
		return nil
	}
	e := heap.Pop(&c.due).(*event)
	if e.at.After(c.now) {
		c.now = e.at
	}
	return e
}

// after calls do when that time has passed. do must not block.
func (c *Clock) after(d time.Duration, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	heap.Push(&c.due, &event{at: c.present().Add(d), order: c.count, do: do})
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// apart does work in real time, which Advance waits for.
func (c *Clock) apart(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	go func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.busy--
			c.rest.Broadcast()
		}()
		do()
	}()
}

// run fires a running clock's events.
func (c *Clock) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		e, wait := c.ripe()
		if e != nil {
			e.do()
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-c.wake:
		case <-c.end:
			return
		}
	}
}

// ripe returns an event that is due, or else how long the next one takes.
func (c *Clock) ripe() (*event, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 {
		return nil, time.Hour
	}
	if wait := c.due[0].at.Sub(c.present()); wait > 0 {
		return nil, time.Duration(float64(wait)/c.speed) + 1
	}
	return heap.Pop(&c.due).(*event), 0
}

// stop stops a running clock.
func (c *Clock) stop() { close(c.end) }

// An event is a function that is called at its time.
type event struct {
	at    time.Time
	order int
	do    func()
}

type events []*event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].order < e[j].order
	}
	return e[i].at.Before(e[j].at)
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(*event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
