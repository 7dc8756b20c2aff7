//go:build native

package watch

import (
	"fmt"
	"strings"
	"time"
)

// warn keeps what is wrong with the source, for as long as it is.
func (w *watching) warn(trouble string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = trouble
	if trouble != "" {
		w.rate = 0 // nothing is judged
	}
}

// announce keeps news for a while.
func (w *watching) announce(news string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news, w.old = news, time.Now().Add(fresh)
}

// notes are the lines below the list of areas: who judges and how fast, what may be done, and what happens.
func (w *watching) notes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	who := "judged by " + w.params.Endpoint
	if w.params.Endpoint == "" {
		who = "judged by " + w.params.Models[w.chosen]
	}
	if w.rate > 0 {
		who += fmt.Sprintf(", %.0f pictures a second", w.rate)
	}
	what := w.trouble
	if w.news != "" && time.Now().Before(w.old) {
		what = w.news
	}
	if !w.params.Window {
		return []string{who, what}
	}
	return []string{who, w.help(), what}
}

// help says what may be pressed.
func (w *watching) help() string {
	list := []string{"click: save", "q: end"}
	if len(w.params.Models) > 1 {
		for i, name := range w.params.Models[:min(len(w.params.Models), 9)] {
			list = append(list, fmt.Sprintf("%d: %s", i+1, name))
		}
	}
	return strings.Join(list, "   ")
}
