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

	"snellen/specs/builtin"
	"snellen/specs/secret"
)

// A scope is what expressions may refer to. A name whose value could not be computed is unresolved:
// the mistake was recorded, and expressions that use the name are skipped without another message.
type scope struct {
	*collector
	files      *builtin.Finder
	meter      *builtin.Meter
	functions  map[string]function.Function
	variables  map[string]cty.Value
	locals     map[string]cty.Value
	unresolved map[string]bool // "var.footage", "local.x"
	used       map[string]bool // variables that expressions use

	// The sensitive variables that a name is made of: "var.token", "local.login".
	secrets map[string][]string

	context  *hcl.EvalContext // of the names above; nil after they changed
	prepared map[hclsyntax.Expression]prepared
}

// A prepared expression is what is known of one before it is evaluated, which happens once for each
// element of a for_each.
type prepared struct {
	names []hcl.Traversal
	paid  hclsyntax.Expression
	cost  int
}

// prepare returns what is known of an expression.
func (s *scope) prepare(expr hclsyntax.Expression) prepared {
	p, known := s.prepared[expr]
	if !known {
		p = prepared{expr.Variables(), s.meter.Expression(expr),
			evaluated + builtin.Cost(expr)}
		s.prepared[expr] = p
	}
	return p
}

// newScope returns a scope without names. Its functions resolve paths against dir.
func newScope(n *collector, dir string) *scope {
	files, meter := builtin.NewFinder(dir), builtin.NewMeter()
	return &scope{collector: n, files: files, meter: meter,
		functions: builtin.Functions(files, meter),
		variables: map[string]cty.Value{}, locals: map[string]cty.Value{},
		unresolved: map[string]bool{}, used: map[string]bool{}, secrets: map[string][]string{},
		prepared: map[hclsyntax.Expression]prepared{}}
}

// An eachElement is what an expression sees as each, in one iteration of a for_each.
type eachElement struct {
	key   string
	value cty.Value
}

// evalKnown returns an expression's value, which is known and of bounded size. If that is not
// possible, such as for a sensitive variable's value, it records why and ok is false. If paths is
// true, a fileset in the expression stands for paths; see builtin.WithFilesetPaths.
func (s *scope) evalKnown(
	expr hclsyntax.Expression, each *eachElement, paths bool,
) (v cty.Value, ok bool) {
	v, ok = s.eval(expr, each, paths)
	if !ok || v.IsWhollyKnown() {
		return v, ok
	}
	if !s.refuseSecrets(expr) {
		s.add(expr.Range(), "", "this value is not known")
	}
	return cty.NilVal, false
}

// refuseSecrets records each name of an expression that is made of sensitive variables, and reports
// whether there is one.
func (s *scope) refuseSecrets(expr hclsyntax.Expression) (found bool) {
	for _, t := range expr.Variables() {
		v, diags := t.TraverseAbs(s.evalContext(nil))
		if name, of := secret.Of(t, s.secrets); len(of) > 0 &&
			(diags.HasErrors() || !v.IsWhollyKnown()) {
			s.add(t.SourceRange(), secret.Hint, secret.Problem(name, of))
			found = true
		}
	}
	return found
}

// eval is evalKnown for expressions whose value may be unknown.
func (s *scope) eval(
	expr hclsyntax.Expression, each *eachElement, paths bool,
) (v cty.Value, ok bool) {
	defer func() {
		if p := recover(); p != nil { // the HCL library panics on some malformed input
			s.add(expr.Range(), "write it differently",
				fmt.Sprintf("this cannot be evaluated: %v", p))
			v, ok = cty.NilVal, false
		}
	}()
	p := s.prepare(expr)
	cost := p.cost
	if paths {
		cost *= 3 // the expression is written anew
	}
	if !s.namesKnown(p.names, each) || s.meter.Spent() || !s.spend(cost, expr.Range()) {
		return cty.NilVal, false
	}
	context := s.evalContext(each)
	if paths {
		p.paid = s.meter.Expression(builtin.WithFilesetPaths(expr, context))
	}
	v, diags := p.paid.Value(context)
	s.addEvaluation(diags, expr)
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	v, _ = v.UnmarkDeep()
	if problem := tooLarge(v); problem != "" {
		s.add(expr.Range(), "", problem)
		return cty.NilVal, false
	}
	return v, true
}

