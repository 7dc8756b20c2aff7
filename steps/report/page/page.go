// Package page writes a report's page: one HTML file that shows a whole document. It contains its
// script, style, charts and pictures, so it works from a disk without a network. The page depends
// on the document and the pictures alone; the same ones give the same bytes.
//
// Text from a spec, such as the name of a label, is untrusted. html/template writes it and escapes
// it by context. The script gets it as JSON and writes it as text. The page's
// Content-Security-Policy allows the two scripts whose hashes it names and pictures in the page,
// and nothing else.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"snellen/steps/report/document"
	"snellen/steps/term"
)

//go:embed page.html page.css *.js echarts/echarts.common.min.js
var files embed.FS

// A Source returns a JPEG of the report's folder by its slash-separated name, from any goroutine. The
// page leaves out a picture that is an error or not a JPEG.
type Source func(name string) ([]byte, error)

// Write writes the page of a document. Nothing is written if the page cannot be made.
func Write(w io.Writer, d *document.Document, pictures Source) error {
	page, err := load()
	if err != nil {
		return fmt.Errorf("make the report's page: %w", err)
	}
	// Marshal escapes <, > and & too, so the data cannot end its script element.
	data, err := json.Marshal(charts(d))
	if err != nil {
		return fmt.Errorf("make the report's page: %w", err)
	}
	v := &view{Document: d, assets: page, Data: template.JS(data), album: newAlbum(pictures)}
	defer v.album.ahead(v)()
	// The page is complete before a byte of it is written.
	var b bytes.Buffer
	if err := page.template.Execute(&b, v); err != nil {
		return fmt.Errorf("make the report's page: %w", err)
	}
	return WriteText(w, b.String())
}

// Style returns the style sheet of the report's page with more rules behind it, for other pages, and
// the source expression of a Content-Security-Policy that allows it.
func Style(more string) (sheet template.CSS, source string, err error) {
	page, err := load()
	if err != nil {
		return "", "", err
	}
	text := string(page.Style) + more
	return template.CSS(text), cspHash(text), nil
}

// WriteText writes a page's text without the characters that change the direction of what follows.
func WriteText(w io.Writer, text string) error {
	_, err := bidiControls().WriteString(w, text)
	return err
}

// bidiControls replaces the characters that change the direction of the text behind them. In a name
// they would turn the sentence around it.
var bidiControls = sync.OnceValue(func() *strings.Replacer {
	var list []string
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		list = append(list, string(r), "\ufffd")
	}
	return strings.NewReplacer(list...)
})

// assets are the same in every page.
type assets struct {
	template *template.Template
	Style    template.CSS
	Library  template.JS // draws charts
	Script   template.JS // ours
	Policy   string      // Content-Security-Policy
}

// scripts are the parts of the page's script, in the order in which they run.
var scripts = []string{"page.js", "charts.js", "labels.js", "figures.js", "zoom.js",
	"filter.js"}

// load reads the assets at the first page: most commands write none.
var load = sync.OnceValues(func() (assets, error) {
	texts := map[string]string{}
	for _, name := range append([]string{"page.html", "page.css",
		"echarts/echarts.common.min.js"}, scripts...) {
		data, err := files.ReadFile(name)
		if err != nil {
			return assets{}, err
		}
		texts[name] = string(data)
	}
	t, err := template.New("page").Funcs(templateFuncs).Parse(texts["page.html"])
	if err != nil {
		return assets{}, err
	}
	style, library := texts["page.css"], texts["echarts/echarts.common.min.js"]
	// The files share their names with each other, and with nothing else.
	script := "\"use strict\";\n{\n"
	for _, name := range scripts {
		script += texts[name]
	}
	script += "}\n"
	return assets{
		template: t, Style: template.CSS(style), Library: template.JS(library),
		Script: template.JS(script),
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; " +
			"style-src " + cspHash(style) + "; script-src " + cspHash(library) + " " +
			cspHash(script),
	}, nil
})

// cspHash returns the source expression of an inline script or style in a policy.
func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// A view is the data of page.html: the document, and methods that turn parts of it into tables and
// pictures. It makes one page.
type view struct {
	*document.Document
	assets
	Data  template.JS
	album *album
}

// Headline returns the beginning of the answer: "80x60 is enough".
func (v *view) Headline() string {
	head, _, _ := strings.Cut(v.Answer, ": ")
	return strings.TrimSuffix(head, ".")
}

// Rest returns the part of the answer behind the headline, or "".
func (v *view) Rest() string {
	_, rest, _ := strings.Cut(v.Answer, ": ")
	return capitalize(rest)
}

// capitalize makes the first letter of a text upper case, if it is one of a to z.
func capitalize(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// A Fact is a figure below the answer.
type Fact struct {
	Name, Figure, More string
	Mark               string // a class of page.css, or ""
}

// Facts returns the answer in figures.
func (v *view) Facts() []Fact {
	d := v.Decision
	var list []Fact
	leaked := v.Distrust() != ""
	if leaked {
		list = append(list, Fact{
			Name: "leak", Figure: term.Count(*d.Leaked, d.Unit(), d.Units()),
			More: document.ShowTraining(*d.Leaked), Mark: "wrong",
		})
	}
	list = append(list, v.answerFacts(leaked)...)
	list = append(list, Fact{
		Name: "judged", Figure: judged(v.Cameras),
		More: term.Count(len(v.Resolutions), "resolution") + ", each trained " +
			times(v.Replicates),
	})
	for _, g := range v.Gates {
		cell := metCell(g.Met)
		list = append(list, Fact{
			Name: "gate " + g.Name, Figure: cell.Text, More: g.Message, Mark: cell.Mark,
		})
	}
	return list
}

// answerFacts returns the answer, and the resolution that detects most where that is another. None
// is called the answer that is not shown to be it.
func (v *view) answerFacts(leaked bool) []Fact {
	d := v.Decision
	var list []Fact
	if d.Best != nil && (d.Resolution == nil || *d.Resolution != *d.Best) {
		list = append(list, Fact{Name: "detects most", Figure: *d.Best, More: v.detection(*d.Best)})
	}
	if d.Resolution != nil {
		answer := Fact{Figure: *d.Resolution, More: v.detection(*d.Resolution)}
		switch {
		case d.State == document.Observed && d.By == "grade":
			answer.Name = "smallest graded " + d.AtLeast + ", as observed"
		case d.State == document.Observed:
			answer.Name = "detects most"
		case d.State == document.Largest:
			answer.Name = "nothing smaller is enough"
		default:
			answer.Name = "smallest that is enough"
		}
		if leaked {
			answer.Name += ", by these figures"
		}
		list = append(list, answer)
	}
	if d.State == document.Open {
		open := Fact{Name: "smallest that is enough", Figure: "open", Mark: "unsure"}
		if n := d.Needed; n != nil && n.Areas != nil {
			open.More = fmt.Sprintf("about %d %s would tell", *n.Areas, d.Units())
		}
		list = append(list, open)
	}
	return list
}

// detection returns a resolution's detection rate in words, or "" if it is not known.
func (v *view) detection(resolution string) string {
	for _, r := range v.Resolutions {
		if r.Resolution == resolution && r.Detection != nil {
			return "detection " + rate(&r.Detection.Rate, &r.Detection.Interval)
		}
	}
	return ""
}

// times returns a count of repetitions in words.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// Sheet returns the style sheet of the report's page, for other pages that look like it.
func Sheet() (string, error) {
	page, err := load()
	return string(page.Style), err
}

// Charts returns the script that draws charts, for other pages.
func Charts() (string, error) {
	page, err := load()
	return string(page.Library), err
}
