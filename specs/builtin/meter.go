package builtin

import (
	"errors"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// A Meter bounds what the expressions of one spec cost together, in time and in memory: a spec is
// untrusted, and a few lines of it could ask for any number of values. A value costs some bytes
// where it is made, and less where it is only looked at. A zero Meter has nothing to spend.
type Meter struct{ left int }

// budget is about a second of a processor at most, and a hundred MiB. Sorting the paths of twenty
// thousand pictures spends a fifth of it.
const budget = 32 << 20

const (
	made   = 64 // the cost of a value, beside its text
	looked = 4  // that of an argument's value
)

// NewMeter returns a full meter.
func NewMeter() *Meter { return &Meter{budget} }

// Spent reports whether nothing is left. That was said once, where it happened.
func (m *Meter) Spent() bool { return m.left < 0 }

// errSpent is the mistake of a spec that asks for too much.
var errSpent = errors.New("a spec may not compute so much")

// spentHint says what to do about it.
const spentHint = "make shorter lists and texts, or loops over fewer elements"

// pay pays for a value and all values in it, and reports whether there was enough left.
func (m *Meter) pay(v cty.Value, each int) bool {
	if m.left -= each; m.left < 0 {
		return false
	}
	v, _ = v.Unmark()
	switch {
	case v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String:
		m.left -= len(v.AsString()) * each / made
	case v.CanIterateElements():
		if m.left < v.LengthInt()*each {
			m.left = -1 // a set would be sorted before the first element is seen
			return false
		}
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			if key.Type() == cty.String && !v.Type().IsSetType() {
				m.left -= len(key.AsString()) * each / made
			}
			if !m.pay(element, each) {
				return false
			}
		}
	}
	return m.left >= 0
}

// Value evaluates an expression that stands alone, with a budget of its own.
func Value(expr hclsyntax.Expression, context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return NewMeter().Expression(expr).Value(context)
}

// Expression returns an expression that pays for what it makes. Where nothing is left, its value is
// a mistake, and what is still to be evaluated of it is skipped.
func (m *Meter) Expression(expr hclsyntax.Expression) hclsyntax.Expression {
	all := func(
		list []hclsyntax.Expression, each func(hclsyntax.Expression) hclsyntax.Expression,
	) []hclsyntax.Expression {
		list = slices.Clone(list)
		for i, one := range list {
			list[i] = each(one)
		}
		return list
	}
	switch e := expr.(type) {
	case *hclsyntax.TemplateExpr:
		return with(e, func(c *hclsyntax.TemplateExpr) { c.Parts = all(e.Parts, m.paid) })
	case *hclsyntax.TemplateWrapExpr:
		return with(e, func(c *hclsyntax.TemplateWrapExpr) { c.Wrapped = m.Expression(e.Wrapped) })
	case *hclsyntax.TemplateJoinExpr:
		return with(e, func(c *hclsyntax.TemplateJoinExpr) { c.Tuple = m.Expression(e.Tuple) })
	case *hclsyntax.ParenthesesExpr:
		return with(e, func(c *hclsyntax.ParenthesesExpr) {
			c.Expression = m.Expression(e.Expression)
		})
	case *hclsyntax.FunctionCallExpr:
		return m.call(e)
	case *hclsyntax.ConditionalExpr:
		return with(e, func(c *hclsyntax.ConditionalExpr) {
			c.Condition = m.Expression(e.Condition)
			c.TrueResult, c.FalseResult = m.choice(e.TrueResult), m.choice(e.FalseResult)
		})
	case *hclsyntax.BinaryOpExpr: // any two values can be compared
		return with(e, func(c *hclsyntax.BinaryOpExpr) { c.LHS, c.RHS = m.paid(e.LHS), m.paid(e.RHS) })
	case *hclsyntax.UnaryOpExpr:
		return with(e, func(c *hclsyntax.UnaryOpExpr) { c.Val = m.Expression(e.Val) })
	case *hclsyntax.TupleConsExpr:
		return with(e, func(c *hclsyntax.TupleConsExpr) { c.Exprs = all(e.Exprs, m.Expression) })
	case *hclsyntax.ObjectConsExpr:
		return m.object(e)
	case *hclsyntax.ForExpr:
		return m.loop(e)
	case *hclsyntax.IndexExpr:
		return with(e, func(c *hclsyntax.IndexExpr) {
			c.Collection, c.Key = m.Expression(e.Collection), m.Expression(e.Key)
		})
	case *hclsyntax.SplatExpr:
		return with(e, func(c *hclsyntax.SplatExpr) { c.Source = m.paid(e.Source) })
	case *hclsyntax.RelativeTraversalExpr:
		return with(e, func(c *hclsyntax.RelativeTraversalExpr) { c.Source = m.Expression(e.Source) })
	}
	return expr
}

