package engine

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// An inputChange is how the inputs of two manifests differ.
type inputChange struct {
	before, now []string     // digests, in the order of the manifests; "" is not known
	fresh       []movedInput // with bytes that no input had before
	moved       []movedInput // with bytes that another input had before
}

// A movedInput is an input whose role had other bytes before, or was not there.
type movedInput struct {
	role     string
	was, now string // digests; was is "" where the role was not there
	in       Input  // as it is now; without From and File where that is not known
}

// source returns where the input is from.
func (m movedInput) source() string { return cmp.Or(m.in.From, m.in.File) }

// inputs compares the inputs of two manifests.
func (c *comparison) inputs(before, now string) inputChange {
	var change inputChange
	old := map[string]string{}
	for _, l := range lines(before) {
		if role, ok := strings.CutPrefix(l.label, "in "); ok {
			old[role] = l.value
			change.before = append(change.before, l.value)
		}
	}
	had := map[string]bool{}
	for _, digest := range change.before {
		had[digest] = true
	}
	is := map[string]Input{}
	for _, in := range c.node.Inputs {
		is[in.Role] = in
	}
	for _, l := range lines(now) {
		role, ok := strings.CutPrefix(l.label, "in ")
		if !ok {
			continue
		}
		change.now = append(change.now, l.value)
		m := movedInput{role: role, was: old[role], now: l.value}
		if !c.rolesAlone {
			m.in = is[role]
		}
		switch _, there := old[role]; {
		case l.value == "" || m.was == l.value || there && m.was == "": // "" is not known
		case had[l.value]:
			change.moved = append(change.moved, m)
		default:
			change.fresh = append(change.fresh, m)
		}
	}
	return change
}

// maxChanged is how many of the people's files a difference names. A step may have thousands.
const maxChanged = 3

// changed describes the inputs whose bytes are new: each of the people's files on its own, as far
// as they are few, and the outputs of one step together.
func (c *comparison) changed(change inputChange) []string {
	var words []string
	made := map[string]int{} // address -> its place among the words
	files := 0
	for _, m := range change.fresh {
		switch at, known := made[m.in.From]; {
		case m.in.From == "" && m.in.File == "":
			words = append(words, "input "+m.role+" changed")
		case m.in.From == "":
			if files++; files <= maxChanged {
				words = append(words, c.file(m))
			}
		case known:
			words[at] += ", " + m.in.Output
		case c.isNew(m.in):
			words = append(words, m.in.From+" is new")
		default:
			made[m.in.From] = len(words)
			words = append(words, "other bytes from "+m.in.From+": "+m.in.Output)
		}
	}
	if files > maxChanged {
		more := "1 more file is new or changed"
		if n := files - maxChanged; n > 1 {
			more = fmt.Sprintf("%d more files are new or changed", n)
		}
		words = append(words, more)
	}
	return words
}

// isNew reports whether an input is of a step that is known to have had no result before.
func (c *comparison) isNew(in Input) bool {
	if c.last == nil {
		return false
	}
	_, known := c.last(in)
	return !known
}

// file describes a file with new bytes: the same file has other bytes, or the spec names another
// file.
func (c *comparison) file(m movedInput) string {
	now, err := filepath.Abs(m.in.File)
	before := c.files[m.role]
	switch {
	case err != nil || len(c.files) == 0:
		return m.in.File + " is new or changed"
	case c.readBefore(now):
		return m.in.File + " changed"
	case before == "" || c.readsNow(before):
		return m.in.File + " is new"
	}
	if !filepath.IsAbs(m.in.File) {
		folder := strings.TrimSuffix(now, filepath.Clean(m.in.File))
		if here, err := filepath.Rel(folder, before); err == nil {
			before = here // relative, as the person wrote the new one
		}
	}
	role, _, _ := strings.Cut(m.role, "/") // all of a numbered role were written in one place
	o := c.node.Origins[role]
	return fmt.Sprintf("%s %s -> %s", cmp.Or(o.Attribute, m.role), before, m.in.File) + o.where()
}

// readBefore reports whether the earlier step read the file with that absolute path.
func (c *comparison) readBefore(path string) bool {
	for _, before := range c.files {
		if before == path {
			return true
		}
	}
	return false
}

