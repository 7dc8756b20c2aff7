// Package stepinfo is what is known about one step, as explain shows it.
package stepinfo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/store"
	"snellen/steps/term"
	"snellen/steps/video"
)

// An Info is all that is known about a step, as explain -json prints it. Names are never
// changed, only added.
type Info struct {
	Address  string              `json:"address"`
	Action   string              `json:"action"` // "run", "maybe", "cached"
	Reason   string              `json:"reason,omitempty"`
	Root     string              `json:"root,omitempty"` // address of the step that the reason is about
	Kind     string              `json:"kind"`
	Version  int                 `json:"version"`       // of the kind
	Key      string              `json:"key,omitempty"` // "" while an input is not known
	Manifest string              `json:"manifest"`      // without the digests of inputs that are not known
	Inputs   []engine.Ingredient `json:"inputs"`
	Readers  []string            `json:"readers"`            // addresses
	Expected *view.Amounts       `json:"expected,omitempty"` // nil: it is cached, or nothing like it was run before
	Record   *Record             `json:"record,omitempty"`
	Fetch    int64               `json:"fetch_bytes,omitempty"` // of outputs, by an apply
}

// A Record is what a step made.
type Record struct {
	Key     string                  `json:"key"`
	Current bool                    `json:"current"` // it is of today's key; else of what the step was last
	Made    time.Time               `json:"made"`
	Seconds float64                 `json:"seconds"`
	Why     string                  `json:"why,omitempty"` // it was run
	Outputs map[string]store.Output `json:"outputs"`
	Reading *video.Reading          `json:"reading,omitempty"` // how a video's frames become pictures
	Notes   []string                `json:"notes,omitempty"`   // on a video
	Gone    []string                `json:"gone,omitempty"`    // outputs that are not in the store any more
	From    string                  `json:"from,omitempty"`    // the shared store that made it known
	Far     bool                    `json:"far,omitempty"`     // it is there alone
	Away    []string                `json:"away,omitempty"`    // outputs that are not here
}

// Describe collects what is known about a step.
func Describe(p *project.Project, d *engine.Decision) *Info {
	t := &Info{
		Address: d.Node.Address, Action: d.Verdict.String(), Reason: d.Why.Text, Root: d.Why.Root,
		Kind: d.Node.Kind.Name, Version: d.Node.Kind.Version,
		Manifest: d.PartialManifest, Inputs: d.Ingredients(),
		Readers: p.Graph.Readers(d.Node.Address), Expected: view.AmountsOf(d.Expect),
		Fetch: d.Fetch,
	}
	if d.Manifest != "" {
		t.Key = d.Key.String()
	}
	if d.Record != nil {
		t.Record = describeRecord(p, *d.Record, true)
		t.Record.Far = d.Far
	} else if before, err := p.Store.Lookup(p.Last.Keys[d.Node.Address]); err == nil {
		t.Record = describeRecord(p, before, false)
	}
	return t
}

func describeRecord(p *project.Project, r store.Record, current bool) *Record {
	t := &Record{Key: r.Key().String(), Current: current, Made: r.Ended,
		Seconds: r.Took.Seconds(), Why: r.Why, Outputs: r.Outputs, From: r.From}
	missing := &t.Gone
	if r.From != "" {
		missing = &t.Away // only what somebody reads is fetched
	}
	for _, name := range slices.Sorted(maps.Keys(r.Outputs)) {
		if !p.Store.Has(r.Outputs[name]) {
			*missing = append(*missing, name)
		}
	}
	t.Reading, t.Notes = p.ReadingOf(r), p.NotesOf(r)
	return t
}

// verdict returns the step's verdict in words.
func (t *Info) verdict() string {
	switch t.Action {
	case engine.Run.String():
		return "will run: " + t.Reason
	case engine.Maybe.String():
		return "may run: " + t.Reason
	}
	if t.Record != nil && t.Record.Far {
		return "cached, in " + t.Record.From
	}
	return "cached"
}

