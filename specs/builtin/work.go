package builtin

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// This file says what functions cost.

// function returns a function that pays for its arguments, for what it does with them beside that,
// and for its result.
func (m *Meter) function(name string, f function.Function) function.Function {
	return function.New(&function.Spec{
		Description: f.Description(), Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			for _, a := range args {
				m.left -= len(text(a))
				each, quick := looks[name]
				if !quick {
					each = made
				}
				if each == 0 {
					continue
				}
				if err := m.pay(a, each); err != nil {
					return cty.NilType, err
				}
			}
			if extra := work[name]; extra != nil && !m.take(extra(args)) {
				return cty.NilType, fmt.Errorf("its result would be too large, or take too long: %w",
					errSpent)
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := f.Call(args)
			if err == nil {
				err = m.pay(v, made)
			}
			return v, err
		},
	})
}

// take takes a cost off what is left, and reports whether there was enough.
func (m *Meter) take(cost int) bool {
	m.left -= min(cost, budget+1)
	return m.left >= 0
}

// looks are what a value in an argument costs for functions that do not pass all of them on:
// nothing where they do not look at all, either.
var looks = map[string]int{"coalesce": 0, "coalescelist": 0, "contains": looked, "element": 0,
	"format": looked, "formatlist": looked, "join": looked, "jsonencode": looked, "keys": 0,
	"length": 0, "lookup": 0}

// work is what functions cost beside their arguments and their result: an estimate of a result that
// is larger than the arguments, or of the time where a look at each value is not all.
var work = map[string]func([]cty.Value) int{
	"contains": compared, "csvdecode": parsed, "distinct": pairs, "format": formatted,
	"formatlist": formatted,
	"indent":     indented, "join": joined, "jsondecode": parsedNumbers, "jsonencode": allText,
	"parseint": parsedNumbers, "regex": searched, "regexall": searched, "regexreplace": replaced,
	"replace": replaced, "setintersection": sorted, "setproduct": product,
	"setsubtract": sorted, "setsymmetricdifference": sorted, "setunion": sorted, "sort": sorted,
	"split": parsed, "strlen": segmented, "strrev": segmented, "substr": segmented,
	"title": segmented, "toset": sorted,
}

