package study_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"snellen/engine"
	"snellen/engine/store"
)

// A truth counts the reasons that were compared, and the causes in them by their sort.
type truth struct {
	reasons int
	said    map[string]int
}

// check compares what a plan says with what is so.
func (w *walk) check(plan *engine.Plan) {
	w.t.Helper()
	of := map[string]*engine.Decision{}
	for _, d := range plan.Decisions {
		of[d.Node.Address] = d
	}
	for i, d := range plan.Decisions {
		if d.Verdict == engine.Cached {
			continue
		}
		w.truth.reasons++
		c := &claims{walk: w, plan: plan, of: of, d: d}
		if c.past, c.had = w.past[d.Node.Address]; !c.had {
			c.past.study = w.now
		}
		if problem := c.problem(i); problem != "" {
			w.t.Errorf("%s will run: %q, and %s\nedits: %q\nwas:\n%s%v\nis:\n%s%v",
				d.Node.Address, d.Why.Text, problem, w.edits[max(0, len(w.edits)-12):],
				c.past.study.spec(), c.past.study.files, w.now.spec(), w.now.files)
		}
	}
}

// claims are the causes that a reason names.
type claims struct {
	*walk
	plan *engine.Plan
	of   map[string]*engine.Decision
	d    *engine.Decision
	past moment // of the step's last result; without one, the study as it is now
	had  bool   // it had a result
	list string // the list whose elements are named: "labels", "areas", "bytes"
}

// problem returns what is false in a reason, or "".
func (c *claims) problem(at int) string {
	why := c.d.Why
	rest := strings.TrimPrefix(why.Text, why.Own)
	switch {
	case why.Text == "" || c.of[why.Root] == nil || c.of[why.Root].Why.Own == "":
		return "that leads to no cause: " + why.Root
	case strings.HasPrefix(rest, ", needed by "):
		below := c.of[strings.TrimPrefix(rest, ", needed by ")]
		if below == nil || below.Verdict == engine.Cached ||
			!slices.ContainsFunc(below.Node.Inputs, func(in engine.Input) bool {
				return in.From == c.d.Node.Address
			}) {
			return "nothing that runs needs it"
		}
	case rest != "":
		if problem := c.after(rest); problem != "" {
			return problem
		}
	}
	if why.Own == "" {
		return ""
	}
	for _, piece := range pieces(why.Own) {
		sort, ok := c.piece(piece)
		if !ok {
			return fmt.Sprintf("%q is not so (%s)", piece, sort)
		}
		c.truth.said[sort]++
	}
	return ""
}

var afterWords = regexp.MustCompile(`^(?:, |, and )?after (\S+)(?: and (\d+) more)?$`)

// after checks which steps upstream are named and counted.
func (c *claims) after(text string) string {
	m := afterWords.FindStringSubmatch(text)
	if m == nil {
		return "it cannot be read"
	}
	pending := map[string]bool{}
	for _, in := range c.d.Node.Inputs {
		if in.From != "" && c.of[in.From].Verdict != engine.Cached {
			pending[in.From] = true
		}
	}
	more, _ := strconv.Atoi(m[2]) // 0 where there is none
	if !pending[m[1]] || len(pending) != more+1 {
		return fmt.Sprintf("these will run or may: %v", pending)
	}
	c.truth.said["after"]++
	return ""
}

// pieces splits a reason at its commas, but for those in values and those before "the default".
func pieces(own string) []string {
	own = strings.ReplaceAll(own, ", the default", " (default)")
	own = namesWords.ReplaceAllStringFunc(own, func(names string) string {
		return strings.ReplaceAll(strings.ReplaceAll(names, " and ", ";"), ", ", ";")
	})
	var all []string
	depth, from := 0, 0
	for i, r := range own {
		switch r {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			depth--
		case ',':
			if depth == 0 && strings.HasPrefix(own[i:], ", ") {
				all, from = append(all, own[from:i]), i+2
			}
		}
	}
	return append(all, own[from:])
}

var (
	valueWords   = regexp.MustCompile(`^(.+?) (?:(\S+) )?-> (\S+)(?: \((.*)\))?$`)
	changedWords = regexp.MustCompile(`^(\S+) (changed|is new|is new or changed)$`)
	placesWords  = regexp.MustCompile(`^(.+) changed places$`)
	moreWords    = regexp.MustCompile(` and \d+ more$`)
	namesWords   = regexp.MustCompile(`([A-Z][\w./]*, |\w+\.(jpg|mp4), )*` +
		`([A-Z][\w./]*|\w+\.(jpg|mp4)) and \S+( more)? changed places`)
	manyWords = regexp.MustCompile(`^\d+ more files? (is|are) new or changed$`)
)