// Write writes it for people.
func (t *Info) Write(w io.Writer, colour bool) error {
	var b strings.Builder
	heading := func(text string) { b.WriteString("\n" + term.Paint(text, "1", colour) + "\n") }
	fmt.Fprintf(&b, "%s %s\n", term.Paint(term.Clean(t.Address), "1", colour),
		term.Clean(t.verdict()))
	if t.Expected != nil {
		fmt.Fprintf(&b, "  expected: %s, %s\n", view.Roughly(view.Seconds(t.Expected.Seconds)),
			term.Bytes(t.Expected.Bytes))
	}
	if len(t.Inputs) > 0 {
		heading("Inputs")
		t.inputs(&b)
	}
	if len(t.Readers) > 0 {
		heading("Read by")
		fmt.Fprintf(&b, "  %s\n", term.Clean(view.ShortList(t.Readers, 20)))
	}
	heading("Manifest")
	t.manifest(&b)
	if t.Key == "" {
		b.WriteString("  key: not known before the inputs are\n")
	} else {
		fmt.Fprintf(&b, "  key: %s\n", t.Key)
	}
	if t.Record != nil {
		title := "Record"
		if !t.Record.Current {
			title += " of what the step was when it was last applied"
		}
		heading(title)
		t.Record.write(&b, t.Fetch)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Photographs may be thousands of inputs. maxPictures of a step's are shown, and a line of its
// manifest, which may name them all, is cut behind maxLine bytes. explain -json has the whole.
const (
	maxPictures = 6
	maxLine     = 4000
)

// manifest writes the lines of the manifest.
func (t *Info) manifest(w io.Writer) {
	pictures := 0
	more := func() {
		if pictures > maxPictures {
			fmt.Fprintf(w, "  and %s more: see all with -json\n",
				term.Count(pictures-maxPictures, "picture"))
		}
		pictures = 0
	}
	for line := range strings.Lines(t.Manifest) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "in picture/") {
			more()
		} else if pictures++; pictures > maxPictures {
			continue
		}
		if n := len(line); n > maxLine {
			line = fmt.Sprintf("%s... %d bytes: see all with -json", line[:maxLine], n)
		}
		fmt.Fprintf(w, "  %s\n", term.Clean(line))
	}
	more()
}

// inputs writes where each input comes from.
func (t *Info) inputs(w io.Writer) {
	var g term.Grid
	pictures := 0
	for i, in := range t.Inputs {
		if strings.HasPrefix(in.Role, "picture/") {
			if pictures++; pictures > maxPictures {
				last := i+1 == len(t.Inputs) || !strings.HasPrefix(t.Inputs[i+1].Role, "picture/")
				if last {
					g.Row("", "", fmt.Sprintf("and %d more", pictures-maxPictures))
				}
				continue
			}
		}
		from := in.File
		if in.From != "" {
			from = in.From + " " + in.Output
		}
		digest := in.Digest
		if digest == "" {
			digest = "not known yet"
		}
		g.Row("", term.Clean(in.Role), term.Clean(from), digest)
	}
	g.Write(w, 0, false) // into memory
}

// write writes a record for people. An apply fetches that many bytes of it.
func (r *Record) write(w io.Writer, fetch int64) {
	if !r.Current {
		fmt.Fprintf(w, "  key: %s\n", r.Key)
	}
	fmt.Fprintf(w, "  made %s in %s", r.Made.Local().Format("2006-01-02 15:04:05"),
		term.Duration(view.Seconds(r.Seconds)))
	if r.Why != "" {
		fmt.Fprintf(w, ", since: %s", term.Clean(r.Why))
	}
	fmt.Fprintln(w)
	switch {
	case r.Far && fetch > 0:
		fmt.Fprintf(w, "  run on another machine; in %s, not fetched yet: %s\n", term.Clean(r.From),
			term.Bytes(fetch))
	case r.Far:
		fmt.Fprintf(w, "  run on another machine; in %s, not fetched yet\n", term.Clean(r.From))
	case r.From != "":
		fmt.Fprintf(w, "  run on another machine, and taken from %s\n", term.Clean(r.From))
	}
	if r.Reading != nil {
		for i, text := range r.Reading.Describe() {
			fmt.Fprintf(w, "  %s%s\n", map[bool]string{true: "read as ", false: "        "}[i == 0],
				term.Clean(text))
		}
	}
	for _, text := range r.Notes {
		fmt.Fprintf(w, "  note: %s\n", term.Clean(text))
	}
	var g term.Grid
	g.Right = []bool{false, false, true}
	names := slices.Sorted(maps.Keys(r.Outputs))
	for i, name := range names {
		if i == maxOutputs && len(names) > maxOutputs+1 {
			g.Row("", fmt.Sprintf("and %s more", term.Count(len(names)-maxOutputs, "output")))
			break
		}
		out := r.Outputs[name]
		note := ""
		if slices.Contains(r.Gone, name) {
			note = "gone"
		} else if slices.Contains(r.Away, name) {
			note = "not here"
		}
		g.Row("", term.Clean(name), term.Bytes(out.Size), out.Digest.String(), note)
	}
	g.Write(w, 0, false) // into memory
}

// maxOutputs is how many outputs are listed; a folder of pictures has hundreds.
const maxOutputs = 20
