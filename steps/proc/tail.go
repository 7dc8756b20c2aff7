package proc

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
)

// A Tail keeps the last bytes that a program wrote, for the message when it fails. It may be
// written and read from any goroutine.
type Tail struct {
	mu   sync.Mutex
	size int
	data []byte
}

// NewTail returns a Tail of that many bytes.
func NewTail(size int) *Tail { return &Tail{size: size} }

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p[max(len(p)-t.size, 0):]...)
	if over := len(t.data) - t.size; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(p), nil
}

// Last returns up to n of the last lines that are not empty, joined by "; " and without control
// characters.
func (t *Tail) Last(n int) string {
	lines := t.Lines()
	return strings.Join(lines[max(len(lines)-n, 0):], "; ")
}

// First returns up to n of the first lines that were kept, as Last does.
func (t *Tail) First(n int) string {
	lines := t.Lines()
	return strings.Join(lines[:min(len(lines), n)], "; ")
}

// Lines returns the lines that are not empty, without control characters. A carriage return ends a
// line too: progress displays use it.
func (t *Tail) Lines() (lines []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range bytes.Lines(bytes.ReplaceAll(t.data, []byte("\r"), []byte("\n"))) {
		if text := strings.TrimSpace(plain(string(line))); text != "" {
			lines = append(lines, text)
		}
	}
	return lines
}

// plain removes what is not printable, so that a program cannot control the terminal.
func plain(line string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, line)
}
