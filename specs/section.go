package specs

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
)

// This file decodes blocks. A block is read in two steps: checkShape compares its attributes, inner
// blocks and labels with the language's table, and decode evaluates its attributes to Go values of
// their kind. What is wrong is recorded and marked as invalid, so that rules over several
// attributes can skip it instead of reporting the consequence of a mistake.

// maxString bounds a string in bytes.
const maxString = 4096

// A section is one block, decoded by its row of the language.
type section struct {
	block   *block
	header  hcl.Range
	body    *hclsyntax.Body
	values  map[string]any  // string, int, float64, bool, []string, []int or cty.Value
	invalid map[string]bool // set to a wrong value, or missing: rules skip it
}

// decode decodes a block and records its mistakes. each is the element of the block's
// for_each, or nil.
func (l *loader) decode(
	of *block, body *hclsyntax.Body, header hcl.Range, each *eachElement,
) *section {
	s := &section{block: of, header: header, body: body, values: map[string]any{},
		invalid: map[string]bool{}}
	l.checkShape(s)
	for _, a := range of.attributes {
		given := body.Attributes[a.name]
		if given == nil || a.name == "for_each" || a.kind == deferredKind ||
			of == variableBlock && a.name == "type" {
			continue
		}
		v, there, ok := l.decodeAttribute(a, given, each)
		switch {
		case !ok:
			s.invalid[a.name] = true
		case there:
			s.values[a.name] = v
		case a.isRequired:
			s.invalid[a.name] = true
			l.add(given.Expr.Range(), "", fmt.Sprintf("%s must not be null", a.name))
		}
	}
	return s
}

// checkShape records names that the block must not contain, and required ones that it lacks.
func (l *loader) checkShape(s *section) {
	for _, a := range s.body.Attributes {
		if _, ok := s.block.attribute(a.Name); !ok && !s.block.anyAttribute {
			l.addUnknown(s, "attribute", a.Name, a.NameRange)
		}
	}
	count := map[string]hcl.Range{}
	for _, b := range s.body.Blocks {
		child := s.block.block(b.Type)
		if child == nil {
			l.addUnknown(s, "block", b.Type, b.TypeRange)
			continue
		}
		if first, again := count[b.Type]; again && child.single {
			l.add(b.DefRange(), "merge the two blocks",
				fmt.Sprintf("only one %s block is allowed; the first is at line %d", b.Type,
					first.Start.Line))
			continue
		}
		count[b.Type] = b.DefRange()
		l.checkLabels(child, b)
	}
	for _, child := range s.block.blocks {
		if _, ok := count[child.name]; !ok && child.required {
			l.add(s.header, "", fmt.Sprintf("%s has no %s block", s.title(), child.name))
		}
	}
	for _, a := range s.block.attributes {
		if a.isRequired && s.body.Attributes[a.name] == nil {
			s.invalid[a.name] = true
			l.add(s.header, a.name+": "+plain(a.meaning),
				fmt.Sprintf("%s lacks %s", s.title(), a.name))
		}
	}
}

// title names the block in a message.
func (s *section) title() string {
	if s.block.name == "" {
		return "this spec"
	}
	return "this " + s.block.name + " block"
}

// addUnknown records a name that the language does not have in this place, with the nearest that it
// has.
func (l *loader) addUnknown(s *section, what, name string, at hcl.Range) {
	if owner := s.owner(name); what == "attribute" && owner != "" {
		l.add(at, fmt.Sprintf("remove it, or write it in %s { ... }", owner),
			fmt.Sprintf("%s belongs to %s", name, owner))
		return
	}
	same, other, otherWhat := s.block.attributeNames(), s.block.blockNames(),
		"block: write "+name+" { ... }"
	if what == "block" {
		same, other, otherWhat = other, same, "attribute: write "+name+" = ..."
	}
	hint := l.suggest(name, same)
	if slices.Contains(other, name) {
		hint = name + " is a " + otherWhat
		if what == "block" {
			hint = name + " is an " + otherWhat
		}
	}
	where := "in " + s.title()
	if s.block.name == "" {
		where = "here"
	}
	l.add(at, hint, fmt.Sprintf("there is no %s %q %s", what, name, where))
}

