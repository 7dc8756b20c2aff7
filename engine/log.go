package engine

import (
	"strings"

	"snellen/engine/step"
)

// A log keeps the first and the last lines of what a step reported.
type log struct {
	head, last []string
	size       int // of head, bytes
	dropped    int // lines
}

// commandMark begins the lines of a log that are commands.
const commandMark = "$ "

const (
	maxLine    = 4 << 10  // bytes
	maxCommand = 64 << 10 // bytes, of a command: one decode to forty sizes has twenty thousand
	maxHead    = 1 << 20  // bytes
	maxLast    = 200      // lines
	maxTail    = 20       // lines, of a failed step's log in its event
)

func (l *log) add(line string) {
	if l.size+len(line) <= maxHead && l.last == nil {
		l.head, l.size = append(l.head, line), l.size+len(line)
		return
	}
	if l.last = append(l.last, line); len(l.last) > maxLast {
		l.last, l.dropped = l.last[1:], l.dropped+1
	}
}

func (l *log) text() string {
	all := l.head
	if l.dropped > 0 {
		all = append(append([]string{}, all...), "...")
	}
	return strings.Join(append(all[:len(all):len(all)], l.last...), "\n")
}

// tail is the end of what the step said. Its command, which may be pages long, is none of that.
func (l *log) tail() string {
	var said []string
	for _, lines := range [][]string{l.head, l.last} {
		for _, line := range lines {
			if !strings.HasPrefix(line, commandMark) {
				said = append(said, line)
			}
		}
	}
	return strings.Join(said[max(0, len(said)-maxTail):], "\n")
}

// report is a job's Report.
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

// cut bounds a line that a step reported, in bytes, and makes it valid UTF-8.
func cut(line string, most int) string {
	if len(line) > most {
		line = line[:most] + "..."
	}
	return strings.ToValidUTF8(line, "\uFFFD")
}
