package builtin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// This file says things about expressions, for messages.

// EmptyHint returns what to do about an expression that should list something and lists nothing: it
// may look into a folder, or be written out.
func EmptyHint(expr hclsyntax.Expression) string {
	looks := false
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		call, ok := n.(*hclsyntax.FunctionCallExpr)
		looks = looks || ok && (call.Name == "fileset" || call.Name == "folders")
		return nil
	})
	if looks {
		return "check the folder and the pattern"
	}
	return `write at least one element: ["a", "b"]`
}

// maxFound is how many values Found returns.
const maxFound = 6

// Found returns the values in an expression of what begins with one of those names, each once:
// "decision.decided is false". What is not known, or no number, text or truth, is left out. text is
// the expression as it is written.
func Found(expr hclsyntax.Expression, text string, in *hcl.EvalContext, names []string) []string {
	var list []string
	begin := expr.Range().Start.Byte
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n.(type) {
		case *hclsyntax.ScopeTraversalExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr:
		default:
			return nil
		}
		one := n.(hclsyntax.Expression)
		if !slices.ContainsFunc(one.Variables(), func(t hcl.Traversal) bool {
			return slices.Contains(names, t.RootName())
		}) {
			return nil
		}
		at := n.Range()
		from, to := at.Start.Byte-begin, at.End.Byte-begin
		value := shown(one, in)
		if value == "" || from < 0 || to > len(text) {
			return nil
		}
		says := strings.Join(strings.Fields(text[from:to]), " ") + " is " + value
		if !slices.Contains(list, says) && len(list) < maxFound {
			list = append(list, says)
		}
		return nil
	})
	return list
}

// shown returns the value of an expression as a message has it, or "". A panic of the HCL library
// counts as none.
func shown(expr hclsyntax.Expression, in *hcl.EvalContext) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	v, diags := expr.Value(in)
	if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return ""
	}
	switch v.Type() {
	case cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return strconv.FormatFloat(f, 'g', 4, 64)
	case cty.String:
		return strconv.Quote(v.AsString())
	case cty.Bool:
		return strconv.FormatBool(v.True())
	}
	return ""
}
