package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"snellen/engine/store"
)

// A Reason says why a step has its verdict.
type Reason struct {
	// Text is all of it: "never run, after 320x240/dataset",
	// "hyperparameters.epochs 30 -> 20 (snacks.hcl:41)".
	Text string `json:"text"`

	// Own is the part that is about the step itself, "" where it only follows another.
	Own string `json:"own,omitempty"`

	// Root is the address of the step that the first cause is about: this one, or one upstream.
	Root string `json:"root"`
}

// because is a reason of a node's own.
func because(n *Node, text string) Reason { return Reason{Text: text, Own: text, Root: n.Address} }

// after says which step a node follows, of several the first that will run.
func after(up []*Decision) Reason {
	first := up[0]
	for _, d := range up {
		if d.Verdict == Run {
			first = d
			break
		}
	}
	text := "after " + first.Node.Address
	if len(up) > 1 {
		text += fmt.Sprintf(" and %d more", len(up)-1)
	}
	return Reason{Text: text, Root: first.Why.Root}
}

// and adds a step that a node follows to a reason of its own.
func (r Reason) and(after Reason) Reason {
	switch {
	case r.Own == "":
		return after
	case r.Own == neverRun:
		r.Text = r.Own + ", " + after.Text
	default:
		r.Text = r.Own + ", and " + after.Text
	}
	return r
}

const neverRun = "never run"

// below decides a node some of whose inputs wait for steps that run, or may: it must run too where
// nothing like it was ever recorded.
func (d *Decider) below(out *Decision, open []*Decision) {
	out.Verdict = Run
	if d.seen(out) {
		out.Verdict = Maybe
	}
	var own Reason
	if words := d.changes(out); words != "" {
		own = because(out.Node, words)
	}
	out.Why = own.and(after(open))
}

// why says why a node without a record runs.
func (d *Decider) why(out *Decision, miss error) string {
	if reason, ok := strings.CutPrefix(miss.Error(), store.ErrMiss.Error()+": "); ok {
		return reason
	}
	if words := d.changes(out); words != "" {
		return words
	}
	return "its record is gone"
}

// changes says how a node differs from what its address had before, as far as it is known; "" where
// it does not.
func (d *Decider) changes(out *Decision) string {
	key, ok := d.Last.Keys[out.Node.Address]
	if !ok {
		return neverRun
	}
	before, err := d.Store.Lookup(key)
	switch {
	case err == nil:
		n := *out.Node
		n.before = d.Last.Files[n.Address]
		return strings.Join(differences(&n, before.Manifest, out.PartialManifest), ", ")
	case out.Manifest == "" || key == out.Key:
		return ""
	}
	return "changed; the record of what it was before is gone"
}

// differences says in words how a manifest, or a draft, differs from the one that the same address
// had before.
func differences(n *Node, before, now string) []string {
	old, was, is := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, l := range lines(before) {
		old[l.label] = l.value
		was[l.value] = true
	}
	fresh := lines(now)
	for _, l := range fresh {
		is[l.value] = true
	}
	var own []string
	var inputs []line // that have another digest; one that only has another role is no cause
	for _, l := range fresh {
		value, had := old[l.label]
		delete(old, l.label)
		switch {
		case had && value == l.value:
		case !strings.HasPrefix(l.label, "in "):
			own = append(own, n.difference(l.label, value, l.value)...)
		case l.value != "" && !was[l.value] && (!had || value != ""):
			inputs = append(inputs, l)
		}
	}
	lost := false
	for _, label := range sortedKeys(old) {
		if strings.HasPrefix(label, "in ") {
			lost = lost || !is[old[label]]
			continue
		}
		own = append(own, n.difference(label, old[label], "")...)
	}
	own = append(own, n.inputs(inputs)...)
	if len(own) == 0 && lost && !is[""] {
		own = append(own, "it reads less than before")
	}
	return own
}

// difference puts one changed line of a manifest in words, except those of inputs.
func (n *Node) difference(label, was, now string) []string {
	kind, name, _ := strings.Cut(label, " ")
	switch kind {
	case "param":
		return n.parameters(was, now)
	case "tool":
		return []string{fmt.Sprintf("%s %s", name, arrow(was, now))}
	case "kind":
		words := fmt.Sprintf("the step %s itself was improved (version %s)", name, arrow(was, now))
		return []string{words}
	}
	return []string{label + " changed"}
}

