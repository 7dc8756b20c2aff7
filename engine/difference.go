package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"snellen/engine/store"
)

// A comparison says in words how a step differs from an earlier one. Whatever it says is true, and
// it says something of any two manifests that differ.
type comparison struct {
	node *Node // that is described

	// files are the absolute paths of the people's files that the earlier step read, by role. nil:
	// they are not known.
	files map[string]string

	// last returns the digest of an output of another step at the time of the earlier one, zero
	// where it is not known any more. known is false where that step had no result then. nil:
	// nothing is known.
	last func(in Input) (digest store.Digest, known bool)

	// rolesAlone: the node may have other inputs than the manifests, so an input is named by its role.
	rolesAlone bool
}

// words returns how a manifest, or a partial one, differs from an earlier one. Differences of the
// step itself come first, then differences of its inputs. Where both manifests are complete, it
// returns nothing only if they are the same.
func (c *comparison) words(before, now string) []string {
	if before == now {
		return nil
	}
	if was, is := KindOf(before), KindOf(now); was != is {
		return c.otherKind(was, is, before, now)
	}
	old := map[string]string{}
	for _, l := range lines(before) {
		old[l.label] = l.value
	}
	var own []string
	outputs := false
	for _, l := range lines(now) {
		value, had := old[l.label]
		delete(old, l.label)
		switch {
		case had && value == l.value || strings.HasPrefix(l.label, "in "):
		case l.label == "out":
			outputs = true // beside another cause it explains nothing
		default:
			own = append(own, c.difference(l.label, value, l.value)...)
		}
	}
	for _, label := range sortedKeys(old) {
		if !strings.HasPrefix(label, "in ") {
			own = append(own, c.difference(label, old[label], "")...)
		}
	}
	i := c.inputs(before, now)
	if len(own) == 0 { // a changed list of labels says it better
		own = c.places(i)
	}
	own = unique(append(own, c.changed(i)...))
	switch {
	case len(own) > 0:
		return own
	case outputs:
		return []string{"steps of kind " + KindOf(now) + " make other outputs now"}
	}
	return i.rearranged()
}

// otherKind describes how a step differs from one of another kind at its address: by the kind, and
// by the parameters that both have. That their inputs and tools differ goes without saying.
func (c *comparison) otherKind(was, is, before, now string) []string {
	place := c.node.Origins["kind"]
	place.Default = false // a kind follows from several attributes
	words := []string{fmt.Sprintf("kind of step %s -> %s", was, is) + place.where()}
	var old, fresh map[string]json.RawMessage
	if json.Unmarshal([]byte(paramsOf(before)), &old) != nil ||
		json.Unmarshal([]byte(paramsOf(now)), &fresh) != nil {
		return words
	}
	for _, name := range sortedKeys(fresh) {
		value, both := old[name]
		if both && string(value) != string(fresh[name]) && !c.node.Origins[name].OfKind {
			words = append(words, c.parameter(name, string(value), string(fresh[name])))
		}
	}
	return words
}

// paramsOf returns the parameters in a manifest, or "".
func paramsOf(manifest string) string {
	for _, l := range lines(manifest) {
		if l.label == "param" {
			return l.value
		}
	}
	return ""
}

// difference describes one changed line of a manifest that is not an input's.
func (c *comparison) difference(label, was, now string) []string {
	kind, name, _ := strings.Cut(label, " ")
	switch kind {
	case "param":
		return c.parameters(was, now)
	case "tool":
		return []string{fmt.Sprintf("%s %s", name, arrow(was, now))}
	case "kind":
		return []string{fmt.Sprintf("version of step kind %s %s", name, arrow(was, now))}
	}
	return []string{label + " changed"}
}

// parameters describes how two values of a manifest's param line differ, name by name.
func (c *comparison) parameters(was, now string) []string {
	var old, fresh map[string]json.RawMessage
	if json.Unmarshal([]byte(was), &old) != nil || json.Unmarshal([]byte(now), &fresh) != nil {
		return []string{"parameters changed"}
	}
	var words []string
	for _, name := range sortedKeys(fresh) {
		before, after := string(old[name]), string(fresh[name])
		if before != after {
			words = append(words, c.parameter(name, before, after))
		}
	}
	for _, name := range sortedKeys(old) {
		if _, still := fresh[name]; !still {
			words = append(words, c.parameter(name, string(old[name]), ""))
		}
	}
	if len(words) == 0 {
		return []string{"parameters changed"} // only in how they are written
	}
	return words
}

// parameter describes one changed parameter by JSON values, where "" is none. A long or derived
// value is not shown.
func (c *comparison) parameter(name, before, after string) string {
	o := c.node.Origins[name]
	what := cmp.Or(o.Attribute, name)
	if words := c.elements(name, before, after); words != "" {
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
func (c *comparison) elements(name, before, after string) string {
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
		where := c.node.Origins[name+"/"+e.name].where()
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
	words := (&comparison{node: &Node{}}).parameters(old.text, e.text)
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
