// Package secret keeps the values of sensitive variables out of all that a study's expressions
// become, and out of what is printed of the places where such a value was given.
//
// Expressions never see the value of a sensitive variable. They see a value that is unknown, so a
// function cannot return a part of it, and an error cannot quote it. What is computed from it is
// unknown too, and a study with an unknown value is refused.
package secret

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
)

// Hint says what to do with a secret instead.
const Hint = "leave it out: a program of the study can read secrets from a file outside the study"

// Hidden returns what expressions see of a value: its type.
func Hidden(v cty.Value) cty.Value { return cty.UnknownVal(v.Type()) }

// IsDeclared reports whether a variable block says that the variable is sensitive. A block that
// says it by anything but true or false counts as one that does: it may have been meant.
func IsDeclared(b *hclsyntax.Block, m *builtin.Meter) bool {
	a := b.Body.Attributes["sensitive"]
	if a == nil {
		return false
	}
	v, diags := m.Value(a.Expr, nil)
	return diags.HasErrors() || !v.RawEquals(cty.False) && !v.IsNull()
}

// Of returns a name as it is known in secrets, such as "local.login", and the sensitive variables
// that it is made of. A name that could be any of those with the same root is made of what they all
// are made of.
func Of(t hcl.Traversal, secrets map[string][]string) (name string, variables []string) {
	name = t.RootName()
	if len(t) > 1 {
		switch step := t[1].(type) {
		case hcl.TraverseAttr:
			name += "." + step.Name
			return name, secrets[name]
		case hcl.TraverseIndex:
			if step.Key.Type() == cty.String {
				name += "." + step.Key.AsString()
				return name, secrets[name]
			}
		}
	}
	for other, of := range secrets {
		if strings.HasPrefix(other, name+".") {
			variables = append(variables, of...)
		}
	}
	return name, Sorted(variables)
}

// Variables returns the sensitive variables themselves.
func Variables(secrets map[string][]string) (list []string) {
	for name := range secrets {
		if variable, is := strings.CutPrefix(name, "var."); is {
			list = append(list, variable)
		}
	}
	return Sorted(list)
}

// Sorted returns each of these names once.
func Sorted(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// Problem returns what is wrong with the use of a name, such as "local.login", that is made of
// these sensitive variables.
func Problem(name string, variables []string) string {
	if len(variables) == 1 && name == "var."+variables[0] {
		return name + " is sensitive, and would be recorded here"
	}
	last := len(variables) - 1
	all, verb := "var."+variables[last], "is"
	if last > 0 {
		all, verb = "var."+strings.Join(variables[:last], ", var.")+" and "+all, "are"
	}
	return fmt.Sprintf("%s is made of %s, which %s sensitive, and would be recorded here", name,
		all, verb)
}

// Value evaluates an expression without names, whose value must not be printed. It reports whether
// that is possible, and nothing of what is wrong otherwise.
func Value(expr hclsyntax.Expression, context *hcl.EvalContext) (v cty.Value, ok bool) {
	defer func() {
		if recover() != nil { // the HCL library panics on some malformed input
			v, ok = cty.NilVal, false
		}
	}()
	v, diags := expr.Value(context)
	return v, !diags.HasErrors() && v.IsWhollyKnown()
}

// Blank returns a source in which each byte of a range is a star, but for the ends of lines. So
// what is shown of the source around it stays as it is.
func Blank(src []byte, at hcl.Range) []byte {
	out := bytes.Clone(src)
	for i := at.Start.Byte; i < min(at.End.Byte, len(out)); i++ {
		if out[i] != '\n' && out[i] != '\r' {
			out[i] = '*'
		}
	}
	return out
}
