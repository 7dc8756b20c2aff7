package studio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A hub passes events on to the open pages. A page that reads too slowly loses its stream and
// begins anew, with everything as it is then: nobody waits for it.
type hub struct {
	mu     sync.Mutex
	pages  map[*stream]bool
	closed bool
}

const (
	maxPages  = 16  // open at once
	maxUnsent = 256 // events that a page has not read
	sendTime  = 10 * time.Second
	aliveTime = 15 * time.Second // between signs of life, by which a gone page is noticed
)

// A stream is what one open page gets.
type stream struct {
	events chan []byte // closed when it read too slowly, or the server ends
}

func newHub() *hub { return &hub{pages: map[*stream]bool{}} }

// message returns an event as it is sent.
func message(name string, value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic("BUG: an event that is no JSON: " + err.Error())
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, data)
}

// send sends an event to all pages.
func (h *hub) send(name string, value any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.pages) == 0 {
		return
	}
	data := message(name, value)
	for p := range h.pages {
		select {
		case p.events <- data:
		default:
			delete(h.pages, p)
			close(p.events)
		}
	}
}

// watched reports whether a page is open.
func (h *hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.pages) > 0
}

// open returns a new page, or nil where there are too many.
func (h *hub) open() *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.pages) >= maxPages {
		return nil
	}
	p := &stream{make(chan []byte, maxUnsent)}
	h.pages[p] = true
	return p
}

func (h *hub) leave(p *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pages, p)
}

// close ends all streams.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for p := range h.pages {
		delete(h.pages, p)
		close(p.events)
	}
}

// serve streams events. first returns what a page must know before the first of them.
func (h *hub) serve(w http.ResponseWriter, r *http.Request, first func() []byte) {
	p := h.open()
	if p == nil {
		fail(w, hinted(http.StatusTooManyRequests, fmt.Sprintf("%d pages are open", maxPages),
			"close some"))
		return
	}
	defer h.leave(p)
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	write := func(data []byte) bool {
		control.SetWriteDeadline(time.Now().Add(sendTime))
		if _, err := w.Write(data); err != nil {
			return false
		}
		return control.Flush() == nil
	}
	if !write(first()) {
		return
	}
	alive := time.NewTicker(aliveTime)
	defer alive.Stop()
	for {
		data := []byte(": alive\n\n")
		select {
		case <-r.Context().Done():
			return
		case <-alive.C:
		case event, more := <-p.events:
			if !more {
				return
			}
			data = event
		}
		if !write(data) {
			return
		}
	}
}
