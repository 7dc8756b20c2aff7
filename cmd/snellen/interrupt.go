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
	stop   chan struct{} // closed by the first signal of an apply
	gentle atomic.Bool   // an apply runs
	cancel context.CancelCauseFunc
}

// watch begins to listen. The caller calls done when the command is over.
func watch(parent context.Context) (ctx context.Context, in *interrupts, done func()) {
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

func (in *interrupts) take() {
	if in.gentle.CompareAndSwap(true, false) {
		close(in.stop)
		return
	}
	in.cancel(errInterrupted)
}
