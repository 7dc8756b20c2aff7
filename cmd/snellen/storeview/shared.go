package storeview

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"snellen/cmd/snellen/view"
	"snellen/engine"
	"snellen/engine/shared"
	"snellen/steps/term"
)

// SharedStats are what store stats says of a shared store. Names are never changed, only added.
type SharedStats struct {
	URL     string `json:"url"`
	Results int    `json:"results"`
	Objects int    `json:"objects"`
	Bytes   int64  `json:"bytes"`
	Others  int    `json:"other_blobs"`         // whose names are no store's
	Waiting int    `json:"waiting"`             // results of the local store that are not sent yet
	Problem string `json:"unreached,omitempty"` // why nothing is known of the figures
}

// NewSharedStats returns the figures of a shared store that was listed, unless there was an error.
func NewSharedStats(url string, l *shared.Listing, waiting int, err error) *SharedStats {
	if err != nil {
		return &SharedStats{URL: url, Waiting: waiting, Problem: err.Error()}
	}
	return &SharedStats{url, len(l.Records), len(l.Objects), l.Bytes, l.Others, waiting, ""}
}

func (s *SharedStats) write(w io.Writer) (err error) {
	if s.Problem == "" {
		_, err = fmt.Fprintf(w, "The shared store %s has %s and %s: %s.\n", term.Clean(s.URL),
			term.Count(s.Results, "result"), term.Count(s.Objects, "object"), term.Bytes(s.Bytes))
	}
	if s.Waiting > 0 && err == nil {
		_, err = fmt.Fprintf(w, "%s to be sent to a shared store: snellen store push\n",
			term.Count(s.Waiting, "result waits", "results wait"))
	}
	return err
}

// Pushed is what store push -json prints. Names are never changed, only added.
type Pushed struct {
	Shared      string   `json:"shared"`
	Results     int      `json:"results"` // that were sent, or what was missing of them
	Bytes       int64    `json:"bytes"`   // of objects that were sent
	There       int      `json:"there"`   // results that were there already
	Waiting     int      `json:"waiting"` // results that were not sent
	Differ      []string `json:"differ"`  // keys of results that are there with other bytes
	Interrupted bool     `json:"interrupted"`
}

// NewPushed returns what became of a push; there is how many results were there.
func NewPushed(url string, sent shared.Sent, there int, interrupted bool) Pushed {
	differ := append([]string{}, sent.Differ...)
	return Pushed{url, sent.Records, sent.Fresh, there, sent.Left, differ, interrupted}
}

// Write writes it for people.
func (p Pushed) Write(w io.Writer) error {
	url, there := term.Clean(p.Shared), ""
	switch {
	case p.Results+p.There+p.Waiting == 0:
		_, err := fmt.Fprintln(w, "There is no result of the study to send.")
		return err
	case p.Results+p.Waiting == 0:
		_, err := fmt.Fprintf(w, "%s in %s already: nothing is sent.\n", term.Count(p.There,
			"result is", "results are"), url)
		return err
	case p.There > 0:
		there = " " + term.Count(p.There, "was", "were") + " there already."
	}
	_, err := fmt.Fprintf(w, "Sent %s (%s) to %s.%s\n", term.Count(p.Results, "result"),
		term.Bytes(p.Bytes), url, there)
	return err
}

// Warnings returns what a person should know beside that.
func (p Pushed) Warnings() (list []string) {
	if n := len(p.Differ); n > 0 {
		list = append(list, term.Count(n, "result is", "results are")+" there with other bytes, "+
			"from another machine, and stay as they are: "+view.ShortList(p.Differ, 2))
	}
	return list
}

// Pulled is what store pull -json prints. Names are never changed, only added.
type Pulled struct {
	Shared      string   `json:"shared"`
	Results     int      `json:"results"`    // that were fetched, or what was missing of them
	Bytes       int64    `json:"bytes"`      // of objects that were fetched
	Here        int      `json:"here"`       // results that were here already
	Incomplete  []string `json:"incomplete"` // addresses of results without all their outputs
	Without     []string `json:"without"`    // addresses of steps without a result
	Interrupted bool     `json:"interrupted"`
}

