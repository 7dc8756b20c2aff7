package view

import (
	"fmt"
	"io"
	"sync"
	"time"

	"snellen/steps/term"
)

// A Drawing shows how far a long drawing is, such as the demo's footage: a line a second or, on a
// terminal, one line that is rewritten.
type Drawing struct {
	out   io.Writer
	live  bool
	mu    sync.Mutex
	shown time.Time
	wrote bool
	began time.Time
}

// NewDrawing returns a view that rewrites its line in place where live is set.
func NewDrawing(out io.Writer, live bool) *Drawing {
	return &Drawing{out: out, live: live, began: time.Now()}
}

// Show is called with the number of frames, or of videos, that are drawn. It may be called from any
// goroutine.
func (d *Drawing) Show(video string, done, total int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	pause := time.Second
	if d.live {
		pause = 100 * time.Millisecond
	}
	now := time.Now()
	if done < total && now.Sub(d.shown) < pause {
		return
	}
	d.shown = now
	text := fmt.Sprintf("   drawing %-28s %s %d/%d  %s", term.Clean(video),
		bar(float64(done)/float64(max(1, total)), 12), done, total,
		term.Seconds(now.Sub(d.began).Seconds()))
	if d.live {
		fmt.Fprintf(d.out, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(d.out, text)
	}
	d.wrote = true
}

func (d *Drawing) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live && d.wrote {
		fmt.Fprintln(d.out)
	}
}
