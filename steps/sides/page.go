package sides

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"

	"snellen/steps/report/document"
	"snellen/steps/report/page"
	"snellen/steps/term"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// A view is the data of page.html.
type view struct {
	*Document
	Style  template.CSS
	Policy string // Content-Security-Policy: nothing but the style
}

// WritePage writes the comparison as one HTML file without scripts, in the style of a report's
// page. Nothing is written if the page cannot be made.
func (d *Document) WritePage(w io.Writer) error {
	v := view{Document: d}
	sheet, source, err := page.Style(pageStyle)
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	v.Style = sheet
	v.Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; " +
		"style-src " + source
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	return page.WriteText(w, b.String())
}

// Headline returns the beginning of the answer: "The answer is the same".
func (v view) Headline() string {
	head, _, _ := strings.Cut(v.Answer, ": ")
	return strings.TrimSuffix(head, ".")
}

// Rest returns the part of the answer behind the headline, or "".
func (v view) Rest() string {
	_, rest, _ := strings.Cut(v.Answer, ": ")
	return rest
}

// Mood returns a class of the style sheet for the headline.
func (v view) Mood() string {
	switch before, now := v.Before.conclusion(), v.Now.conclusion(); {
	case v.Now.Decision == nil || v.Before.Decision == nil:
		return document.Unknown
	case strings.HasSuffix(before+now, distrusted):
		return "leaked"
	case before == now:
		return document.Enough
	}
	return document.Open
}

// Studies names what is compared.
func (v view) Studies() string {
	if v.Before.Study == v.Now.Study || v.Before.Study == "" {
		return v.Now.Study
	}
	return v.Before.Study + " and " + v.Now.Study
}

// A fact is a figure below the answer.
type fact struct{ Name, Figure, More string }

// Facts returns the comparison in figures.
func (v view) Facts() []fact {
	shown, compared := 0, 0
	for _, r := range v.Resolutions {
		if r.Change != nil {
			compared++
		}
		if r.Compared == Paired && r.Change.Verdict != document.VerdictInconclusive {
			shown++
		}
	}
	return []fact{
		v.Before.fact("before"), v.Now.fact("now"),
		{"changed", term.Count(len(v.Changes), "thing"), v.Document.Steps.String()},
		{"shown to differ", fmt.Sprintf("%d of %d", shown, compared),
			"resolutions that are compared in pairs"},
	}
}

// fact returns a side's decision as a figure.
func (p Point) fact(name string) fact {
	f := fact{name, "not known", p.Title}
	if p.Decision == nil {
		return f
	}
	switch f.Figure = p.Decision.State; {
	case p.Decision.Resolution != nil:
		f.Figure = *p.Decision.Resolution
	case p.Decision.State == document.Unknown || p.Decision.State == document.NoCamera:
		f.Figure = "no answer"
	}
	return f
}

// arrows returns a text whose arrows are one character, so that no line breaks within one.
func arrows(text string) string { return strings.ReplaceAll(text, " -> ", " → ") }

// A group is the changes of one kind.
type group struct {
	Title   string
	Changes []Change
}

// Groups returns the changes by kind.
func (v view) Groups() []group {
	titles := map[string]string{
		LabelChange: "Labels", ResolutionChange: "Resolutions", EvaluationChange: "Evaluations",
		FootageChange: "Footage", SettingChange: "Settings", DecisionChange: "Decision",
		GateChange: "Gates and grades", ToolChange: "Tools",
	}
	var list []group
	for _, c := range v.Changes {
		if n := len(list); n == 0 || list[n-1].Title != titles[c.Kind] {
			list = append(list, group{Title: titles[c.Kind]})
		}
		c.Text = arrows(c.Text)
		last := &list[len(list)-1]
		last.Changes = append(last.Changes, c)
	}
	return list
}

// Unchanged says that no change is known.
func (v view) Unchanged() string { return v.unchanged() }

// Head names the columns of the table.
func (v view) Head() []string { return v.columns() }

// Rows returns the table's cells. The fourth has a mark.
func (v view) Rows() [][]cell {
	var rows [][]cell
	for _, r := range v.Resolutions {
		var row []cell
		for _, text := range r.cells() {
			row = append(row, cell{Text: arrows(text)})
		}
		row[3].Mark = map[string]string{
			term.Green: "right", term.Red: "wrong", term.Yellow: "unsure",
		}[r.colour()]
		rows = append(rows, row)
	}
	return rows
}

// A cell is a cell of the table; Mark is a class of the style sheet, or "".
type cell struct{ Text, Mark string }

// A bar is one change with its interval, as places on a line in percent of its width.
type bar struct {
	Name, Text    string
	Low, At, High float64
	Mark          string
}

// A plot is the changes of all resolutions on one scale, which has zero in the middle.
type plot struct {
	Bars  []bar
	Scale string // points at the right end
}

// Plot returns the changes that have an interval, or nil.
func (v view) Plot() *plot {
	reach := 0.0
	for _, r := range v.Resolutions {
		if r.Change != nil {
			reach = max(reach, math.Abs(r.Change.Interval.Low), math.Abs(r.Change.Interval.High))
		}
	}
	if reach == 0 {
		return nil
	}
	reach = math.Ceil(20*reach) / 20
	p := &plot{Scale: fmt.Sprintf("%.0f", 100*reach)}
	place := func(d float64) float64 { return math.Round(1000*(50+50*d/reach)) / 1000 }
	for _, r := range v.Resolutions {
		if r.Change == nil {
			continue
		}
		b := bar{Name: r.Resolution, At: place(r.Change.Difference), Text: r.points(),
			Mark: map[string]string{term.Green: "right", term.Red: "wrong"}[r.colour()]}
		b.Low, b.High = b.At, b.At
		if r.Compared == Paired {
			b.Low, b.High = place(r.Change.Interval.Low), place(r.Change.Interval.High)
			b.Text += " (" + r.interval() + ")"
		}
		p.Bars = append(p.Bars, b)
	}
	return p
}

// A flip is the areas that one resolution lost and found.
type flip struct{ Resolution, Lost, Found string }

// Flips returns which areas are recognised on one side alone.
func (v view) Flips() []flip {
	var list []flip
	for _, r := range v.Resolutions {
		if len(r.Lost)+len(r.Found) > 0 {
			list = append(list, flip{r.Resolution, names(r.Lost, len(r.Lost)),
				names(r.Found, len(r.Found))})
		}
	}
	return list
}

// Bytes says of each resolution which steps made other bytes.
func (v view) Bytes() []string {
	var list []string
	for _, r := range v.Resolutions {
		if text := r.bytes(); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// Points returns both sides.
func (v view) Points() []namedPoint {
	return []namedPoint{{"Before", v.Before}, {"Now", v.Now}}
}

// A namedPoint is a side with what it is called.
type namedPoint struct {
	Name string
	Point
}
