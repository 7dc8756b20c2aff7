package specs

import (
	"bytes"
	"encoding/json"
)

// A jsonDiagnostic, and the types below, follow the form of Terraform's machine-readable
// diagnostics.
type jsonDiagnostic struct {
	Severity string       `json:"severity"` // "error", "warning"
	Summary  string       `json:"summary"`
	Detail   string       `json:"detail"` // the hint, or ""
	Range    *jsonRange   `json:"range,omitempty"`
	Snippet  *jsonSnippet `json:"snippet,omitempty"`
}

// A jsonRange is where the diagnostic is.
type jsonRange struct {
	Filename string  `json:"filename"`
	Start    jsonPos `json:"start"`
	End      jsonPos `json:"end"` // exclusive
}

// A jsonPos counts characters, not bytes, as HCL does.
type jsonPos struct {
	Line   int `json:"line"`   // from 1
	Column int `json:"column"` // from 1, in characters
}

// A jsonSnippet is the source line with the offsets of the part that is meant.
type jsonSnippet struct {
	Code      string `json:"code"` // the line where it begins
	StartLine int    `json:"start_line"`
	From      int    `json:"highlight_start_offset"` // byte offsets in Code
	To        int    `json:"highlight_end_offset"`
}

// MarshalJSON writes severity, summary and detail. A diagnostic with a position also has range and
// snippet.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	out := jsonDiagnostic{Severity: d.severity(), Summary: d.Message, Detail: d.Hint}
	if d.At.Line > 0 {
		out.Range = &jsonRange{d.At.File, jsonPos{d.At.Line, d.Column},
			jsonPos{max(d.end.Line, d.At.Line), max(d.end.Column, 1)}}
		out.Snippet = d.snippet()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(out)
	return b.Bytes(), err
}

// snippet returns the line where the diagnostic begins, with the offsets of the part that it is
// about. It returns nil when the source is not known.
func (d Diagnostic) snippet() *jsonSnippet {
	code := d.sourceLine()
	if code == "" {
		return nil
	}
	begin := bytes.LastIndexByte(d.source[:min(d.offset, len(d.source))], '\n') + 1
	s := &jsonSnippet{Code: code, StartLine: d.At.Line,
		From: min(max(d.offset-begin, 0), len(code)), To: len(code)}
	if d.end.Line == d.At.Line {
		s.To = min(max(d.end.Byte-begin, s.From), len(code))
	}
	return s
}
