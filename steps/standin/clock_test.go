package standin

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// What is due happens in order, at its time; of one moment, in the order in which it was planned.
func TestClock(t *testing.T) {
	c := NewClock(time.Unix(0, 0))
	var got []string
	say := func(what string) func() {
		return func() { got = append(got, what+" "+c.Now().Sub(time.Unix(0, 0)).String()) }
	}
	c.after(3*time.Second, say("c"))
	c.after(time.Second, func() {
		say("a")()
		c.after(time.Second, say("b"))
	})
	c.after(3*time.Second, say("d"))
	c.Advance(500 * time.Millisecond)
	c.Advance(10 * time.Second)
	if want := []string{"a 1s", "b 2s", "c 3s", "d 3s"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if now := c.Now().Sub(time.Unix(0, 0)); now != 10500*time.Millisecond {
		t.Errorf("at last it is %v", now)
	}
}

// Advance waits for what is done apart, and for what that plans.
func TestAdvanceWaits(t *testing.T) {
	c := NewClock(time.Unix(0, 0))
	done := false
	gate := make(chan struct{})
	c.after(time.Second, func() {
		c.apart(func() {
			<-gate
			c.after(time.Second, func() { done = true })
		})
	})
	go close(gate)
	c.Advance(3 * time.Second)
	if !done {
		t.Error("it was not waited for")
	}
}

// A clock that runs lets things happen by itself, so many times as fast as the world.
func TestRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := RunningClock(60)
		began := time.Now()
		happened := make(chan time.Time, 2)
		c.after(2*time.Minute, func() { happened <- time.Now() })
		c.after(time.Minute, func() { happened <- time.Now() })
		first, second := <-happened, <-happened
		if a, b := first.Sub(began).Round(time.Millisecond), second.Sub(began).Round(
			time.Millisecond); a != time.Second || b != 2*time.Second {
			t.Errorf("a minute took %v, two took %v", a, b)
		}
		c.stop()
	})
}