// readsNow reports whether the node reads the file with that absolute path.
func (c *comparison) readsNow(path string) bool {
	return slices.ContainsFunc(c.node.Inputs, func(in Input) bool {
		now, err := filepath.Abs(in.File)
		return in.From == "" && err == nil && now == path
	})
}

// rearranged describes how inputs differ where none has new bytes, and no names are known for it.
func (i inputChange) rearranged() []string {
	before, now := slices.Sorted(slices.Values(i.before)), slices.Sorted(slices.Values(i.now))
	switch {
	case slices.Contains(i.now, "") || slices.Contains(i.before, ""):
		return nil
	case slices.Equal(i.before, i.now):
		return []string{"its inputs have other roles"}
	case slices.Equal(before, now):
		return []string{"its inputs are in another order"}
	case len(now) < len(before):
		return []string{"it has fewer inputs than before"}
	case len(now) > len(before):
		return []string{"it has more inputs than before"}
	}
	return []string{"some of its inputs took the place of others"}
}

// A sourceMove is what all roles that come from one source had and have.
type sourceMove struct {
	inputs   []movedInput
	was, now string // digests in the order of the roles
}

// places names the sources of inputs that changed places with each other: each has what another one
// had, as in "COFFEE and TEA_FIG changed places". It leaves out bytes that several inputs have, and
// a source that is not known to have had what its role had.
func (c *comparison) places(change inputChange) []string {
	before, now := counts(change.before), counts(change.now)
	alone := func(digest string) bool { return before[digest] < 2 && now[digest] < 2 }
	var list []*sourceMove
	of := map[string]*sourceMove{}
	for _, m := range change.moved {
		if m.source() == "" || m.was == "" || !alone(m.was) || !alone(m.now) || !c.had(m) {
			continue
		}
		s := of[m.source()]
		if s == nil {
			s = &sourceMove{}
			of[m.source()], list = s, append(list, s)
		}
		s.inputs, s.was, s.now = append(s.inputs, m), s.was+" "+m.was, s.now+" "+m.now
	}
	had := map[string]*sourceMove{}
	for _, s := range list {
		had[s.was] = s
	}
	var words []string
	seen := map[*sourceMove]bool{}
	for _, s := range list {
		var circle []*sourceMove
		next := s
		for ; next != nil && !seen[next]; next = had[next.now] {
			seen[next], circle = true, append(circle, next)
		}
		if next == s && len(circle) > 1 {
			words = append(words, circleNames(circle)+" changed places")
		}
	}
	return words
}

func counts(digests []string) map[string]int {
	n := map[string]int{}
	for _, digest := range digests {
		n[digest]++
	}
	return n
}

// had reports whether an input's source is known to have had before what its role had.
func (c *comparison) had(m movedInput) bool {
	if m.in.From == "" {
		now, err := filepath.Abs(m.in.File)
		return err == nil && c.files[m.role] == now
	}
	if c.last == nil {
		return false
	}
	digest, known := c.last(m.in)
	return known && digest.String() == m.was
}

// circleNames joins the names of sources as people know them, without the parts of addresses that
// all have.
func circleNames(circle []*sourceMove) string {
	parts := make([][]string, len(circle))
	for i, s := range circle {
		parts[i] = []string{s.inputs[0].source()}
		if s.inputs[0].in.From != "" {
			parts[i] = strings.Split(s.inputs[0].in.From, "/")
		}
	}
	for trimEnd(parts, 0) {
		for i := range parts {
			parts[i] = parts[i][1:]
		}
	}
	for trimEnd(parts, -1) {
		for i := range parts {
			parts[i] = parts[i][:len(parts[i])-1]
		}
	}
	names := make([]string, len(parts))
	for i := range parts {
		names[i] = strings.Join(parts[i], "/")
	}
	if n := len(names); n > maxChanged+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxChanged], ", "), n-maxChanged)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// trimEnd reports whether all lists have the same first part, at 0, or last one, at -1, and more
// parts than that.
func trimEnd(lists [][]string, at int) bool {
	part := func(list []string) string {
		if at < 0 {
			return list[len(list)-1]
		}
		return list[at]
	}
	return !slices.ContainsFunc(lists, func(list []string) bool {
		return len(list) < 2 || part(list) != part(lists[0])
	})
}