// NewPulled returns what became of a pull.
func NewPulled(url string, p *engine.Pulled) Pulled {
	return Pulled{url, p.Fetched, p.Bytes, p.Here, append([]string{}, p.Incomplete...),
		append([]string{}, p.None...), p.Interrupted}
}

// Write writes it for people.
func (p Pulled) Write(w io.Writer) error {
	url, here := term.Clean(p.Shared), ""
	switch {
	case p.Interrupted: // then it is not known how many there are
	case p.Results+p.Here == 0:
		_, err := fmt.Fprintf(w, "There is no result of the study, neither here nor in %s.\n", url)
		return err
	case p.Results == 0:
		_, err := fmt.Fprintf(w, "%s here already: nothing is fetched.\n", term.Count(p.Here,
			"result is", "results are"))
		return err
	}
	if p.Here > 0 {
		here = " " + term.Count(p.Here, "was", "were") + " here already."
	}
	_, err := fmt.Fprintf(w, "Fetched %s (%s) from %s.%s\n", term.Count(p.Results, "result"),
		term.Bytes(p.Bytes), url, here)
	return err
}

// Warnings returns what a person should know beside that.
func (p Pulled) Warnings() (list []string) {
	if len(p.Incomplete) > 0 {
		list = append(list, "outputs of these are neither here nor in "+p.Shared+
			", and are made again when something needs them: "+view.ShortList(p.Incomplete, 4))
	}
	if len(p.Without) > 0 && p.Results+p.Here > 0 {
		list = append(list, "no result, neither here nor in "+p.Shared+": "+
			view.ShortList(p.Without, 4))
	}
	return list
}

// WriteSharedHealth writes what is damaged in a shared store to problems, and a summary to w. all is
// false where not all of it was read.
func WriteSharedHealth(
	w, problems io.Writer, url string, h *shared.Health, all, colour bool,
) error {
	remedies := map[shared.Remedy]string{
		shared.Healed:  "replaced from the store of this machine",
		shared.Removed: "removed, since the store of this machine does not have it",
		shared.Left:    "left, since the shared store is only read",
	}
	count := map[shared.Remedy]int{}
	for _, f := range h.Faults {
		count[f.Remedy]++
		view.PrintProblem(problems, term.Clean(f.Name)+": "+f.Why+"; "+remedies[f.Remedy], "", "",
			colour)
	}
	result := "whole."
	if all {
		result = "all whole."
	}
	if n := len(h.Faults); n > 0 {
		var parts []string
		for _, r := range slices.Sorted(maps.Keys(count)) {
			parts = append(parts, fmt.Sprintf("%d %s", count[r], r))
		}
		result = fmt.Sprintf("%d damaged (%s).", n, strings.Join(parts, ", "))
	}
	_, err := fmt.Fprintf(w, "Read %s and %s (%s) of %s: %s\n", term.Count(h.Objects, "object"),
		term.Count(h.Records, "record"), term.Bytes(h.Bytes), term.Clean(url), result)
	if h.Incomplete > 0 && err == nil {
		_, err = fmt.Fprintf(w, "%s there without all outputs, which are made again when needed.\n",
			term.Count(h.Incomplete, "result is", "results are"))
	}
	if h.Others > 0 && err == nil {
		_, err = fmt.Fprintln(w, others(h.Others))
	}
	return err
}

// others says what became of files whose names are no store's.
func others(n int) string {
	return term.Count(n, "other file, whose name is no store's, is", "other files, whose names are no "+
		"store's, are") + " left alone."
}

