package specs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// A scope is what expressions may use. A value that could not be had is declared and broken: what uses it is left out
// without another message.
type scope struct {
	*collector
	functions  map[string]function.Function
	variables  map[string]cty.Value
	locals     map[string]cty.Value
	unresolved map[string]bool // "var.footage", "local.x"
	used       map[string]bool // variables that an expression reads
	sensitive  map[string]bool // variables whose values are kept nowhere

	context *hcl.EvalContext // of the above; nil when they changed
}

func newScope(n *collector, dir string) *scope {
	return &scope{collector: n, functions: functions(dir), variables: map[string]cty.Value{}, locals: map[string]cty.Value{}, unresolved: map[string]bool{}, used: map[string]bool{}, sensitive: map[string]bool{}}
}

// An element is what one round of a for_each sees.
type eachElement struct {
	key   string
	value cty.Value
}

// eval gives an expression's value: known, unmarked and of bounded size, or ok false with the mistake noted.
func (s *scope) eval(expr hclsyntax.Expression, each *eachElement) (v cty.Value, ok bool) {
	defer func() {
		if p := recover(); p != nil { // a fault of the HCL library on some odd input
			s.add(expr.Range(), "write it differently", fmt.Sprintf("this cannot be evaluated: %v", p))
			v, ok = cty.NilVal, false
		}
	}()
	if !s.namesKnown(expr, each) {
		return cty.NilVal, false
	}
	v, diags := expr.Value(s.evalContext(each))
	s.addEvaluation(diags, expr)
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	v, _ = v.UnmarkDeep()
	if !v.IsWhollyKnown() {
		s.add(expr.Range(), "", "this value is not known")
		return cty.NilVal, false
	}
	if problem := tooLarge(v); problem != "" {
		s.add(expr.Range(), "", problem)
		return cty.NilVal, false
	}
	return v, true
}

// hclOf notes what evaluation found, with a suggestion where a function is not known.
func (s *scope) addEvaluation(diags hcl.Diagnostics, expr hclsyntax.Expression) {
	for _, d := range diags {
		call, ok := d.Extra.(hclsyntax.FunctionCallUnknownDiagExtra)
		if !ok {
			s.addHCL(hcl.Diagnostics{d}, expr.Range())
			continue
		}
		at := expr.Range()
		if d.Subject != nil {
			at = *d.Subject
		}
		name := call.CalledFunctionNamespace() + call.CalledFunctionName()
		s.add(at, suggest(name, slices.Collect(maps.Keys(s.functions))), fmt.Sprintf("there is no function %q", name))
	}
}

func (s *scope) evalContext(each *eachElement) *hcl.EvalContext {
	if s.context == nil {
		s.context = &hcl.EvalContext{Functions: s.functions, Variables: map[string]cty.Value{
			"var": cty.ObjectVal(s.variables), "local": cty.ObjectVal(s.locals),
		}}
	}
	if each == nil {
		return s.context
	}
	child := s.context.NewChild()
	child.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(each.key), "value": each.value})}
	return child
}

// resolved tells whether all names that an expression uses have values.
func (s *scope) namesKnown(expr hclsyntax.Expression, each *eachElement) bool {
	ok := true
	for _, t := range expr.Variables() {
		ok = s.nameKnown(t, each) && ok
	}
	return ok
}

func (s *scope) nameKnown(t hcl.Traversal, each *eachElement) bool {
	root, at := t.RootName(), t.SourceRange()
	roots := []string{"var", "local"}
	if each != nil {
		roots = append(roots, "each")
	}
	if !slices.Contains(roots, root) {
		s.add(at, s.rootHint(root, each), fmt.Sprintf("there is no variable %q", root))
		return false
	}
	if root == "each" || len(t) < 2 {
		return true
	}
	attr, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return true
	}
	values, what := s.variables, "variable"
	if root == "var" {
		s.used[attr.Name] = true
	}
	if root == "local" {
		values, what = s.locals, "local"
	}
	if s.unresolved[root+"."+attr.Name] {
		return false
	}
	if _, ok := values[attr.Name]; !ok {
		s.add(at, suggest(attr.Name, slices.Collect(maps.Keys(values))), fmt.Sprintf("there is no %s %q", what, attr.Name))
		return false
	}
	return true
}

func (s *scope) rootHint(root string, each *eachElement) string {
	if root == "each" {
		return "each.key and each.value are available in blocks with for_each"
	}
	var known []string
	for name := range s.variables {
		known = append(known, "var."+name)
		if name == root {
			return fmt.Sprintf("did you mean %q?", "var."+name)
		}
	}
	for name := range s.locals {
		known = append(known, "local."+name)
		if name == root {
			return fmt.Sprintf("did you mean %q?", "local."+name)
		}
	}
	if each != nil {
		known = append(known, "each.key", "each.value")
	}
	if hint := suggest(root, known); strings.HasPrefix(hint, "did you mean") {
		return hint
	}
	return "strings are quoted: " + fmt.Sprintf("%q", root)
}

// tooLarge tells what of a value is more than a spec can need, or "". Without it a few lines that double a text would
// fill the memory.
func tooLarge(v cty.Value) (problem string) {
	size := 0
	cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		size++
		switch {
		case v.IsNull():
		case v.Type() == cty.String:
			size += len(v.AsString())
		case v.Type() == cty.Number:
			if f := v.AsBigFloat(); f.MantExp(nil) > 1100 || f.MantExp(nil) < -1100 {
				problem = "this number is too large or too small"
			}
		}
		if size > maxSource {
			problem = fmt.Sprintf("this value is larger than %d bytes", maxSource)
		}
		return problem == "", nil
	})
	return problem
}

// each gives the elements over which a for_each goes.
func (s *scope) forEach(expr hclsyntax.Expression) ([]eachElement, bool) {
	v, ok := s.eval(expr, nil)
	if !ok {
		return nil, false
	}
	if v.IsNull() || !v.CanIterateElements() {
		s.add(expr.Range(), `write a set, a list or a map: fileset(var.footage, "*.mp4")`, "for_each cannot iterate over "+typeName(v))
		return nil, false
	}
	if v.LengthInt() > maxEach {
		s.add(expr.Range(), "", fmt.Sprintf("for_each has %d elements; the limit is %d", v.LengthInt(), maxEach))
		return nil, false
	}
	var list []eachElement
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		list = append(list, eachElement{eachKey(v.Type(), key, value), value})
	}
	return list, true
}

// keyOf is an element's each.key: the element itself in a set or where it is a text in a list, else its key or place.
func eachKey(of cty.Type, key, value cty.Value) string {
	if value.Type() == cty.String && !value.IsNull() && !of.IsMapType() && !of.IsObjectType() {
		return value.AsString()
	}
	switch key.Type() {
	case cty.String:
		return key.AsString()
	case cty.Number:
		return key.AsBigFloat().Text('f', 0)
	}
	return ""
}

func typeName(v cty.Value) string {
	if v.IsNull() {
		return "null"
	}
	return "a " + v.Type().FriendlyName()
}
