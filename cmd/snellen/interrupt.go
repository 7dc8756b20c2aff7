package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// Interrupts turn signals into an end. While an apply runs, the first one asks it to start nothing new and to finish what
// runs; any other ends everything at once.
type interrupts struct {
	stop   chan struct{} // closed by the first signal of a command that ends gently
	gentle atomic.Bool   // a command runs that ends gently
	cancel context.CancelCauseFunc
}

// listen begins to hear signals. The caller calls done when the command is over.
func listen(parent context.Context) (ctx context.Context, in *interrupts, done func()) {
	ctx, cancel := context.WithCancelCause(parent)
	in = &interrupts{stop: make(chan struct{}), cancel: cancel}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				in.take()
			case <-over:
				return
			}
		}
	}()
	return ctx, in, func() { signal.Stop(signals); close(over); cancel(nil) }
}

// stopped tells whether the first signal of a command came that ends gently.
func (in *interrupts) stopped() bool {
	select {
	case <-in.stop:
		return true
	default:
		return false
	}
}

func (in *interrupts) take() {
	if in.gentle.CompareAndSwap(true, false) {
		close(in.stop)
		return
	}
	in.cancel(errInterrupted)
}
