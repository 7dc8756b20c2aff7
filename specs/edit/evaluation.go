package edit

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"snellen/specs"
)

// An Evaluation is what a new one is made of.
type Evaluation struct {
	Name          string
	Video         string // its path, as seen from the spec's folder
	Width, Height int    // of the camera's frame, in pixels; 0: the video's own, and not written
	Every         int    // judge one in this many frames; 0 and 1: all, and not written
}

// AddEvaluation adds an evaluation at the end, as snellen init FOLDER writes it. What init wrote
// there as a form, in a comment, is removed if it is of that name or of that video.
func AddEvaluation(src []byte, e Evaluation, l Layout) ([]byte, error) {
	s, err := parse(src)
	if err != nil {
		return nil, err
	}
	e.Name = specs.Normal(e.Name)
	if err := s.checkEvaluation(e); err != nil {
		return nil, err
	}
	p := &placed{source: s}
	l = l.normal()
	if err := p.check(l); err != nil {
		return nil, err
	}
	s.removeForm(e)
	s.insertLines(len(s.src), s.evaluation(e, l), "", true)
	return s.result()
}

// checkEvaluation returns why an evaluation cannot be added, or nil.
func (s *source) checkEvaluation(e Evaluation) error {
	if problem := specs.NameProblem("evaluation", e.Name); problem != "" {
		return &Error{0, "an evaluation's name " + problem, ""}
	}
	if found := named(s.body, "evaluation", e.Name); len(found) > 0 {
		line := found[0].TypeRange.Start.Line
		return &Error{line, fmt.Sprintf("evaluation %q is there already, at line %d", e.Name, line),
			"choose another name"}
	}
	if min(e.Width, e.Height) < 0 || max(e.Width, e.Height) > maxSide ||
		(e.Width == 0) != (e.Height == 0) {
		return &Error{0, fmt.Sprintf("a frame cannot have %dx%d pixels", e.Width, e.Height), ""}
	}
	if e.Every < 0 || e.Every > maxEvery {
		return &Error{0, fmt.Sprintf("one in %d frames cannot be judged", e.Every), ""}
	}
	return checkPath(e.Video)
}

// maxEvery bounds an evaluation's every, as the language does.
const maxEvery = 1_000_000

// evaluation returns the lines of a new evaluation.
func (s *source) evaluation(e Evaluation, l Layout) string {
	var w strings.Builder
	fmt.Fprintf(&w, "evaluation %s {\n  video = %s\n", specs.Quote(e.Name), s.quotePath(e.Video))
	if e.Every > 1 {
		fmt.Fprintf(&w, "  every = %d # one in %d frames is judged\n", e.Every, e.Every)
	}
	if e.Width > 0 {
		fmt.Fprintf(&w, "\n  # The size of the picture, in pixels. It may be left out: then it is "+
			"the video's.\n  frame {\n    width  = %d\n    height = %d\n  }\n", e.Width, e.Height)
	}
	var blocks []string
	if l.Grid != nil {
		blocks = append(blocks, l.Grid.block())
	}
	var areas strings.Builder
	for _, a := range l.Areas {
		areas.WriteString(a.block())
	}
	for _, text := range append(blocks, areas.String()) {
		if text != "" {
			w.WriteByte('\n')
		}
		for line := range strings.Lines(text) {
			w.WriteString("  " + line)
		}
	}
	w.WriteString("}\n")
	return w.String()
}

// A form is an evaluation that snellen init wrote as a comment, for a person to fill in.
type form struct {
	from, to int // its lines
	own      bool
}

// removeForm removes the forms of an evaluation. What explains them goes with the last one.
func (s *source) removeForm(e Evaluation) {
	all := s.forms(e)
	for _, f := range all {
		if f.own {
			s.removals = append(s.removals, change{from: f.from, to: f.to})
		}
	}
	for i, r := range s.removals {
		explained := s.explanation(r.from)
		switch {
		case len(s.removals) == len(all):
			s.removals[i].from = explained
		case explained < r.from: // it explains the next one
			s.removals[i].to = s.afterBlank(r.to)
		}
	}
}

// forms returns all forms, and which are of an evaluation.
func (s *source) forms(e Evaluation) (list []form) {
	for _, t := range s.tokens {
		at := t.Range.Start.Byte
		text, ok := bytes.CutPrefix(t.Bytes, []byte("/*"))
		if t.Type != hclsyntax.TokenComment || !ok || s.lineStart(at) != at {
			continue
		}
		inner, err := parse(bytes.TrimSuffix(text, []byte("*/")))
		if err != nil || len(inner.body.Blocks) != 1 || len(inner.body.Attributes) > 0 ||
			inner.body.Blocks[0].Type != "evaluation" {
			continue
		}
		f := form{from: at, to: s.endOfLine(t.Range.End.Byte)}
		f.own = len(named(inner.body, "evaluation", e.Name)) > 0
		if video := inner.body.Blocks[0].Body.Attributes["video"]; video != nil && !f.own {
			path, ok := inner.template(video.Expr, s.values())
			f.own = ok && same(path, e.Video)
		}
		list = append(list, f)
	}
	return list
}

// explains is in what snellen init writes above its forms.
const explains = "which make it a comment"

// explanation returns where the comment begins that explains the form at a line, or that line.
func (s *source) explanation(at int) int {
	from, text := at, ""
	for from > 0 {
		start := s.lineStart(from - 1)
		line, ok := strings.CutPrefix(string(s.src[start:from]), "#")
		if !ok {
			break
		}
		from, text = start, strings.TrimSpace(line)+" "+text
	}
	if strings.Contains(text, explains) {
		return from
	}
	return at
}
