package view

import (
	"fmt"
	"io"
	"sync"
	"time"

	"snellen/steps/term"
)

// A Tally shows how many things of a number are done, such as the frames of the demo's footage: a
// line a second or, on a terminal, one line that is rewritten.
type Tally struct {
	out   io.Writer
	act   string
	live  bool
	mu    sync.Mutex
	shown time.Time
	wrote bool
	began time.Time
}

// NewTally returns a view of an act, such as "drawing", that rewrites its line in place where live
// is set.
func NewTally(out io.Writer, act string, live bool) *Tally {
	return &Tally{out: out, act: act, live: live, began: time.Now()}
}

// Show is called with the thing that was worked on last, and how many are done. It may be called
// from any goroutine.
func (t *Tally) Show(thing string, done, total int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	pause := time.Second
	if t.live {
		pause = 100 * time.Millisecond
	}
	now := time.Now()
	if done < total && now.Sub(t.shown) < pause {
		return
	}
	t.shown = now
	text := fmt.Sprintf("   %s %-28s %s %d/%d  %s", t.act,
		term.Cut(term.Clean(thing), 28), bar(float64(done)/float64(max(1, total)), 12), done, total,
		term.Seconds(now.Sub(t.began).Seconds()))
	if t.live {
		fmt.Fprintf(t.out, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(t.out, text)
	}
	t.wrote = true
}

func (t *Tally) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live && t.wrote {
		fmt.Fprintln(t.out)
	}
}
