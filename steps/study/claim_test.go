package study_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// element checks what is said of one element of a list, by what the element was and is. is is false
// where the text is about something else.
func (c *claims) element(text string, of func(*sketch, string) string) (ok, is bool) {
	if text == "in another order" {
		return true, true // the names are the same: see ofTheStep for inputs
	}
	name, rest, _ := strings.Cut(text, " ")
	before, now := of(c.past.study, name), of(c.now, name)
	if strings.TrimSpace(before+now) == "" {
		return false, false
	}
	switch word, _, _ := strings.Cut(rest, " "); {
	case c.list == "outermost areas": // another area may have become one, or is one no more
		return !maps.Equal(c.past.study.areas, c.now.areas), true
	case word == "added":
		return strings.TrimSpace(before) == "" && now != "", true
	case word == "removed":
		return strings.TrimSpace(now) == "" && before != "", true
	}
	return before != now && before != "" && now != "", true
}

// places reports whether these labels, or files, have what the others of them had.
func (c *claims) places(names []string) bool {
	content := func(s *sketch, name string) string {
		var all []string
		for _, file := range append([]string{name}, s.labels[name]...) {
			text := s.files[file]
			if c.d.Node.Address == "audit" { // it reads what probes made
				text, _, _ = strings.Cut(text, "/")
			}
			all = append(all, text)
		}
		return strings.TrimSpace(strings.Join(all, " "))
	}
	var before, now []string
	if strings.HasSuffix(names[len(names)-1], " more") { // then the circle is not all here
		names = names[:1]
		now, before = append(now, ""), append(before, "")
	}
	for _, name := range names {
		last := name[strings.LastIndex(name, "/")+1:]
		before = append(before, content(c.past.study, last))
		now = append(now, content(c.now, last))
		if before[len(before)-1] == now[len(now)-1] || now[len(now)-1] == "" {
			return false
		}
	}
	slices.Sort(before)
	slices.Sort(now)
	return before[0] == "" || slices.Equal(before, now)
}

// changed checks what is said of a file, or that a step is new.
func (c *claims) changed(name, how string) (sort string, ok bool) {
	if c.of[name] != nil {
		m, had := c.walk.past[name]
		return "new", how == "is new" && (!had || m.study != c.past.study)
	}
	if _, is := c.now.files[name]; !is {
		return c.derived(name + " " + how)
	}
	read := slices.ContainsFunc(slices.Collect(maps.Values(c.past.study.labels)),
		func(files []string) bool { return slices.Contains(files, name) }) ||
		c.past.study.shelf == name
	if how == "is new" {
		return "file", !c.readIn(c.past.study, name)
	}
	return "file", how == "changed" && read && c.past.study.files[name] != c.now.files[name]
}

// readIn reports whether the step's label, or evaluation, has the file in a study.
func (c *claims) readIn(s *sketch, file string) bool {
	address := c.d.Node.Address
	if strings.Contains(address, "camera/") || strings.Contains(address, "shelf") {
		return s.shelf == file
	}
	for _, part := range strings.Split(address, "/") {
		if slices.Contains(s.labels[part], file) {
			return true
		}
	}
	return false
}

// differ reports whether one of some attributes has another value than it had.
func (c *claims) differ(names ...string) bool {
	resolution, _, _ := strings.Cut(c.d.Node.Address, "/")
	return slices.ContainsFunc(names, func(name string) bool {
		return c.past.study.value(resolution, name) != c.now.value(resolution, name)
	})
}

// begins are the attributes that say how a training begins, on which other defaults depend.
var begins = []string{"hyperparameters.use_pretrained_model", "trainer.fine_tune"}

// value checks that something was one value and is another.
func (c *claims) value(what, before, now, place string) (sort string, ok bool) {
	resolution, _, _ := strings.Cut(c.d.Node.Address, "/")
	was, is := c.past.study.value(resolution, what), c.now.value(resolution, what)
	same := func(written, said string) bool { return written == "" || written == said }
	switch label, isLabel := strings.CutPrefix(what, "label "); {
	case c.now.tools[what] != "":
		return "tool", c.past.study.tools[what] == before && c.now.tools[what] == now
	case what == "kind of step":
		return "kind", c.differ(begins...)
	case isLabel || what == "evaluation.shelf.video":
		name, _, _ := strings.Cut(label, " ")
		past, current := c.past.study.labels[name], c.now.labels[name]
		if !isLabel {
			past, current = []string{c.past.study.shelf}, []string{c.now.shelf}
		}
		return "named", slices.Contains(past, before) && !slices.Contains(current, before) &&
			slices.Contains(current, now) && !slices.Contains(past, now)
	case choices[what] != nil && was == is:
		return "default", was == "" && place == "default" &&
			c.differ(append(begins, "dataset.frames")...)
	case choices[what] != nil:
		return "attribute", same(was, before) && same(is, now) && before != now
	case strings.HasPrefix(what, "hyperparameters.") && place == "default":
		return "default", c.differ(append(begins, "dataset.frames")...)
	}
	return c.derived(what + " changed")
}

// follow says on which attributes a derived parameter depends.
var follow = map[string][]string{
	"study.seed":             {"study.seed"},
	"learning rate schedule": append(begins, "hyperparameters.lr_scheduler_step"),
	"augmentation": append(begins, "hyperparameters.augmentation_type",
		"trainer.augment_copies"),
	"seed of the copies":                {"study.seed", "trainer.augment_copies"},
	"pretrained network":                begins,
	"training of the head":              append(begins, "dataset.frames", "hyperparameters.epochs"),
	"threads":                           append(begins, "trainer.threads"),
	"evaluations":                       {"evaluation.every"},
	"hyperparameters.augmentation_type": {"hyperparameters.augmentation_type"},
}

var derivedWords = regexp.MustCompile(`^(.+) changed(?: \(.*\))?$`)

// derived checks that something changed whose value is not shown.
func (c *claims) derived(text string) (sort string, ok bool) {
	m := derivedWords.FindStringSubmatch(text)
	if m == nil {
		return "unknown", false
	}
	what := strings.TrimSuffix(m[1], " (default)")
	label, isLabel := strings.CutPrefix(what, "label ")
	switch {
	case isLabel:
		name, _, _ := strings.Cut(label, " ")
		return "named", !slices.Equal(c.past.study.labels[name], c.now.labels[name])
	case what == "areas" || what == "evaluations" &&
		len(c.past.study.areas) != len(c.now.areas):
		return "areas", !maps.Equal(c.past.study.areas, c.now.areas)
	}
	return "derived", follow[what] != nil && c.differ(follow[what]...)
}
