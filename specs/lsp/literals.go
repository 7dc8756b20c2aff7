package lsp

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
)

// maxSteps bounds the expressions that are looked at: locals that name one another twice double
// with each step.
const maxSteps = 100_000

// passing are functions whose results have their arguments' strings as they are.
var passing = []string{"concat", "distinct", "flatten", "reverse", "setunion", "sort", "tolist",
	"toset"}

// strings returns the strings that an expression's value consists of, as far as they are written
// out: in lists, in either branch of a condition, in a local, or in the elements of for_each. each
// is the for_each around the expression, or nil.
func (x *index) strings(expr hclsyntax.Expression, each *hclsyntax.Attribute) (list []literal) {
	if x.steps++; x.steps > maxSteps {
		return nil
	}
	all := func(parts ...hclsyntax.Expression) (list []literal) {
		for _, one := range parts {
			list = append(list, x.strings(one, each)...)
		}
		return list
	}
	switch e := expr.(type) {
	case *hclsyntax.TemplateExpr:
		v, diags := builtin.Value(e, nil)
		l := x.literal("", e.SrcRange)
		if e.IsStringLiteral() && !diags.HasErrors() && l.form == inQuotes { // no heredoc
			l.text = v.AsString()
			return []literal{l}
		}
	case *hclsyntax.TemplateWrapExpr:
		return all(e.Wrapped)
	case *hclsyntax.ParenthesesExpr:
		return all(e.Expression)
	case *hclsyntax.TupleConsExpr:
		return all(e.Exprs...)
	case *hclsyntax.ConditionalExpr:
		return all(e.TrueResult, e.FalseResult)
	case *hclsyntax.FunctionCallExpr:
		if slices.Contains(passing, e.Name) {
			return all(e.Args...)
		}
	case *hclsyntax.ScopeTraversalExpr:
		return x.follow(e.Traversal, each)
	}
	return nil
}

// follow returns the strings that local.NAME, each.key or each.value stands for.
func (x *index) follow(t hcl.Traversal, each *hclsyntax.Attribute) (list []literal) {
	x.inLocal(t, func(expr hclsyntax.Expression) { list = x.strings(expr, nil) })
	if t.RootName() != "each" || each == nil || len(t) < 2 {
		return list
	}
	step, _ := t[1].(hcl.TraverseAttr)
	switch step.Name {
	case "key":
		return x.keys(each.Expr)
	case "value":
		for _, one := range x.elements(each.Expr) {
			list = append(list, x.strings(member(one.value, t[2:]), nil)...)
		}
	}
	return list
}

// inLocal calls read with the expression of the local that a traversal names, if it names one that
// is not being read already.
func (x *index) inLocal(t hcl.Traversal, read func(hclsyntax.Expression)) {
	if len(t) != 2 || t.RootName() != "local" {
		return
	}
	step, _ := t[1].(hcl.TraverseAttr)
	if a := x.locals[step.Name]; a != nil && !x.following[step.Name] {
		x.following[step.Name] = true
		read(a.Expr)
		delete(x.following, step.Name)
	}
}

// An element is what a for_each repeats its block for.
type element struct {
	key   []literal // one, or none if it is not written out; in a list, the string itself
	value hclsyntax.Expression
}

// keys returns what each.key is in a for_each, as far as it is written out.
func (x *index) keys(expr hclsyntax.Expression) (list []literal) {
	for _, e := range x.elements(expr) {
		list = append(list, e.key...)
	}
	return list
}

// elements returns the elements of a for_each, as far as they are written out.
func (x *index) elements(expr hclsyntax.Expression) (list []element) {
	if x.steps++; x.steps > maxSteps {
		return nil
	}
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return x.elements(e.Expression)
	case *hclsyntax.TupleConsExpr:
		for _, one := range e.Exprs {
			item := element{value: one}
			if _, text := one.(*hclsyntax.TemplateExpr); text {
				item.key = x.strings(one, nil)
			}
			list = append(list, item)
		}
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			one := element{value: item.ValueExpr}
			if key, ok := keyText(item.KeyExpr); ok {
				one.key = []literal{x.literal(key, item.KeyExpr.Range())}
			}
			list = append(list, one)
		}
	case *hclsyntax.FunctionCallExpr:
		for _, arg := range e.Args {
			if slices.Contains(passing, e.Name) {
				list = append(list, x.elements(arg)...)
			}
		}
	case *hclsyntax.ScopeTraversalExpr:
		x.inLocal(e.Traversal, func(expr hclsyntax.Expression) { list = x.elements(expr) })
	}
	return list
}

// keyText returns an object's key if it is written out.
func keyText(expr hclsyntax.Expression) (string, bool) {
	v, diags := builtin.Value(expr, nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// member returns what a traversal's further steps lead to within an object that is written out, or
// nil.
func member(expr hclsyntax.Expression, steps hcl.Traversal) hclsyntax.Expression {
	for _, step := range steps {
		attr, ok := step.(hcl.TraverseAttr)
		object, isObject := expr.(*hclsyntax.ObjectConsExpr)
		if !ok || !isObject {
			return nil
		}
		expr = nil
		for _, item := range object.Items {
			if key, ok := keyText(item.KeyExpr); ok && key == attr.Name {
				expr = item.ValueExpr
			}
		}
	}
	return expr
}
