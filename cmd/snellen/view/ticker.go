package view

import (
	"fmt"
	"io"
	"sync"
	"time"

	"snellen/steps/term"
)

// A Ticker says, once a second, how far a long piece of work is that is not an apply.
type Ticker struct {
	out   io.Writer
	doing string
	stop  func()

	mu   sync.Mutex
	text string // what to say next; "" where nothing new is known
}

// NewTicker starts a ticker for work of that name. The caller calls Close at its end.
func NewTicker(out io.Writer, doing string) *Ticker {
	t := &Ticker{out: out, doing: doing}
	t.stop = Every(time.Second, t.tick)
	return t
}

func (t *Ticker) tick(time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text != "" {
		fmt.Fprintf(t.out, "   %s: %s\n", t.doing, t.text)
	}
}

// Say sets what the next line says. It may be called from any goroutine.
func (t *Ticker) Say(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = text
}

// Count and Bytes set how much of how much is done. Either may be called from any goroutine.
func (t *Ticker) Count(done, of int)   { t.Say(fmt.Sprintf("%d of %d", done, of)) }
func (t *Ticker) Bytes(done, of int64) { t.Say(term.Bytes(done) + " of " + term.Bytes(of)) }

func (t *Ticker) Close() { t.stop() }
