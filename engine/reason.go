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
	// Text is the whole reason, for a person: "never run, after 320x240/dataset",
	// "hyperparameters.epochs 30 -> 20 (snacks.hcl:41)".
	Text string `json:"text"`

	// Own is the part about the step itself; "" where it only runs after another one.
	Own string `json:"own,omitempty"`

	// Root is the address of the step that the root cause is about: this one, or one upstream.
	Root string `json:"root"`
}

// because returns a reason that is about the node itself.
func because(n *Node, text string) Reason { return Reason{Text: text, Own: text, Root: n.Address} }

// after returns the reason of a node below up, which is not empty. It names one step, the first
// that will run, and counts the others.
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

// and joins a node's own reason, which may be empty, with one of after.
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

// decideOpen decides a node with inputs that are not known, since the steps open will run or may.
// The node must run too where no step with its shape and files was ever recorded: whatever the
// missing digests are, its key cannot have a record. Otherwise it may run.
func (d *Decider) decideOpen(out *Decision, open []*Decision) {
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

// missReason says why a node runs whose key is a miss. A damaged record is the reason itself.
func (d *Decider) missReason(out *Decision, miss error) string {
	if reason, ok := strings.CutPrefix(miss.Error(), store.ErrMiss.Error()+": "); ok {
		return reason
	}
	if words := d.changes(out); words != "" {
		return words
	}
	return "its record is gone"
}

// changes says in words how a node differs from what its address had before, as far as both are
// known. It returns "" where they do not differ.
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
	return "changed; its earlier record is gone"
}

// differences says in words how a manifest, or a partial one, differs from the one that the same
// address had before. Differences of the step itself come first, then differences of its inputs.
func differences(n *Node, before, now string) []string {
	old, was, is := map[string]string{}, map[string]bool{}, map[string]bool{}
	earlier := lines(before)
	for _, l := range earlier {
		old[l.label] = l.value
		was[l.value] = true
	}
	fresh := lines(now)
	for _, l := range fresh {
		is[l.value] = true
	}
	if kind, is := KindOf(before), KindOf(now); kind != is {
		return n.otherKind(kind, is, old["param"], fresh)
	}
	var own []string
	var inputs []line // with a new digest; one that only changed its role is no cause
	moved := false
	for _, l := range fresh {
		value, had := old[l.label]
		delete(old, l.label)
		moved = moved || had && value != l.value
		switch {
		case had && value == l.value:
		case !strings.HasPrefix(l.label, "in "):
			own = append(own, n.difference(l.label, value, l.value)...)
		case l.value != "" && !was[l.value] && (!had || value != ""):
			inputs = append(inputs, l)
		}
	}
	for _, label := range sortedKeys(old) {
		if !strings.HasPrefix(label, "in ") {
			own = append(own, n.difference(label, old[label], "")...)
		}
	}
	own = append(own, n.inputs(inputs)...)
	lost := func(l line) bool { return strings.HasPrefix(l.label, "in ") && !is[l.value] }
	switch {
	case len(own) > 0 || is[""]:
	case slices.ContainsFunc(earlier, lost):
		own = append(own, "it has fewer inputs than before")
	case moved:
		own = append(own, "its inputs are in another order")
	}
	return own
}

// otherKind describes how a step differs from one of another kind at its address: by the kind, and
// by the parameters that both have. That their inputs and tools differ goes without saying.
func (n *Node) otherKind(was, is, params string, now []line) []string {
	words := []string{fmt.Sprintf("kind of step %s -> %s", was, is) + n.Origins["kind"].where()}
	var old, fresh map[string]json.RawMessage
	for _, l := range now {
		if l.label == "param" && (json.Unmarshal([]byte(params), &old) != nil ||
			json.Unmarshal([]byte(l.value), &fresh) != nil) {
			return words
		}
	}
	for _, name := range sortedKeys(fresh) {
		before, both := old[name]
		if both && string(before) != string(fresh[name]) {
			words = append(words, n.parameter(name, string(before), string(fresh[name])))
		}
	}
	return words
}

// difference describes one changed line of a manifest that is not an input's.
func (n *Node) difference(label, was, now string) []string {
	kind, name, _ := strings.Cut(label, " ")
	switch kind {
	case "param":
		return n.parameters(was, now)
	case "tool":
		return []string{fmt.Sprintf("%s %s", name, arrow(was, now))}
	case "kind":
		return []string{fmt.Sprintf("new version of step kind %s: %s", name, arrow(was, now))}
	}
	return []string{label + " changed"}
}

