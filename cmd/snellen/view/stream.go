package view

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"snellen/engine/step"
	"snellen/specs"
)

// StreamVersion is the version of the lines that -json prints, in the manner of Terraform's
// machine-readable UI. The first line has the type "version"; schema/stream.schema.json describes
// all lines. A new name raises the second number; a name that changes or goes raises the first.
const StreamVersion = "1.5"

// A Stream writes lines for machines. Each is a JSON object with its type, the members of that
// type, and then @level, @message, which is the line for people, and @timestamp. All that other
// modes show on the screen is in it.
type Stream struct {
	out     io.Writer
	version string // of this program
	began   bool
	Now     func() time.Time // a test's own, else time.Now
}

// NewStream returns a stream of the program of that version.
func NewStream(out io.Writer, version string) *Stream {
	return &Stream{out: out, version: version, Now: time.Now}
}

// The levels of lines.
const (
	LevelInfo  = "info"
	LevelWarn  = "warn"
	LevelError = "error"
)

// A stamp is the end of every line.
type stamp struct {
	Level   string    `json:"@level"`
	Message string    `json:"@message"`
	Time    time.Time `json:"@timestamp"`
}

// Line writes one line. The payload is a struct whose first member is "type".
func (s *Stream) Line(level, message string, payload any) error {
	return s.LineAt(time.Time{}, level, message, payload)
}

// LineAt writes one line about a time in the past; the zero time is now.
func (s *Stream) LineAt(at time.Time, level, message string, payload any) error {
	if at.IsZero() {
		at = s.Now()
	}
	if !s.began {
		s.began = true
		first := versionLine{"version", s.version, StreamVersion}
		if err := s.Line(LevelInfo, "snellen "+s.version, first); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := WriteJSON(&b, payload); err != nil {
		return err
	}
	b.Truncate(b.Len() - len("}\n"))
	b.WriteByte(',')
	body := b.Len()
	if err := WriteJSON(&b, stamp{level, message, at.UTC()}); err != nil {
		return err
	}
	whole := append(b.Bytes()[:body:body], b.Bytes()[body+len("{"):]...)
	_, err := s.out.Write(whole)
	return err
}

type versionLine struct {
	Type    string `json:"type"` // "version"
	Snellen string `json:"snellen"`
	Stream  string `json:"stream"`
}

// A diagnosticLine is a mistake or a warning.
type diagnosticLine struct {
	Type       string           `json:"type"` // "diagnostic"
	Address    string           `json:"address,omitempty"`
	Diagnostic specs.Diagnostic `json:"diagnostic"`
}

// Diagnose writes a mistake or a warning, of a step or of none.
func (s *Stream) Diagnose(address string, d specs.Diagnostic) error {
	level, word := LevelError, "Error: "
	if d.Warning {
		level, word = LevelWarn, "Warning: "
	}
	return s.Line(level, word+d.Message, diagnosticLine{"diagnostic", address, d})
}

// Fail writes an error, or each of joined errors.
func (s *Stream) Fail(err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			s.Fail(e)
		}
		return
	}
	// an error of the stream itself shows at its end
	s.Diagnose("", specs.Diagnostic{Message: err.Error(), Hint: step.Hint(err)})
}

// WriteJSON writes a value as one line of JSON.
func WriteJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