// owner returns the title of the block that has an attribute which is written in a trainer or in
// hyperparameters, if exactly one of these blocks has it.
func (s *section) owner(name string) (title string) {
	near := []string{trainerBlock.name, hyperparametersBlock.name}
	for _, b := range language.blocks {
		if _, has := b.attribute(name); has && slices.Contains(near, b.name) &&
			slices.Contains(near, s.block.name) {
			if title != "" {
				return ""
			}
			title = b.title()
		}
	}
	return title
}

// checkLabels records a missing label, or one too many.
func (l *loader) checkLabels(of *block, b *hclsyntax.Block) {
	switch {
	case of.label == "" && len(b.Labels) > 0:
		l.add(b.LabelRanges[0], fmt.Sprintf("write %s { ... }", of.name),
			fmt.Sprintf("a %s block takes no name", of.name))
	case of.label != "" && len(b.Labels) == 0:
		l.add(b.DefRange(), fmt.Sprintf("write %s \"%s\" { ... }", of.name, of.label),
			fmt.Sprintf("a %s block needs a name", of.name))
	case of.label != "" && len(b.Labels) > 1:
		l.add(b.LabelRanges[1], fmt.Sprintf("write %s \"%s\" { ... }", of.name, of.label),
			fmt.Sprintf("a %s block takes one name", of.name))
	}
}

// blockLabel returns a block's label, or "" if checkLabels found fault with it. The HCL library
// leaves labels in the form in which they are written, unlike all other strings.
func (l *loader) blockLabel(b *hclsyntax.Block) string {
	if len(b.Labels) != 1 {
		return ""
	}
	return Normal(b.Labels[0])
}

// labelRange returns the range of a block's label, or of its header without one.
func labelRange(b *hclsyntax.Block) hcl.Range {
	if len(b.LabelRanges) > 0 {
		return b.LabelRanges[0]
	}
	return b.DefRange()
}

// decodeAttribute decodes one attribute. If its value is null, there is false: that is the same as
// leaving it out.
func (l *loader) decodeAttribute(
	a attribute, given *hclsyntax.Attribute, each *eachElement,
) (v any, there, ok bool) {
	if a.unsupported != "" {
		l.add(given.NameRange, "remove it", a.unsupported)
		return nil, false, false
	}
	raw, ok := l.evalKnown(given.Expr, each, a.paths)
	if !ok || raw.IsNull() {
		return nil, false, ok
	}
	v, problem := a.decode(raw)
	hint := ""
	if problem == "" {
		problem, hint = a.check(v), a.hint(v)
	}
	if problem != "" {
		l.add(given.Expr.Range(), hint, problem)
		return nil, true, false
	}
	return v, true, true
}

// hint suggests a value, if the attribute has choices.
func (a attribute) hint(v any) string {
	if len(a.choices) == 0 {
		return ""
	}
	known := slices.DeleteFunc(slices.Clone(a.choices), func(c string) bool { return c == "" })
	if text, ok := v.(string); ok {
		return suggest(text, known)
	}
	return choicesHint(known)
}

// decode converts a value to the Go type of the attribute's kind. It returns what is wrong with it,
// or "".
func (a attribute) decode(v cty.Value) (any, string) {
	to := map[kind]cty.Type{
		stringKind: cty.String, integerKind: cty.Number, numberKind: cty.Number,
		booleanKind:    cty.Bool,
		stringListKind: cty.List(cty.String), integerListKind: cty.List(cty.Number),
		anyKind: v.Type(),
	}[a.kind]
	converted, err := builtin.Convert(v, to)
	if err != nil || !converted.IsWhollyKnown() {
		return nil, fmt.Sprintf("%s must be %s, not %s", a.name, a.kind.phrase(), typeName(v))
	}
	switch a.kind {
	case stringKind:
		return a.parseString(converted)
	case integerKind:
		return a.parseInteger(converted)
	case numberKind:
		return a.parseNumber(converted)
	case booleanKind:
		return converted.True(), ""
	case stringListKind:
		return parseList(converted, a.parseString)
	case integerListKind:
		return parseList(converted, a.parseInteger)
	}
	return converted, ""
}