// text returns a string, or "" for another value.
func text(v cty.Value) string {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// whole returns a number, at most the budget, or 0 for another value.
func whole(v cty.Value) int {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.Number {
		return 0
	}
	n, _ := v.AsBigFloat().Int64()
	return int(min(max(n, 0), budget))
}

// count returns the number of elements, or 0 for a value without any.
func count(v cty.Value) int {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// times multiplies, at most to more than the budget.
func times(a, b int) int {
	if a > 0 && b > (budget+1)/a {
		return budget + 1
	}
	return a * b
}

// allText is the length of all text in values.
func allText(args []cty.Value) int {
	sum := 0
	for _, a := range args {
		cty.Walk(a, func(_ cty.Path, v cty.Value) (bool, error) {
			sum += len(text(v))
			return sum <= budget, nil
		})
	}
	return sum
}

// joined is the length of a joined list's text.
func joined(args []cty.Value) int {
	sum := allText(args)
	for _, a := range args[1:] {
		sum += times(count(a), len(text(args[0])))
	}
	return sum
}

// formatted bounds the text of a format, or of a list of them: each verb may repeat the longest
// argument, and pads it to one of the numbers.
func formatted(args []cty.Value) int {
	format := text(args[0])
	each, lists, longest, number := len(format), 1, allText(args[1:]), 0
	for _, a := range args[1:] {
		lists = max(lists, count(a))
		each = max(each, len(text(a)))
	}
	for _, c := range format + " " {
		if c >= '0' && c <= '9' {
			number = min(10*number+int(c-'0'), budget)
			continue
		}
		each += number
		number = 0
	}
	verbs := strings.Count(format, "%")
	return times(lists, times(verbs, each)) + times(verbs, longest)
}

// indented is the number of spaces that are added.
func indented(args []cty.Value) int {
	return times(whole(args[0]), 1+strings.Count(text(args[1]), "\n"))
}

// product is what a product of sets costs.
func product(args []cty.Value) int {
	size := times(made, len(args))
	for _, a := range args {
		size = times(size, count(a))
	}
	return size
}

// compared is what a comparison of all elements with a value costs. Strings are compared quickly.
func compared(args []cty.Value) int {
	if isStrings(args[0]) {
		return 0
	}
	return times(4*made, count(args[0]))
}

// pairs is what a comparison of all elements with all others costs. Lists of strings need none.
func pairs(args []cty.Value) int {
	if isStrings(args[0]) {
		return 0
	}
	n := count(args[0])
	return times(looked, times(n, n))
}

// sorted is what sorting the elements costs: a set is sorted by whoever looks at it.
func sorted(args []cty.Value) int {
	n := 0
	for _, a := range args {
		n += count(a)
	}
	return times(made, n)
}

// parsed is what reading values out of a text costs. One that nests too deep is refused: it would
// take more of a stack than of memory.
func parsed(args []cty.Value) int {
	depth, deepest, longest := 0, 0, 0
	for _, a := range args {
		longest = max(longest, len(text(a)))
		for _, c := range []byte(text(a)) {
			switch c {
			case '[', '{':
				depth++
				deepest = max(deepest, depth)
			case ']', '}':
				depth--
			}
		}
	}
	if deepest > maxNested {
		return budget + 1
	}
	return times(longest, 16)
}

// parsedNumbers is what reading a text with numbers costs.
func parsedNumbers(args []cty.Value) int { return parsed(args) + digits(text(args[0])) }

// maxNested bounds how deep JSON nests.
const maxNested = 1000

// segmented is what dividing a text into what people take for characters costs.
func segmented(args []cty.Value) int { return times(allText(args), 8) }

// searched is what a search costs: each state of the expression may look at each byte.
func searched(args []cty.Value) int {
	return search(text(args[0]), text(args[1]))
}

// maxPattern bounds a regular expression in bytes.
const maxPattern = 1000

func search(pattern, in string) int {
	if len(pattern) > maxPattern {
		return budget + 1
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0 // which the function says
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	return times(len(prog.Inst), 100+len(in))
}

// replaced is the search for matches, and the text that replaces each, which may repeat it.
func replaced(args []cty.Value) int {
	in, by := text(args[0]), text(args[2])
	return search(text(args[1]), in) + times(len(in)+1, len(by)) +
		times(len(in), strings.Count(by, "$"))
}

// isStrings reports whether a value is a list or a set of known strings.
func isStrings(v cty.Value) bool {
	t := v.Type()
	return (t.IsListType() || t.IsSetType()) && t.ElementType() == cty.String && v.IsWhollyKnown() &&
		!v.IsNull()
}

// contains is stdlib.ContainsFunc, and quick for strings.
var contains = function.New(&function.Spec{
	Description: stdlib.ContainsFunc.Description(), Params: stdlib.ContainsFunc.Params(),
	Type: func(args []cty.Value) (cty.Type, error) {
		return stdlib.ContainsFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		wanted := args[1]
		if !isStrings(args[0]) || wanted.Type() != cty.String || wanted.IsNull() {
			return stdlib.ContainsFunc.Call(args)
		}
		for it := args[0].ElementIterator(); it.Next(); {
			if _, v := it.Element(); !v.IsNull() && v.AsString() == wanted.AsString() {
				return cty.True, nil
			}
		}
		return cty.False, nil
	},
})

// distinct is stdlib.DistinctFunc, which compares all elements with all others, but for strings.
var distinct = function.New(&function.Spec{
	Description: stdlib.DistinctFunc.Description(), Params: stdlib.DistinctFunc.Params(),
	Type: func(args []cty.Value) (cty.Type, error) {
		return stdlib.DistinctFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !isStrings(args[0]) || args[0].LengthInt() == 0 {
			return stdlib.DistinctFunc.Call(args)
		}
		seen := map[cty.Value]bool{}
		var list []cty.Value
		for it := args[0].ElementIterator(); it.Next(); {
			if _, v := it.Element(); !seen[v] {
				seen[v] = true
				list = append(list, v)
			}
		}
		return cty.ListVal(list), nil
	},
})