// maxChanged is how many of the people's files a difference names. A step may have thousands.
const maxChanged = 3

// inputs describes the inputs that have other digests: each of the people's files on its own, as
// far as they are few, and the outputs of one step together.
func (n *Node) inputs(changed []line) []string {
	var words []string
	made := map[string][]string{} // address -> outputs
	files := 0
	place := map[string]int{} // of each role among the inputs
	for i, in := range n.Inputs {
		place[in.Role] = i
	}
	for _, l := range changed {
		role := strings.TrimPrefix(l.label, "in ")
		i, there := place[role]
		switch {
		case !there:
			words = append(words, role+" changed")
		case n.Inputs[i].From == "":
			if files++; files <= maxChanged {
				words = append(words, n.file(n.Inputs[i]))
			}
		default:
			from := n.Inputs[i].From
			if made[from] == nil {
				words = append(words, from) // completed below
			}
			made[from] = append(made[from], n.Inputs[i].Output)
		}
	}
	for i, w := range words {
		if outputs := made[w]; outputs != nil {
			words[i] = w + " made other bytes: " + strings.Join(outputs, ", ")
		}
	}
	if files > maxChanged {
		words = append(words, fmt.Sprintf("%d more files changed", files-maxChanged))
	}
	return words
}

// file describes a changed file: the same file has other bytes, or the spec names another file.
func (n *Node) file(in Input) string {
	before := n.before[in.Role]
	now, err := filepath.Abs(in.File)
	if err != nil || before == "" || before == now {
		return in.File + " changed"
	}
	if !filepath.IsAbs(in.File) {
		folder := strings.TrimSuffix(now, filepath.Clean(in.File))
		if here, err := filepath.Rel(folder, before); err == nil {
			before = here // relative, as the person wrote the new one
		}
	}
	o := n.Origins[in.Role]
	return fmt.Sprintf("%s %s -> %s", cmp.Or(o.Attribute, in.Role), before, in.File) + o.where()
}

// parameters describes how two values of a manifest's param line differ, name by name.
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

// parameter describes one changed parameter by JSON values, where "" is none. A long or derived
// value is not shown.
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

// where returns " (snacks.hcl:41)", ", the default" for a value that nobody wrote, or "".
func (o Origin) where() string {
	switch {
	case o.Line > 0:
		return " (" + o.String() + ")"
	case o.Default:
		return ", the default"
	}
	return ""
}

// elements describes how two JSON lists of named things, such as labels or areas, differ. It
// returns "" where the values are no such lists.
func (n *Node) elements(name, before, after string) string {
	old, ok := elementsOf(before)
	fresh, also := elementsOf(after)
	if !ok || !also {
		return ""
	}
	var words []string
	was, is := map[string]element{}, map[string]bool{}
	for _, o := range old {
		was[o.name] = o
	}
	for _, e := range fresh {
		is[e.name] = true
		where := n.Origins[name+"/"+e.name].where()
		o, there := was[e.name]
		switch {
		case !there:
			words = append(words, e.name+" added"+where)
		case o.text != e.text:
			words = append(words, e.name+" "+e.change(o)+where)
		}
	}
	for _, o := range old {
		if !is[o.name] {
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

// An element is one of a list of named things; text is its JSON.
type element struct{ name, text string }

// elementsOf reads a JSON list of strings, or of objects with a name each. ok is false for any
// other value, and where a name is empty or comes twice.
func elementsOf(list string) (all []element, ok bool) {
	var raw []json.RawMessage
	if json.Unmarshal([]byte(list), &raw) != nil || raw == nil {
		return nil, false
	}
	seen := map[string]bool{}
	all = make([]element, len(raw))
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

// change describes how an element differs from its old value.
func (e element) change(old element) string {
	words := (&Node{}).parameters(old.text, e.text)
	if len(words) != 1 {
		return "changed"
	}
	return words[0]
}

// arrow returns "was -> now" for two values; "" is no value.
func arrow(was, now string) string {
	switch {
	case was == "":
		return "-> " + now
	case now == "":
		return was + " -> nothing"
	}
	return was + " -> " + now
}

// sortedKeys returns a map's keys in order, so that messages and digests are always the same.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
