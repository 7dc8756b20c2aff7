package engine

import (
	"strings"

	"snellen/engine/step"
)

// A log keeps the first and the last lines that a step reported, so that a step which never stops
// reporting does not fill the memory. The caller guards it.
type log struct {
	head, last []string
	size       int // of head, in bytes
	dropped    int // lines between head and last
}

// commandMark begins the lines of a log that are commands.
const commandMark = "$ "

const (
	maxLine    = 4 << 10  // bytes
	maxCommand = 64 << 10 // bytes of a command: one decode to forty sizes has twenty thousand
	maxHead    = 1 << 20  // bytes
	maxLast    = 200      // lines
	maxTail    = 20       // lines of a failed step's log in its event
)

// add appends a line. It drops the oldest of the last lines when there are too many.
func (l *log) add(line string) {
	if l.size+len(line) <= maxHead && l.last == nil {
		l.head, l.size = append(l.head, line), l.size+len(line)
		return
	}
	if l.last = append(l.last, line); len(l.last) > maxLast {
		l.last, l.dropped = l.last[1:], l.dropped+1
	}
}

// text returns the whole log; "..." stands for dropped lines.
func (l *log) text() string {
	all := l.head
	if l.dropped > 0 {
		all = append(append([]string{}, all...), "...")
	}
	return strings.Join(append(all[:len(all):len(all)], l.last...), "\n")
}

// tail returns the last lines without commands, which may be pages long.
func (l *log) tail() string {
	var reported []string
	for _, lines := range [][]string{l.head, l.last} {
		for _, line := range lines {
			if !strings.HasPrefix(line, commandMark) {
				reported = append(reported, line)
			}
		}
	}
	return strings.Join(reported[max(0, len(reported)-maxTail):], "\n")
}

// report is a job's Report, and may be called from any goroutine. It logs commands and lines, and
// emits the rest as events.
func (t *task) report(p step.Progress) {
	t.mu.Lock()
	if p.Command != "" {
		t.log.add(commandMark + cut(p.Command, maxCommand))
	}
	if p.Log != "" {
		t.log.add(cut(p.Log, maxLine))
	}
	t.mu.Unlock()
	if p.Warning != "" {
		t.emit(Warned{t.job.Address, p.Warning})
		p.Warning = ""
	}
	if p != (step.Progress{}) {
		t.emit(Progressed{Address: t.job.Address, Progress: p})
	}
}

// cut bounds a line to most bytes and makes it valid UTF-8.
func cut(line string, most int) string {
	if len(line) > most {
		line = line[:most] + "..."
	}
	return strings.ToValidUTF8(line, "\uFFFD")
}
