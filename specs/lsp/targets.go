package lsp

import (
	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/reference"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
)

// referenceTargets returns all names that expressions may refer to: var.NAME, local.NAME and, in a
// block with for_each, each.key and each.value.
func (r *analysis) referenceTargets() reference.Targets {
	var all reference.Targets
	everywhere := r.body.Range()
	for _, b := range r.body.Blocks {
		switch {
		case b.Type == "variable" && len(b.Labels) == 1:
			t := target("var", b.Labels[0], b.Range(), b.LabelRanges[0], everywhere)
			t.Type, t.Description = typeOfVariable(b.Body),
				lang.PlainText(literalString(b.Body.Attributes["description"]))
			all = append(all, t)
		case b.Type == "locals":
			for _, a := range b.Body.Attributes {
				t := target("local", a.Name, a.Range(), a.NameRange, everywhere)
				t.Type = typeOf(a)
				all = append(all, t)
			}
		}
	}
	return append(all, eachTargets(r.body)...)
}

// target returns a name that may be used inside a range. In the library's terms it is local, so
// that it may also be used in the block that declares it: locals may refer to one another.
func target(root, name string, at, header, inside hcl.Range) reference.Target {
	return reference.Target{
		LocalAddr:              lang.Address{lang.RootStep{Name: root}, lang.AttrStep{Name: name}},
		TargetableFromRangePtr: &inside, RangePtr: &at, DefRangePtr: &header,
	}
}

// eachTargets returns each.key and each.value for every block with for_each.
func eachTargets(body *hclsyntax.Body) (all reference.Targets) {
	for _, b := range body.Blocks {
		if a := b.Body.Attributes["for_each"]; a != nil {
			key := target("each", "key", a.Range(), a.NameRange, b.Body.Range())
			value := target("each", "value", a.Range(), a.NameRange, b.Body.Range())
			key.Type, value.Type = cty.String, cty.DynamicPseudoType
			all = append(all, key, value)
		}
		all = append(all, eachTargets(b.Body)...)
	}
	return all
}

// typeOfVariable returns the type that a variable block states, else its default's, else string.
func typeOfVariable(body *hclsyntax.Body) cty.Type {
	if a := body.Attributes["type"]; a != nil {
		if of, diags := typeexpr.TypeConstraint(a.Expr); !diags.HasErrors() {
			return of
		}
	}
	if a := body.Attributes["default"]; a != nil {
		return typeOf(a)
	}
	return cty.String
}

// typeOf returns an attribute's type if it can be known without evaluating names.
func typeOf(a *hclsyntax.Attribute) cty.Type {
	if len(a.Expr.Variables()) > 0 {
		return cty.DynamicPseudoType
	}
	v, diags := builtin.Value(a.Expr, nil)
	if diags.HasErrors() {
		return cty.DynamicPseudoType
	}
	return v.Type()
}

// literalString returns an attribute's value if it is a literal string, else "".
func literalString(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	v, diags := builtin.Value(a.Expr, nil)
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		return ""
	}
	return v.AsString()
}
