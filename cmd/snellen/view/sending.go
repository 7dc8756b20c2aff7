package view

import (
	"fmt"
	"io"
	"time"

	"snellen/engine/journal"
	"snellen/engine/step"
	"snellen/steps/term"
)

// A Sending shows how results go to a shared store at the end of an apply: in a stream, as a line
// that is drawn anew, or as a log. It is used by one goroutine.
type Sending struct {
	out    io.Writer
	stream *Stream // or nil
	to     string
	live   bool
	known  current
	shown  time.Time
	drawn  bool // there is a line that is to be drawn anew
}

// NewSending returns a view of what goes to the shared store of that URL. stream may be nil.
func NewSending(out io.Writer, stream *Stream, to string) *Sending {
	now := time.Now()
	return &Sending{out: out, stream: stream, to: to, live: isLive(out), shown: now,
		known: current{address: "to " + to, since: now}}
}

type sendingLine struct {
	Type     string         `json:"type"` // "send_progress"
	To       string         `json:"to"`
	Progress journal.Amount `json:"progress"`
}

type sentLine struct {
	Type    string `json:"type"` // "sent"
	To      string `json:"to"`
	Records int    `json:"records"` // results that the shared store has now
	Bytes   int64  `json:"bytes"`   // of their outputs
	Left    int    `json:"left"`    // results that wait for the next apply
}

// Tell is called from time to time with the bytes that were sent, and that there are to send.
// Nothing is shown of what takes no second.
func (s *Sending) Tell(done, total int64) {
	now := time.Now()
	all := journal.Amount{Done: float64(done), Total: float64(total), Unit: bytesUnit}
	s.known.add(step.Progress{Done: all.Done, Total: all.Total, Unit: all.Unit}, now)
	pause := time.Second
	switch {
	case s.live && s.stream == nil && s.drawn:
		pause = 200 * time.Millisecond
	case s.stream == nil && s.drawn:
		pause = fetchPause
	}
	if now.Sub(s.shown) < pause {
		return
	}
	s.shown, s.drawn = now, true
	switch {
	case s.stream != nil:
		s.stream.Line(LevelInfo, "Sending to "+s.to+": "+amount(all),
			sendingLine{"send_progress", s.to, all})
	case s.live:
		columns := Width(s.out) - 1
		fmt.Fprintf(s.out, "\r\x1b[K%s", term.Cut(row(&s.known, now, columns), columns))
	default:
		fmt.Fprintln(s.out, Log{}.parts(Width(s.out), s.known.address, s.known.parts(now)))
	}
}

// Close says what was sent, where that is anything, and how many results wait.
func (s *Sending) Close(records, left int, bytes int64) {
	if s.drawn && s.live && s.stream == nil {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	text := fmt.Sprintf("Sent %s (%s) to %s.", term.Count(records, "result"), term.Bytes(bytes),
		s.to)
	level := LevelInfo
	if left > 0 {
		level, text = LevelWarn, text+fmt.Sprintf(" %d left.", left)
	}
	switch {
	case records+left == 0:
	case s.stream != nil:
		s.stream.Line(level, text, sentLine{"sent", s.to, records, bytes, left})
	case records > 0:
		fmt.Fprint(s.out, Wrap(term.Clean(text), Width(s.out)))
	}
}
