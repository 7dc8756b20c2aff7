package builtin

import (
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
	made   = 64   // the cost of a value, beside its text
	looked = 4    // that of an argument's value
	found  = 96   // that of a name
	failed = 1024 // that of a mistake
	inText = 512  // that of a number that becomes a text: 155 digits before it is rounded
)

// NewMeter returns a full meter.
func NewMeter() *Meter { return &Meter{budget} }

// Spent reports whether nothing is left. That was said once, where it happened.
func (m *Meter) Spent() bool { return m.left < 0 }

// Spend takes the cost of work that is done outside of expressions off what is left, and returns an
// error if that was not enough.
func (m *Meter) Spend(cost int) error {
	if !m.take(cost) {
		return errSpent
	}
	return nil
}

// A mistake is why an expression of a spec has no value, and what to do about it.
type mistake struct{ text, hint string }

func (m *mistake) Error() string { return m.text }

// errSpent is the mistake of a spec that asks for too much.
var errSpent = &mistake{"a spec may not compute so much", SpentHint}

// SpentHint says what to do about the error of Spend.
const SpentHint = "make shorter lists and texts, or loops over fewer elements"

// pay pays for a value and all values in it. It returns errSpent if there was not enough left, and
// errHuge for a number that may not be used.
func (m *Meter) pay(v cty.Value, each int) error {
	if m.left -= each; m.left < 0 {
		return errSpent
	}
	v, _ = v.Unmark()
	switch {
	case v.IsNull() || !v.IsKnown():
	case IsHuge(v):
		return errHuge
	case v.Type() == cty.String:
		m.left -= len(v.AsString()) * each / made
	case v.CanIterateElements():
		if m.left < v.LengthInt()*each {
			m.left = -1 // a set would be sorted before the first element is seen
			return errSpent
		}
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			if key.Type() == cty.String && !v.Type().IsSetType() {
				m.left -= len(key.AsString()) * each / made
			}
			if err := m.pay(element, each); err != nil {
				return err
			}
		}
	}
	return m.Spend(0)
}

// Value evaluates an expression that stands alone, with a budget of its own.
func Value(expr hclsyntax.Expression, context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return NewMeter().Value(expr, context)
}

// Value evaluates an expression.
func (m *Meter) Value(
	expr hclsyntax.Expression, context *hcl.EvalContext,
) (cty.Value, hcl.Diagnostics) {
	if err := m.Spend(Cost(expr)); err != nil {
		return cty.DynamicVal, refused(err, expr.Range())
	}
	return m.Expression(expr).Value(context)
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
		return with(e, func(c *hclsyntax.TemplateExpr) { c.Parts = all(e.Parts, m.part) })
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
		return with(e, func(c *hclsyntax.BinaryOpExpr) {
			c.LHS, c.RHS = m.operand(e.Op, 0, e.LHS), m.operand(e.Op, 1, e.RHS)
		})
	case *hclsyntax.UnaryOpExpr:
		return with(e, func(c *hclsyntax.UnaryOpExpr) { c.Val = m.operand(e.Op, 0, e.Val) })
	case *hclsyntax.TupleConsExpr:
		return with(e, func(c *hclsyntax.TupleConsExpr) { c.Exprs = all(e.Exprs, m.Expression) })
	case *hclsyntax.ObjectConsExpr:
		return m.object(e)
	case *hclsyntax.ForExpr:
		return m.loop(e)
	case *hclsyntax.IndexExpr:
		return with(e, func(c *hclsyntax.IndexExpr) {
			c.Collection, c.Key = m.Expression(e.Collection), number(m.Expression(e.Key))
		})
	case *hclsyntax.SplatExpr:
		return with(e, func(c *hclsyntax.SplatExpr) {
			c.Source, c.Each = m.paid(e.Source), m.repeated(e.Each)
		})
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
	c.CollExpr, c.ValExpr = m.Expression(e.CollExpr), m.repeated(e.ValExpr)
	if e.KeyExpr != nil {
		c.KeyExpr = m.asText(m.repeated(e.KeyExpr))
	}
	if e.CondExpr != nil {
		c.CondExpr = m.repeated(e.CondExpr)
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

// operand returns an operand of an operation, which is paid for as a whole.
func (m *Meter) operand(
	of *hclsyntax.Operation, at int, expr hclsyntax.Expression,
) hclsyntax.Expression {
	if holds(of.Impl.Params()[at].Type, cty.Number) {
		return number(m.paid(expr))
	}
	return m.paid(expr)
}

// paid returns an expression whose value is paid for as a whole.
func (m *Meter) paid(expr hclsyntax.Expression) hclsyntax.Expression {
	return paid{m.Expression(expr), m, 0}
}

// repeated returns an expression that pays for its value and for its length each time that it is
// evaluated.
func (m *Meter) repeated(expr hclsyntax.Expression) hclsyntax.Expression {
	return paid{m.Expression(expr), m, made + Cost(expr)}
}

// Cost returns what evaluating an expression costs, beside the values that it makes.
func Cost(expr hclsyntax.Expression) int {
	at := expr.Range()
	cost := 2 * max(at.End.Byte-at.Start.Byte, 0)
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		if _, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
			cost += found
		}
		return nil
	})
	return cost
}

