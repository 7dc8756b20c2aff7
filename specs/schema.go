package specs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A kind is the type of an attribute's value, as the reference names it.
type kind string

const (
	stringKind      kind = "string"
	integerKind     kind = "integer"
	numberKind      kind = "number"
	booleanKind     kind = "boolean"
	stringListKind  kind = "list of strings"
	integerListKind kind = "list of integers"
	anyKind         kind = "any value"
	deferredKind    kind = "expression" // evaluated when there are results
)

// phrase returns the kind as a message names it: "must be a string".
func (k kind) phrase() string {
	switch k {
	case integerKind:
		return "an integer"
	case booleanKind:
		return "true or false"
	}
	return "a " + string(k)
}

// An attribute is one row of the language's table. The decoder, its messages, the reference and the
// language server all read it.
type attribute struct {
	name        string
	kind        kind
	isRequired  bool
	def         any // the default: string, int, float64 or bool; nil: none
	limits      limits
	choices     []string // integers as strings; nil: any value
	length      int      // of a list of integers
	meaning     string
	defText     string // describes a default that is not a constant
	otherwise   string // describes the default with a pretrained network; "": the same
	unsupported string // why using it is an error; "": it is supported
	paths       bool   // a list of paths: a fileset's are those of its folder
	derived     bool   // computed by the loader
}

// limits bound a number. The zero value bounds nothing.
type limits struct {
	low, high float64
	exclusive bool // low and high themselves are excluded
	bounded   bool
}

// contains reports whether v is within the limits.
func (l limits) contains(v float64) bool {
	if !l.bounded {
		return true
	}
	if l.exclusive {
		return v > l.low && v < l.high
	}
	return v >= l.low && v <= l.high
}

// String describes the limits for messages and for the reference.
func (l limits) String() string {
	low, high := formatNumber(l.low), formatNumber(l.high)
	switch {
	case math.IsInf(l.high, 1):
		return "at least " + low
	case l.exclusive:
		return "greater than " + low + " and less than " + high
	}
	return low + " to " + high
}

// formatNumber returns the shortest decimal form, without an exponent.
func formatNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// A block is a block of the language, with its attributes and the blocks that it may contain.
type block struct {
	name         string
	label        string // a fixed label, or "NAME" for any; "": none
	single       bool   // at most one is allowed
	required     bool   // at least one is required
	anyAttribute bool   // it may have any attributes
	meaning      string
	attributes   []attribute
	blocks       []*block
}

// attribute returns the attribute of that name, if the block has one.
func (b *block) attribute(name string) (attribute, bool) {
	i := slices.IndexFunc(b.attributes, func(a attribute) bool { return a.name == name })
	if i < 0 {
		return attribute{}, false
	}
	return b.attributes[i], true
}

// attributeNames returns the names for a suggestion, and for Hyperparameters.Names.
func (b *block) attributeNames() []string {
	var names []string
	for _, a := range b.attributes {
		names = append(names, a.name)
	}
	return names
}

func (b *block) blockNames() []string {
	var names []string
	for _, c := range b.blocks {
		names = append(names, c.name)
	}
	return names
}

// block returns the inner block of that name, or nil.
func (b *block) block(name string) *block {
	i := slices.IndexFunc(b.blocks, func(c *block) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return b.blocks[i]
}

// str, integer, number and boolean return an attribute of that kind with a default. The methods
// below refine it, and return the refined copy.
func str(name, def, meaning string) attribute {
	return attribute{name: name, kind: stringKind, def: def, meaning: meaning}
}

func integer(name string, def int, meaning string) attribute {
	return attribute{name: name, kind: integerKind, def: def, meaning: meaning}
}

func number(name string, def float64, meaning string) attribute {
	return attribute{name: name, kind: numberKind, def: def, meaning: meaning}
}

func boolean(name string, def bool, meaning string) attribute {
	return attribute{name: name, kind: booleanKind, def: def, meaning: meaning}
}

// strList returns a list of strings. Lists have no default.
func strList(name, meaning string) attribute {
	return attribute{name: name, kind: stringListKind, meaning: meaning}
}

// paths returns a list of paths. A fileset that is written as its value, or as part of it, stands
// for the paths of its files rather than for their names below its folder.
func paths(name, meaning string) attribute {
	a := strList(name, meaning)
	a.paths = true
	return a
}

// intList returns a list of exactly length integers.
func intList(name string, length int, meaning string) attribute {
	return attribute{name: name, kind: integerListKind, length: length, meaning: meaning}
}

// anyValue returns an attribute of any type, which the loader checks itself.
func anyValue(name, meaning string) attribute {
	return attribute{name: name, kind: anyKind, meaning: meaning}
}

// unsupported is an attribute that other tools have and this version does not. Using it is an error
// that says why, rather than an unknown name.
func unsupported(name, why string) attribute {
	return attribute{name: name, kind: anyKind, unsupported: why}
}

// required marks the attribute as required. Then it has no default.
func (a attribute) required() attribute {
	a.isRequired, a.def = true, nil
	return a
}

// between limits a number, or each number of a list, to low and high, both included.
func (a attribute) between(low, high float64) attribute {
	a.limits = limits{low: low, high: high, bounded: true}
	return a
}

// strictlyBetween limits a number to values between low and high, both excluded.
func (a attribute) strictlyBetween(low, high float64) attribute {
	a.limits = limits{low: low, high: high, bounded: true, exclusive: true}
	return a
}

// oneOf limits the value to the choices. Those of a number are given as strings.
func (a attribute) oneOf(choices ...string) attribute {
	a.choices = choices
	return a
}

// defaultText describes a default that is not a constant. The decoder then sets no value.
func (a attribute) defaultText(usually string) attribute {
	a.def, a.defText = nil, usually
	return a
}

// computed marks an attribute that the loader computes. Setting another value is a mistake.
func (a attribute) computed() attribute {
	a.derived, a.def, a.defText = true, nil, "computed"
	return a
}

// check returns what is wrong with a decoded value, or "".
func (a attribute) check(v any) string {
	if len(a.choices) > 0 && !slices.Contains(a.choices, fmt.Sprint(v)) {
		return fmt.Sprintf("%s cannot be %s", a.name, display(v))
	}
	switch v := v.(type) {
	case int:
		return a.checkNumber(float64(v))
	case float64:
		return a.checkNumber(v)
	case []int:
		return a.checkList(v)
	}
	return ""
}

// checkNumber checks a number against the limits.
func (a attribute) checkNumber(v float64) string {
	if a.limits.contains(v) {
		return ""
	}
	return fmt.Sprintf("%s must be %s, not %s", a.name, a.limits, formatNumber(v))
}

// checkList checks the length of a list, and each of its numbers.
func (a attribute) checkList(v []int) string {
	if len(v) != a.length {
		return fmt.Sprintf("%s must have %d numbers, not %d", a.name, a.length, len(v))
	}
	for _, n := range v {
		if problem := a.checkNumber(float64(n)); problem != "" {
			return problem
		}
	}
	return ""
}

// display returns a value as a person would write it.
func display(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}

// choicesHint lists the values that may be written.
func choicesHint(choices []string) string { return "one of: " + strings.Join(choices, ", ") }
