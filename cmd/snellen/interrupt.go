package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// Interrupts handle SIGINT and SIGTERM. While a command runs that ends gently, the first signal
// asks it to start nothing new and to finish what runs. Any other signal cancels the command's
// context.
type interrupts struct {
	stop   chan struct{} // closed by the first signal of a command that ends gently
	gentle atomic.Bool   // a command runs that ends gently
	cancel context.CancelCauseFunc
}

// listen starts to handle signals. The caller calls done when the command is over.
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
				in.handle()
			case <-over:
				return
			}
		}
	}()
	return ctx, in, func() { signal.Stop(signals); close(over); cancel(nil) }
}

// stopped reports whether a command that ends gently has had its first signal.
func (in *interrupts) stopped() bool {
	select {
	case <-in.stop:
		return true
	default:
		return false
	}
}

func (in *interrupts) handle() {
	if in.gentle.CompareAndSwap(true, false) {
		close(in.stop)
		return
	}
	in.cancel(errInterrupted)
}
