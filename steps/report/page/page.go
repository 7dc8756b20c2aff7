// Package page makes a report's page: one HTML file that shows all of a document, works from a disk without any network,
// and holds its own script, style, charts and pictures. It reads a document and pictures, and nothing else; the same ones
// give the same bytes.
//
// What comes from a spec, labels and names above all, is somebody else's text. It is written by html/template, which
// escapes by context; the script gets it as JSON, and writes it as text. The page's policy lets nothing run but the two
// scripts whose hashes it names, and loads nothing but pictures that are in it.
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

//go:embed page.html page.css page.js echarts/echarts.common.min.js
var files embed.FS

// A Source gives a picture of the report's folder, a JPEG, by its slash-separated name. One that it has not is left out of
// the page, as is one that is no JPEG.
type Source func(name string) ([]byte, error)

// Write writes the page of a document.
func Write(w io.Writer, d *document.Document, pictures Source) error {
	page, err := load()
	if err != nil {
		return fmt.Errorf("make the report's page: %w", err)
	}
	data, err := json.Marshal(charts(d)) // which escapes <, > and & as well
	if err != nil {
		return fmt.Errorf("make the report's page: %w", err)
	}
	v := &view{Document: d, parts: page, Data: template.JS(data), album: newAlbum(pictures)}
	var b bytes.Buffer
	if err := page.template.Execute(&b, v); err != nil {
		return fmt.Errorf("make the report's page: %w", err)
	}
	_, err = directions().WriteString(w, b.String())
	return err
}

// directions takes out the characters that turn the direction of the text behind them: in a name they would turn the sentence
// around it.
var directions = sync.OnceValue(func() *strings.Replacer {
	var list []string
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		list = append(list, string(r), "\ufffd")
	}
	return strings.NewReplacer(list...)
})

// parts are what every page has.
type parts struct {
	template *template.Template
	Style    template.CSS
	Library  template.JS // draws charts
	Script   template.JS // ours
	Policy   string      // Content-Security-Policy
}

// load reads the parts when the first page is made: most commands make none.
var load = sync.OnceValues(func() (parts, error) {
	texts := map[string]string{}
	for _, name := range []string{"page.html", "page.css", "page.js", "echarts/echarts.common.min.js"} {
		data, err := files.ReadFile(name)
		if err != nil {
			return parts{}, err
		}
		texts[name] = string(data)
	}
	t, err := template.New("page").Funcs(functions).Parse(texts["page.html"])
	if err != nil {
		return parts{}, err
	}
	style, library, script := texts["page.css"], texts["echarts/echarts.common.min.js"], texts["page.js"]
	return parts{
		template: t, Style: template.CSS(style), Library: template.JS(library), Script: template.JS(script),
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; " +
			"style-src " + hash(style) + "; script-src " + hash(library) + " " + hash(script),
	}, nil
})

// hash names an inline script or style in a policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// A view is what page.html shows: the document, and what its parts look like as tables and pictures.
type view struct {
	*document.Document
	parts
	Data  template.JS
	album *album
}

// Headline is the answer's beginning, which is large: "80x60 is enough".
func (v *view) Headline() string {
	head, _, _ := strings.Cut(v.Answer, ": ")
	return strings.TrimSuffix(head, ".")
}

// Rest is the answer's other part; "" where there is none.
func (v *view) Rest() string {
	_, rest, _ := strings.Cut(v.Answer, ": ")
	return capital(rest)
}

// capital is a text that begins a sentence.
func capital(s string) string {
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

// Facts are the answer in figures.
func (v *view) Facts() []Fact {
	d := v.Decision
	var list []Fact
	for _, c := range d.Candidates {
		switch {
		case d.Best != nil && c.Resolution == *d.Best:
			list = append(list, Fact{Name: "detects most", Figure: c.Resolution, More: v.detection(c.Resolution)})
		case d.Resolution != nil && c.Resolution == *d.Resolution:
			name := "smallest not shown worse"
			if d.State == document.Decided {
				name = "smallest that is enough"
			}
			list = append(list, Fact{Name: name, Figure: c.Resolution, More: v.detection(c.Resolution)})
		}
	}
	areas := 0
	for _, c := range v.Cameras {
		areas += len(c.Areas)
	}
	list = append(list, Fact{
		Name: "judged", Figure: term.Count(areas, "area"), More: fmt.Sprintf("%s, each trained %s", term.Count(len(v.Resolutions), "resolution"), times(v.Replicates)),
	})
	for _, g := range v.Gates {
		cell := metCell(g.Met)
		list = append(list, Fact{Name: "gate " + g.Name, Figure: cell.Text, More: g.Message, Mark: cell.Mark})
	}
	return list
}

func (v *view) detection(resolution string) string {
	for _, r := range v.Resolutions {
		if r.Resolution == resolution && r.Detection != nil {
			return "detection " + rate(&r.Detection.Rate, &r.Detection.Interval)
		}
	}
	return ""
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