// evaluated is what an expression costs beside the values that it makes, and an element of a
// for_each beside its expressions.
const evaluated = 128

// spend pays for work at a range. It reports whether there was enough left, and records where there
// was not.
func (s *scope) spend(cost int, at hcl.Range) bool {
	if s.meter.Spent() {
		return false
	}
	err := s.meter.Spend(cost)
	if err != nil {
		s.add(at, builtin.SpentHint, err.Error())
	}
	return err == nil
}

// addEvaluation adds the diagnostics of an evaluation. An unknown function gets a suggestion.
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
		s.add(at, s.suggest(name, slices.Collect(maps.Keys(s.functions))),
			fmt.Sprintf("there is no function %q", name))
	}
}

// evalContext returns the context of an expression. It is built again only after names have
// changed.
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
	child.Variables = map[string]cty.Value{"each": cty.ObjectVal(
		map[string]cty.Value{"key": cty.StringVal(each.key), "value": each.value})}
	return child
}

// namesKnown reports whether all names that an expression uses have values.
func (s *scope) namesKnown(names []hcl.Traversal, each *eachElement) bool {
	ok := true
	for _, t := range names {
		ok = s.nameKnown(t, each) && ok
	}
	return ok
}

// nameKnown reports whether a name has a value, and records an unknown one. It also notes which
// variables are used.
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
		s.add(at, s.suggest(attr.Name, slices.Collect(maps.Keys(values))),
			fmt.Sprintf("there is no %s %q", what, attr.Name))
		return false
	}
	return true
}

// rootHint suggests what was meant by an unknown first part of a name.
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
	if hint := s.suggest(root, known); strings.HasPrefix(hint, "did you mean") {
		return hint
	}
	return "strings are quoted: " + fmt.Sprintf("%q", root)
}

// tooLarge returns why a value is larger than a spec can need, or "". Without this limit, a few
// lines that double a string would fill the memory.
func tooLarge(v cty.Value) (problem string) {
	size := 0
	cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		size++
		switch {
		case v.IsNull() || !v.IsKnown():
		case v.Type() == cty.String:
			size += len(v.AsString())
		case builtin.IsHuge(v):
			problem = "this number is too large or too small"
		}
		if size > builtin.MaxSize {
			problem = fmt.Sprintf("this value is larger than %d bytes", builtin.MaxSize)
		}
		return problem == "", nil
	})
	return problem
}

// forEach returns the elements of a for_each; there must be at least one. If paths is true, a
// fileset in it stands for paths.
func (s *scope) forEach(expr hclsyntax.Expression, paths bool) ([]eachElement, bool) {
	v, ok := s.evalKnown(expr, nil, paths)
	if !ok {
		return nil, false
	}
	if v.IsNull() || !v.CanIterateElements() {
		s.add(expr.Range(), `write a set, a list or a map: fileset(var.footage, "*.mp4")`,
			"for_each cannot iterate over "+typeName(v))
		return nil, false
	}
	if v.LengthInt() > maxEach {
		s.add(expr.Range(), "", fmt.Sprintf("for_each has %d elements; the limit is %d",
			v.LengthInt(), maxEach))
		return nil, false
	}
	if v.LengthInt() == 0 {
		s.add(expr.Range(), builtin.EmptyHint(expr), "for_each has no elements")
	}
	if !s.spend(evaluated*v.LengthInt(), expr.Range()) {
		return nil, false
	}
	var list []eachElement
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		list = append(list, eachElement{eachKey(v.Type(), key, value), value})
	}
	return list, true
}

// eachKey returns an element's each.key. In a set, or for a string in a list, that is the element
// itself; otherwise its key or index.
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

// typeName returns the type of a value for a message: "a string".
func typeName(v cty.Value) string {
	if v.IsNull() {
		return "null"
	}
	return "a " + v.Type().FriendlyName()
}