// parseList converts each element of a list.
func parseList[T any](list cty.Value, of func(cty.Value) (T, string)) (any, string) {
	var all []T
	for it := list.ElementIterator(); it.Next(); {
		_, v := it.Element()
		if v.IsNull() {
			return nil, "a list must not contain null"
		}
		one, problem := of(v)
		if problem != "" {
			return nil, problem
		}
		all = append(all, one)
	}
	return all, ""
}

// parseString rejects long strings, control characters, and what is not UTF-8, as a file's name may
// be: strings of a spec become parts of paths, of command lines, of JSON and of what is printed.
func (a attribute) parseString(v cty.Value) (string, string) {
	s := v.AsString()
	if len(s) > maxString {
		return "", fmt.Sprintf("%s has %d bytes; the limit is %d", a.name, len(s), maxString)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fmt.Sprintf("%s must be one line of UTF-8 without control characters, not %q",
			a.name, s)
	}
	return s, ""
}

// parseInteger rejects fractions, and numbers that need more than 32 bits.
func (a attribute) parseInteger(v cty.Value) (int, string) {
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact || n > math.MaxInt32 || n < math.MinInt32 {
		return 0, fmt.Sprintf("%s must be a 32-bit integer, not %s", a.name, v.AsBigFloat().
			Text('g', 10))
	}
	return int(n), ""
}

// parseNumber rejects numbers beyond the range of a float64.
func (a attribute) parseNumber(v cty.Value) (float64, string) {
	f, _ := v.AsBigFloat().Float64()
	if math.IsInf(f, 0) {
		return 0, a.name + " is too large"
	}
	return f, ""
}

// at returns the range of an attribute's value, or of the block's header if it was not set.
func (s *section) at(name string) hcl.Range {
	if a := s.body.Attributes[name]; a != nil {
		return a.Expr.Range()
	}
	return s.header
}

// positions returns where each attribute that was set is written.
func (s *section) positions() Where {
	w := Where{}
	for name := range s.values {
		w[name] = position(s.body.Attributes[name].NameRange)
	}
	return w
}

// position returns the start of a range.
func position(r hcl.Range) Position { return Position{r.Filename, r.Start.Line} }

// assign stores the block's values in fields, which are pointers to string, int, float64, bool,
// []string or []int, by attribute name. If defaults is true, attributes that were not set get their
// default.
func (s *section) assign(fields map[string]any, defaults bool) {
	for name, field := range fields {
		a, ok := s.block.attribute(name)
		if !ok {
			panic("BUG: " + s.block.name + " has no attribute " + name)
		}
		v, given := s.values[name]
		if !given && defaults {
			v = a.def
		}
		if v != nil {
			assignField(name, field, v)
		}
	}
}

// assignField stores a decoded value. Its panics are mistakes of this package, not of a spec.
func assignField(name string, field, v any) {
	switch field := field.(type) {
	case *string:
		*field = v.(string)
	case *int:
		*field = v.(int)
	case *float64:
		*field = v.(float64)
	case *bool:
		*field = v.(bool)
	case *[]string:
		*field = v.([]string)
	case *[]int:
		*field = v.([]int)
	default:
		panic("BUG: no field for " + name)
	}
}

// valid reports whether all these attributes are free of mistakes. Rules over several attributes
// ask first, so that one mistake is not reported twice.
func (s *section) valid(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return s.invalid[n] })
}

// checkUnique reports whether a name is new, and records one that was declared before. It adds the
// name to first.
func (n *collector) checkUnique(first map[string]hcl.Range, what, name string, at hcl.Range) bool {
	if before, again := first[name]; again {
		n.add(at, "rename one of them",
			fmt.Sprintf("%s %q is declared twice; the first is at line %d", what, name,
				before.Start.Line))
		return false
	}
	first[name] = at
	return true
}

// blocksOf returns a body's blocks of one type, in the order of the file.
func blocksOf(body *hclsyntax.Body, name string) []*hclsyntax.Block {
	var list []*hclsyntax.Block
	for _, b := range body.Blocks {
		if b.Type == name {
			list = append(list, b)
		}
	}
	return list
}

// plain returns a description without Markdown's backquotes.
func plain(meaning string) string { return strings.ReplaceAll(meaning, "`", "") }