// piece reports whether a cause is so, and of which sort it is.
func (c *claims) piece(text string) (sort string, ok bool) {
	if sort, ok := c.ofTheStep(text); sort != "" {
		return sort, ok
	}
	if list, rest, ok := strings.Cut(text, ": "); ok {
		if address, bytes := strings.CutPrefix(list, "other bytes from "); bytes {
			c.list = "bytes " + address
			return "bytes", c.otherBytes(address, rest)
		}
		c.list, text = list, rest
	}
	if address, bytes := strings.CutPrefix(c.list, "bytes "); bytes && c.makes(address, text) {
		return "bytes", c.otherBytes(address, text)
	}
	if manyWords.MatchString(text) {
		return "many", len(c.d.Node.Inputs) > 3
	}
	text = moreWords.ReplaceAllString(text, "")
	switch c.list {
	case "labels":
		if ok, is := c.element(text, func(s *sketch, name string) string {
			return strings.Join(s.labels[name], " ")
		}); is {
			return "label", ok
		}
	case "areas", "outermost areas":
		if ok, is := c.element(text, func(s *sketch, name string) string {
			return strings.Join([]string{s.areas[name][0], s.areas[name][1]}, " ")
		}); is {
			return "area", ok
		}
	}
	if m := placesWords.FindStringSubmatch(text); m != nil {
		return "places", c.places(strings.Split(m[1], ";"))
	}
	if m := changedWords.FindStringSubmatch(text); m != nil {
		return c.changed(m[1], m[2])
	}
	if m := valueWords.FindStringSubmatch(text); m != nil {
		return c.value(m[1], m[2], m[3], m[4])
	}
	return c.derived(text)
}

// ofTheStep checks words that have no parts.
func (c *claims) ofTheStep(text string) (sort string, ok bool) {
	_, now := c.walk.past[c.d.Node.Address]
	switch text {
	case "never run":
		return "never", !now && !c.tried[c.d.Node.Address]
	case "failed before":
		return "failed", !now && c.tried[c.d.Node.Address]
	case "its record is gone":
		return "gone", c.d.Record == nil && c.everRecorded(c.d.Key)
	case "changed; its earlier record is gone":
		_, err := c.store.Lookup(c.past.key)
		return "gone", c.had && err != nil && c.past.key != c.d.Key
	case "objects gone":
		return "objects", c.d.Record != nil && slices.ContainsFunc(outputsOf(*c.d.Record),
			func(o store.Output) bool { return !c.store.Has(o) })
	case "asked for by -replace":
		return "replace", c.again[c.d.Node.Address]
	case "its inputs are in another order":
		return "order", c.had && c.sameInputs()
	case "it has fewer inputs than before":
		return "fewer", c.inputCount() > len(c.d.Node.Inputs)
	case "it has more inputs than before":
		return "more", c.inputCount() < len(c.d.Node.Inputs)
	case "some of its inputs took the place of others":
		return "place", c.inputCount() == len(c.d.Node.Inputs) && !c.sameInputs()
	}
	if address, is := strings.CutPrefix(text, "the same work as "); is {
		return "same", c.of[address].Key == c.d.Key && c.of[address].Verdict != engine.Cached
	}
	return "", false
}

func outputsOf(r store.Record) []store.Output {
	var all []store.Output
	for _, o := range r.Outputs {
		all = append(all, o)
	}
	return all
}

// everRecorded reports whether a step of that key had a result in this walk.
func (c *claims) everRecorded(k store.Key) bool {
	return c.kept[k]
}

// digests returns the digests of a manifest's inputs, sorted.
func digests(manifest string) []string {
	var all []string
	for line := range strings.Lines(manifest) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "in" {
			all = append(all, fields[2])
		}
	}
	slices.Sort(all)
	return all
}

func (c *claims) inputCount() int { return len(digests(c.past.record.Manifest)) }

func (c *claims) sameInputs() bool {
	return slices.Equal(digests(c.past.record.Manifest), digests(c.d.PartialManifest))
}

func (c *claims) makes(address, output string) bool {
	d := c.of[address]
	return d != nil && d.Node.Kind.Makes(output)
}

// otherBytes reports whether an output of a step is one of the inputs, and none that the step had.
func (c *claims) otherBytes(address, output string) bool {
	var role string
	for _, in := range c.d.Node.Inputs {
		if in.From == address && in.Output == output {
			role = in.Role
		}
	}
	for line := range strings.Lines(c.d.PartialManifest) {
		if digest, is := strings.CutPrefix(line, "in "+role+" "); is {
			return c.had && !strings.Contains(c.past.record.Manifest, strings.TrimSpace(digest))
		}
	}
	return false
}