// inputs puts those with other digests in words: people's files each, and what one step gave
// together.
func (n *Node) inputs(changed []line) []string {
	var words []string
	gave := map[string][]string{}
	for _, l := range changed {
		role := strings.TrimPrefix(l.label, "in ")
		i := slices.IndexFunc(n.Inputs, func(in Input) bool { return in.Role == role })
		switch {
		case i < 0:
			words = append(words, role+" changed")
		case n.Inputs[i].From == "":
			words = append(words, n.file(n.Inputs[i]))
		default:
			from := n.Inputs[i].From
			if gave[from] == nil {
				words = append(words, from)
			}
			gave[from] = append(gave[from], n.Inputs[i].Output)
		}
	}
	for i, w := range words {
		if outputs := gave[w]; outputs != nil {
			words[i] = w + " gave other bytes as " + strings.Join(outputs, ", ")
		}
	}
	return words
}

// file says that a person's file has other bytes, or that it is another file.
func (n *Node) file(in Input) string {
	before := n.before[in.Role]
	now, err := filepath.Abs(in.File)
	if err != nil || before == "" || before == now {
		return in.File + " changed"
	}
	if !filepath.IsAbs(in.File) {
		folder := strings.TrimSuffix(now, filepath.Clean(in.File))
		if here, err := filepath.Rel(folder, before); err == nil {
			before = here // as the person writes the other one
		}
	}
	o := n.Origins[in.Role]
	return fmt.Sprintf("%s %s -> %s", cmp.Or(o.Attribute, in.Role), before, in.File) + o.where()
}

// parameters compares two values of the param line, name by name.
func (n *Node) parameters(was, now string) []string {
	var old, fresh map[string]json.RawMessage
	if json.Unmarshal([]byte(was), &old) != nil || json.Unmarshal([]byte(now), &fresh) != nil {
		return []string{"parameters changed"}
	}
	var words []string
	for _, name := range sortedKeys(fresh) {
		before, after := string(old[name]), string(fresh[name])
		if before != after {
			words = append(words, n.parameter(name, before, after))
		}
	}
	for _, name := range sortedKeys(old) {
		if _, still := fresh[name]; !still {
			words = append(words, n.parameter(name, string(old[name]), ""))
		}
	}
	return words
}

func (n *Node) parameter(name, before, after string) string {
	o := n.Origins[name]
	what := cmp.Or(o.Attribute, name)
	if words := n.elements(name, before, after); words != "" {
		return what + ": " + words
	}
	text := what + " " + arrow(before, after)
	if o.Derived || len(before)+len(after) > 80 {
		text = what + " changed"
	}
	return text + o.where()
}

// where is " (snacks.hcl:41)"; of a value that nobody wrote, that it is the default.
func (o Origin) where() string {
	switch {
	case o.Line > 0:
		return " (" + o.String() + ")"
	case o.Default:
		return ", the default"
	}
	return ""
}

// elements compares two lists of named things, such as labels or areas, or is "" where these are
// none.
func (n *Node) elements(name, before, after string) string {
	old, ok := elementsOf(before)
	fresh, also := elementsOf(after)
	if !ok || !also {
		return ""
	}
	var words []string
	for _, e := range fresh {
		where := n.Origins[name+"/"+e.name].where()
		i := slices.IndexFunc(old, func(o element) bool { return o.name == e.name })
		switch {
		case i < 0:
			words = append(words, e.name+" added"+where)
		case old[i].text != e.text:
			words = append(words, e.name+" "+e.change(old[i])+where)
		}
	}
	for _, o := range old {
		if !slices.ContainsFunc(fresh, func(e element) bool { return e.name == o.name }) {
			words = append(words, o.name+" removed")
		}
	}
	switch {
	case len(words) == 0:
		return "in another order"
	case len(words) > 4:
		return fmt.Sprintf("%s and %d more", strings.Join(words[:3], ", "), len(words)-3)
	}
	return strings.Join(words, ", ")
}

// An element of a list of named things, as JSON.
type element struct{ name, text string }

// elementsOf reads a list of texts, or of objects with a name each; every name is there once.
func elementsOf(list string) ([]element, bool) {
	var raw []json.RawMessage
	if json.Unmarshal([]byte(list), &raw) != nil || raw == nil {
		return nil, false
	}
	seen := map[string]bool{}
	all := make([]element, len(raw))
	for i, r := range raw {
		named := struct{ Name string }{}
		if json.Unmarshal(r, &named.Name) != nil && json.Unmarshal(r, &named) != nil {
			return nil, false
		}
		if named.Name == "" || seen[named.Name] {
			return nil, false
		}
		all[i], seen[named.Name] = element{named.Name, string(r)}, true
	}
	return all, true
}

// change says what of an element is otherwise.
func (e element) change(old element) string {
	words := (&Node{}).parameters(old.text, e.text)
	if len(words) != 1 {
		return "changed"
	}
	return words[0]
}

func arrow(was, now string) string {
	switch {
	case was == "":
		return "-> " + now
	case now == "":
		return was + " -> nothing"
	}
	return was + " -> " + now
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
