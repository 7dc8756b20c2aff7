package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"snellen/steps/term"
)

// A ticker tells, once a second, how far a long piece of work is that is no apply.
type ticker struct {
	out   io.Writer
	doing string
	stop  func()

	mu   sync.Mutex
	text string // what to say next; "" where nothing new is known
}

func (a *app) newTicker(doing string) *ticker {
	t := &ticker{out: a.err, doing: doing}
	t.stop = every(time.Second, t.tick)
	return t
}

func (t *ticker) tick(time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text != "" {
		fmt.Fprintf(t.out, "   %s: %s\n", t.doing, t.text)
	}
}

func (t *ticker) say(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = text
}

// count and bytes are told how much of how much is done. Either may be called from any goroutine.
func (t *ticker) count(done, of int)   { t.say(fmt.Sprintf("%d of %d", done, of)) }
func (t *ticker) bytes(done, of int64) { t.say(term.Bytes(done) + " of " + term.Bytes(of)) }

func (t *ticker) close() { t.stop() }
