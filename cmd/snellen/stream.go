package main

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/spf13/cobra"

	"snellen/engine/step"
	"snellen/specs"
)

// streamVersion is the version of the lines that -json prints, in the manner of Terraform's machine-readable UI. The first
// line has the type "version"; stream.schema.json describes them all. A new name raises the second number; a name that is
// changed or gone raises the first.
const streamVersion = "1.1"

// A stream writes lines for machines. Each is a JSON object with its type, what the type has, and then @level, @message,
// the line for people, and @timestamp. All that other modes show on the screen is in it.
type stream struct {
	out     io.Writer
	version string // of this program
	began   bool
	now     func() time.Time
}

// The levels of lines.
const (
	levelInfo  = "info"
	levelWarn  = "warn"
	levelError = "error"
)

// A stamp is what every line ends with.
type stamp struct {
	Level   string    `json:"@level"`
	Message string    `json:"@message"`
	Time    time.Time `json:"@timestamp"`
}

// line writes one line. The payload is a struct whose first member is "type".
func (s *stream) line(level, message string, payload any) error {
	return s.lineAt(time.Time{}, level, message, payload)
}

// lineAt writes one line that is about a time in the past; about now where it is zero.
func (s *stream) lineAt(at time.Time, level, message string, payload any) error {
	if at.IsZero() {
		at = s.now()
	}
	if !s.began {
		s.began = true
		first := versionLine{"version", s.version, streamVersion}
		if err := s.line(levelInfo, "snellen "+s.version, first); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := writeJSON(&b, payload); err != nil {
		return err
	}
	b.Truncate(b.Len() - len("}\n"))
	b.WriteByte(',')
	body := b.Len()
	if err := writeJSON(&b, stamp{level, message, at.UTC()}); err != nil {
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

// streamFlag declares -json of a command that prints a stream.
func (a *app) streamFlag(c *cobra.Command, what string) {
	a.jsonFlag(c, what)
	before := c.PreRun
	c.PreRun = func(c *cobra.Command, args []string) {
		if before != nil {
			before(c, args)
		}
		if a.flags.json {
			a.stream = &stream{out: a.out, version: ownVersion(), now: time.Now}
		}
	}
}

// A diagnosticLine tells what is wrong.
type diagnosticLine struct {
	Type       string           `json:"type"` // "diagnostic"
	Address    string           `json:"address,omitempty"`
	Diagnostic specs.Diagnostic `json:"diagnostic"`
}

// diagnose writes a mistake or a warning, of a step or of none.
func (s *stream) diagnose(address string, d specs.Diagnostic) error {
	level, word := levelError, "Error: "
	if d.Warning {
		level, word = levelWarn, "Warning: "
	}
	return s.line(level, word+d.Message, diagnosticLine{"diagnostic", address, d})
}

// fail writes an error; of joined errors, each.
func (s *stream) fail(err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			s.fail(e)
		}
		return
	}
	s.diagnose("", specs.Diagnostic{Message: err.Error(), Hint: step.Hint(err)}) // an error on the way is told by the end
}

// warn tells what a person should know, and what stops nothing.
func (a *app) warn(text string) {
	if a.stream != nil {
		a.stream.diagnose("", specs.Diagnostic{Warning: true, Message: text})
		return
	}
	printWarning(a.err, text, a.colour(a.err))
}

// A nextLine tells what a person may want to type now.
type nextLine struct {
	Type    string `json:"type"` // "next"
	Command string `json:"command"`
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