// with returns a copy of an expression, changed.
func with[T any, P interface {
	*T
	hclsyntax.Expression
}](e P, change func(P)) hclsyntax.Expression {
	c := P(new(T))
	*c = *e
	change(c)
	return c
}

func (m *Meter) loop(e *hclsyntax.ForExpr) hclsyntax.Expression {
	c := *e
	c.CollExpr, c.ValExpr = m.Expression(e.CollExpr), m.paid(e.ValExpr)
	if e.KeyExpr != nil {
		c.KeyExpr = m.paid(e.KeyExpr)
	}
	if e.CondExpr != nil {
		c.CondExpr = m.paid(e.CondExpr)
	}
	return &c
}

func (m *Meter) object(e *hclsyntax.ObjectConsExpr) hclsyntax.Expression {
	c := *e
	c.Items = slices.Clone(e.Items)
	for i, item := range e.Items {
		c.Items[i].ValueExpr = m.Expression(item.ValueExpr)
		if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
			k := *key
			k.Wrapped = m.Expression(key.Wrapped)
			c.Items[i].KeyExpr = &k
		}
	}
	return &c
}

// paid returns an expression whose value is paid for as a whole.
func (m *Meter) paid(expr hclsyntax.Expression) hclsyntax.Expression {
	return paid{m.Expression(expr), m}
}

// A paid expression pays for its value.
type paid struct {
	hclsyntax.Expression
	meter *Meter
}

func (p paid) Value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if p.meter.Spent() {
		return cty.DynamicVal, nil
	}
	v, diags := p.Expression.Value(context)
	if diags.HasErrors() || p.meter.pay(v, made) {
		return v, diags
	}
	return cty.DynamicVal, spent(p.Range())
}

// choice returns a result of a condition. Both results become of one type, for which the elements'
// types are compared in pairs.
func (m *Meter) choice(expr hclsyntax.Expression) hclsyntax.Expression {
	return converted{m.paid(expr), func(v cty.Value) (cty.Value, bool) {
		return v, !v.Type().IsTupleType() || m.take(square(v.Type().Length()))
	}}
}

// call returns a call of a function. Its tuples become lists before the HCL library makes them
// lists, for which it compares the types of all elements in pairs.
func (m *Meter) call(e *hclsyntax.FunctionCallExpr) hclsyntax.Expression {
	c := *e
	c.Args = slices.Clone(e.Args)
	f, known := Standard[e.Name]
	for i, a := range e.Args {
		c.Args[i] = m.Expression(a)
		if !known {
			continue
		}
		convert := m.list
		if last := i == len(e.Args)-1; last && e.ExpandFinal {
			convert = m.lists
		} else if !takesList(e.Name, f, i) {
			continue
		}
		c.Args[i] = converted{c.Args[i], convert}
	}
	return &c
}

// takesList reports whether a function makes a list or a set of an argument.
func takesList(name string, f function.Function, arg int) bool {
	if name == "tolist" || name == "toset" {
		return true
	}
	var t cty.Type
	switch params := f.Params(); {
	case arg < len(params):
		t = params[arg].Type
	case f.VarParam() != nil:
		t = f.VarParam().Type
	default:
		return false
	}
	return t.IsListType() || t.IsSetType()
}

// list returns a tuple whose elements have one type as a list, and another value as it is. It
// reports whether there is enough left for what the HCL library does with it.
func (m *Meter) list(v cty.Value) (cty.Value, bool) {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsTupleType() ||
		v.LengthInt() == 0 {
		return v, true
	}
	types := v.Type().TupleElementTypes()
	for _, t := range types {
		if t.HasDynamicTypes() || !t.Equals(types[0]) {
			return v, m.take(square(len(types)))
		}
	}
	return cty.ListVal(v.AsValueSlice()), true
}

// lists is list for each element of a tuple, which are the arguments of a function.
func (m *Meter) lists(v cty.Value) (cty.Value, bool) {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsTupleType() {
		return v, true
	}
	all := v.AsValueSlice()
	for i := range all {
		var enough bool
		if all[i], enough = m.list(all[i]); !enough {
			return v, false
		}
	}
	return cty.TupleVal(all), true
}

// square is what comparing n types in pairs costs.
func square(n int) int { return times(n, n) }

// A converted expression changes its value, or has none where there is not enough left for that.
type converted struct {
	hclsyntax.Expression
	convert func(cty.Value) (cty.Value, bool)
}

func (c converted) Value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := c.Expression.Value(context)
	if diags.HasErrors() {
		return v, diags
	}
	v, enough := c.convert(v)
	if !enough {
		return cty.DynamicVal, spent(c.Range())
	}
	return v, diags
}

// spent returns the mistake of an expression there.
func spent(at hcl.Range) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: errSpent.Error(), Detail: spentHint,
		Subject: &at}}
}