// SharedCollected is what gc -shared -json prints. Names are never changed, only added.
type SharedCollected struct {
	Shared  string      `json:"shared"`
	DryRun  bool        `json:"dry_run"`
	Results []SharedOld `json:"results"` // the oldest first
	Objects int         `json:"objects"`
	Frees   int64       `json:"freed_bytes"`
	Seconds float64     `json:"seconds"` // to make it again
	Kept    int         `json:"kept_results"`
	Held    int         `json:"held_results"`  // by lock files; of those that are kept
	Young   int         `json:"young_objects"` // that stay for a day, though no result names them
	Others  int         `json:"other_blobs"`
	Left    int64       `json:"left_bytes"`
}

// SharedOld is a result that is removed.
type SharedOld struct {
	Key     string    `json:"key"`
	Kind    string    `json:"kind"`
	Changed time.Time `json:"changed"`
	Seconds float64   `json:"seconds"`
}

// NewSharedCollected returns what a collection removed, or would remove.
func NewSharedCollected(url string, dry bool, c *shared.Choice) SharedCollected {
	out := SharedCollected{url, dry, []SharedOld{}, len(c.Objects), c.Bytes, c.Took.Seconds(), c.Kept,
		c.Held, c.Young, c.Others, c.Left}
	for _, r := range c.Records {
		out.Results = append(out.Results, SharedOld{r.Key.String(), r.Kind, r.Changed.UTC(),
			r.Took.Seconds()})
	}
	return out
}

// WriteSharedChoice writes what a collection of a shared store removes, and what stays.
func WriteSharedChoice(w io.Writer, url string, c *shared.Choice, colour bool) error {
	wide := view.Width(w)
	if len(c.Records) > 0 {
		type kind struct {
			n    int
			took time.Duration
		}
		kinds := map[string]kind{}
		for _, r := range c.Records {
			k := kinds[r.Kind]
			kinds[r.Kind] = kind{k.n + 1, k.took + r.Took}
		}
		grid := term.Grid{Right: []bool{false, true, true}}
		grid.Row("kind", "results", "took to make")
		for _, name := range slices.Sorted(maps.Keys(kinds)) {
			shown := term.Clean(name)
			if name == "" {
				shown = "damaged"
			}
			grid.Row(shown, fmt.Sprint(kinds[name].n), term.Duration(kinds[name].took))
		}
		if err := grid.Write(w, wide, colour); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	all := c.Bytes + c.Left
	text := fmt.Sprintf("%s of %s can be removed from %s: %s.", term.Bytes(c.Bytes),
		term.Bytes(all), term.Clean(url), removed(c))
	if len(c.Records)+len(c.Objects) == 0 {
		text = fmt.Sprintf("There is nothing to remove; %s has %s.", term.Clean(url), term.Bytes(all))
	}
	stay := fmt.Sprintf("%s, %d for lock files.", term.Count(c.Kept, "result stays", "results stay"),
		c.Held)
	if c.Young > 0 {
		stay += " " + term.Count(c.Young, "object that no result names is", "objects that no result "+
			"names are") + " younger than a day, and left: somebody may be about to send a result " +
			"that needs them."
	}
	_, err := io.WriteString(w, view.Wrap(text, wide)+view.Wrap(stay, wide))
	if c.Others > 0 && err == nil {
		_, err = io.WriteString(w, view.Wrap(others(c.Others), wide))
	}
	return err
}

// removed counts what goes.
func removed(c *shared.Choice) string {
	var list []string
	if n := len(c.Records); n > 0 {
		list = append(list, term.Count(n, "result"))
	}
	if n := len(c.Objects); n > 0 {
		list = append(list, term.Count(n, "object that no other names", "objects that no other names"))
	}
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", and ")
}

// WriteSharedCollected writes what a collection removed.
func WriteSharedCollected(w io.Writer, url string, c *shared.Choice) error {
	_, err := fmt.Fprintf(w, "Removed %s: %s. %s has %s.\n", term.Bytes(c.Bytes), removed(c),
		term.Clean(url), term.Bytes(c.Left))
	return err
}

// A Report says what was sent or fetched. It is printed as JSON, too.
type Report interface {
	Write(io.Writer) error
	Warnings() []string
}
