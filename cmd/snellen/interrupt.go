package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// Interrupts handle SIGINT, SIGTERM and SIGHUP. While a command runs that ends gently, the first
// signal asks it to start nothing new and to finish what runs. Any other signal cancels the
// command's context.
//
// A connection that is lost counts as one signal, however many come of it: the shell and the system
// both send SIGHUP, and where there is no terminal, each line that nobody can read any more sends
// SIGPIPE. Commands that do not end gently leave SIGPIPE to the system, which ends them.
type interrupts struct {
	stop    chan struct{} // closed by the first signal of a command that ends gently
	gentle  atomic.Bool   // a command runs that ends gently
	cancel  context.CancelCauseFunc
	signals chan os.Signal
}

// listen starts to handle signals. The caller calls done when the command is over.
func listen(parent context.Context) (ctx context.Context, in *interrupts, done func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	in = &interrupts{stop: make(chan struct{}), cancel: cancel, signals: signals}
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it ignored
		signal.Notify(signals, syscall.SIGHUP)
	}
	over := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				in.handle(s)
			case <-over:
				return
			}
		}
	}()
	return ctx, in, func() { signal.Stop(signals); close(over); cancel(nil) }
}

// beginGentle and endGentle stand around what ends gently.
func (in *interrupts) beginGentle() {
	signal.Notify(in.signals, syscall.SIGPIPE)
	in.beginServing()
}

// beginServing is beginGentle for a server, whose readers go away at any time: a SIGPIPE says
// nothing of it.
func (in *interrupts) beginServing() { in.gentle.Store(true) }

func (in *interrupts) endGentle() { in.gentle.Store(false) }

// stopped reports whether a command that ends gently has had its first signal.
func (in *interrupts) stopped() bool {
	select {
	case <-in.stop:
		return true
	default:
		return false
	}
}

func (in *interrupts) handle(s os.Signal) {
	switch {
	case in.gentle.CompareAndSwap(true, false):
		close(in.stop)
	case s == syscall.SIGPIPE, s == syscall.SIGHUP && in.stopped():
	default:
		in.cancel(errInterrupted)
	}
}
