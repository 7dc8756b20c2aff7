package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// defaultPoll is the first wait between two polls. Each next wait is longer.
const defaultPoll = 5 * time.Second

// errInterrupted ends a wait at the first interrupt.
var errInterrupted = errors.New("interrupted")

// A waiter waits between polls, longer each time. The waits are random within a fifth, so that
// programs that started together do not poll together.
type waiter struct {
	cloud *Cloud
	next  time.Duration
}

func (c *Cloud) waiter() *waiter { return &waiter{c, c.poll} }

// reset makes the next wait the shortest one again, because something has just changed.
func (w *waiter) reset() { w.next = w.cloud.poll }

// wait waits for about next, or until ctx ends; it returns ctx's cause then. If interruptible is
// true, the first interrupt ends it with errInterrupted.
func (w *waiter) wait(ctx context.Context, interruptible bool) error {
	timer := time.NewTimer(jitter(w.next))
	defer timer.Stop()
	w.next = min(w.next*3/2, 12*w.cloud.poll)
	stop := w.cloud.stop
	if !interruptible {
		stop = nil
	}
	select {
	case <-timer.C:
		return nil
	case <-stop:
		return errInterrupted
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// visibilityTimeout is how long a new resource may stay invisible to other calls.
func (c *Cloud) visibilityTimeout() time.Duration { return 36 * c.poll }

// stopped reports whether the first interrupt came.
func (c *Cloud) stopped() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// jitter returns a duration within a fifth of d, so that programs that started together do not poll
// together.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}