// A paid expression pays for its value.
type paid struct {
	hclsyntax.Expression
	meter *Meter
	each  int // what an evaluation costs
}

func (p paid) Value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if p.meter.Spent() {
		return cty.DynamicVal, nil
	}
	v, diags := p.Expression.Value(context)
	if diags.HasErrors() {
		p.meter.take(p.each + failed) // the diagnostics say enough
		return v, diags
	}
	if err := p.meter.Spend(p.each); err != nil {
		return cty.DynamicVal, refused(err, p.Range())
	}
	if err := p.meter.pay(v, made); err != nil {
		return cty.DynamicVal, refused(err, p.Range())
	}
	return v, diags
}

// choice returns a result of a condition. Both results become of one type, for which the elements'
// types are compared in pairs.
func (m *Meter) choice(expr hclsyntax.Expression) hclsyntax.Expression {
	return converted{m.paid(expr), func(v cty.Value) (cty.Value, error) {
		if v.Type().IsTupleType() {
			return v, m.Spend(square(v.Type().Length()))
		}
		return v, nil
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
		if takes(e.Name, f, i, cty.Number, reading) {
			c.Args[i] = number(c.Args[i])
		}
		if takes(e.Name, f, i, cty.String, writing) {
			c.Args[i] = m.asText(c.Args[i])
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
	t := argument(f, arg)
	return name == "tolist" || name == "toset" || t.IsListType() || t.IsSetType()
}

// These functions make numbers of texts, or texts of numbers, without a parameter that says so.
var (
	reading = []string{"format", "formatlist", "tonumber"}
	writing = []string{"format", "formatlist", "jsonencode", "tostring"}
)

// takes reports whether a function takes an argument of a type, or one that holds such values, or
// is one of those others.
func takes(name string, f function.Function, arg int, of cty.Type, others []string) bool {
	return slices.Contains(others, name) || holds(argument(f, arg), of)
}

// argument returns the type of an argument. One too many may be of any.
func argument(f function.Function, at int) cty.Type {
	switch params := f.Params(); {
	case at < len(params):
		return params[at].Type
	case f.VarParam() != nil:
		return f.VarParam().Type
	}
	return cty.DynamicPseudoType
}

// list returns a tuple whose elements have one type as a list, and another value as it is. It
// returns an error if not enough is left for what the HCL library does with it.
func (m *Meter) list(v cty.Value) (cty.Value, error) {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsTupleType() ||
		v.LengthInt() == 0 {
		return v, nil
	}
	types := v.Type().TupleElementTypes()
	for _, t := range types {
		if t.HasDynamicTypes() || !t.Equals(types[0]) {
			return v, m.Spend(square(len(types)))
		}
	}
	return cty.ListVal(v.AsValueSlice()), nil
}

// lists is list for each element of a tuple, which are the arguments of a function.
func (m *Meter) lists(v cty.Value) (cty.Value, error) {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsTupleType() {
		return v, nil
	}
	all := v.AsValueSlice()
	for i := range all {
		var err error
		if all[i], err = m.list(all[i]); err != nil {
			return v, err
		}
	}
	return cty.TupleVal(all), nil
}

// square is what comparing n types in pairs costs.
func square(n int) int { return times(n, n) }

// part returns a part of a template, which becomes a text.
func (m *Meter) part(expr hclsyntax.Expression) hclsyntax.Expression {
	return m.asText(m.paid(expr))
}

// asText returns an expression that pays for the numbers in its value, which become texts.
func (m *Meter) asText(expr hclsyntax.Expression) hclsyntax.Expression {
	return converted{expr, func(v cty.Value) (cty.Value, error) {
		cost := 0
		cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
			if v.Type() == cty.Number {
				cost += inText
			}
			return cost <= budget, nil
		})
		return v, m.Spend(cost)
	}}
}

// number returns an expression whose value may become a number.
func number(expr hclsyntax.Expression) hclsyntax.Expression {
	return converted{expr, func(v cty.Value) (cty.Value, error) { return v, checkDigits(v) }}
}

// A converted expression changes its value, or has none where that is a mistake.
type converted struct {
	hclsyntax.Expression
	convert func(cty.Value) (cty.Value, error)
}

func (c converted) Value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := c.Expression.Value(context)
	if diags.HasErrors() {
		return v, diags
	}
	v, err := c.convert(v)
	if err != nil {
		return cty.DynamicVal, refused(err, c.Range())
	}
	return v, diags
}

// refused returns the diagnostic of an expression there.
func refused(err error, at hcl.Range) hcl.Diagnostics {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: err.Error(), Subject: &at}
	if m, ok := err.(*mistake); ok {
		d.Detail = m.hint
	}
	return hcl.Diagnostics{d}
}
