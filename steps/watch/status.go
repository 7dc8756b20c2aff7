//go:build native

package watch

import (
	"fmt"
	"strings"
	"time"
)

// noticeTime is how long a notice stands in the window.
const noticeTime = 3 * time.Second

// warn sets the warning about the source, which stands until it is replaced; "" removes it.
func (s *session) warn(warning string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warning = warning
	if warning != "" {
		s.rate = 0 // nothing is judged
	}
}

// notify sets a notice, which stands for noticeTime and covers a warning.
func (s *session) notify(notice string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice, s.noticeEnds = notice, time.Now().Add(noticeTime)
}

// status returns the lines below the areas' texts: which model judges and how fast, in a window
// what can be pressed, and the notice or warning.
func (s *session) status() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	model := "judged by " + s.params.Endpoint
	if s.params.Endpoint == "" {
		model = "judged by " + s.params.Models[s.selected]
	}
	if s.rate > 0 {
		model += fmt.Sprintf(", %.0f pictures a second", s.rate)
	}
	message := s.warning
	if s.notice != "" && time.Now().Before(s.noticeEnds) {
		message = s.notice
	}
	if !s.params.Window {
		return []string{model, message}
	}
	return []string{model, s.help(), message}
}

// help returns what can be pressed.
func (s *session) help() string {
	list := []string{"click: save", "q: quit"}
	if len(s.params.Models) > 1 {
		for i, name := range s.params.Models[:min(len(s.params.Models), 9)] {
			list = append(list, fmt.Sprintf("%d: %s", i+1, name))
		}
	}
	return strings.Join(list, "   ")
}
