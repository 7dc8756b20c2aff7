package lsp

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs"
)

// This file finds the names of a spec: where each is declared, and where it is referred to. The
// library knows only names in expressions, such as var.NAME; labels, resolutions and evaluations
// are referred to by strings, by the names of other blocks, and by indexes in conditions.

// A name is what a block declares. Areas of different evaluations may have the same name.
type name struct {
	kind  string // "label", "variable", "local", "each", ...
	scope string // of an area: its evaluation; of each.key: its block
	text  string
}

// A use is one place where a name is written.
type use struct {
	name
	declares bool
	from, to int    // the bytes of the name alone, without quotes
	form     form   // how it is written
	around   [2]int // the bytes that stand for it, for a cursor: local.many, "BANANA"
}

// A form is how a name is written.
type form int

const (
	inQuotes form = iota // "NAME"
	bare                 // NAME, as a block's name or an object's key
	dotted               // .NAME
)

// declaring are the blocks whose labels declare names, with the kind of the name.
var declaring = map[string]string{"variable": "variable", "label": "label",
	"resolution": "resolution", "evaluation": "evaluation", "area": "area", "grade": "grade",
	"gate": "gate"}

// repeated are the blocks that declare a name for each element of a for_each.
var repeated = map[string]string{"labels": "label", "resolutions": "resolution", "areas": "area"}

// referring are the attributes whose strings refer to names, by block and attribute.
var referring = map[[2]string]string{
	{"area", "expect"}: "label", {"areas", "expect"}: "label", {"grid", "expect"}: "label",
	{"pictures", "expect"}: "label", {"decide", "evaluations"}: "evaluation",
	{"require", "evaluation"}: "evaluation", {"require", "grade"}: "grade",
	{"decide", "reference"}: "resolution", {"decide", "at_least"}: "grade",
}

// words are what such an attribute may have in place of a name.
var words = map[[2]string][]string{{"decide", "reference"}: {"largest", "best"}}

// An index has all uses of a spec's names.
type index struct {
	text      []byte
	locals    map[string]*hclsyntax.Attribute
	following map[string]bool // locals whose strings are being looked for
	steps     int             // expressions that were looked at for strings
	uses      []use           // in the order of the text
	// other has the bytes where strings begin that are more than a name, with the attribute that is
	// made of them: renaming a label would rename its videos.
	other map[int]string
}

// newIndex finds the names of a spec.
func newIndex(body *hclsyntax.Body, text []byte) *index {
	x := &index{text: text, locals: map[string]*hclsyntax.Attribute{},
		following: map[string]bool{}, other: map[int]string{}}
	for _, b := range body.Blocks {
		if b.Type != "locals" {
			continue
		}
		for _, a := range b.Body.Attributes {
			x.locals[a.Name] = a
			x.add(x.literal(a.Name, a.NameRange).use(name{kind: "local", text: a.Name}, true))
		}
	}
	x.readBlocks(body, "", nil)
	order := map[bool]int{true: 0, false: 1} // declarations come first
	slices.SortFunc(x.uses, func(a, b use) int {
		return cmp.Or(a.from-b.from, cmp.Compare(a.kind, b.kind), cmp.Compare(a.scope, b.scope),
			order[a.declares]-order[b.declares])
	})
	// A place is listed once for each name, as a declaration if it is one: a local's string may
	// declare a label and be an area's.
	x.uses = slices.CompactFunc(x.uses, func(a, b use) bool {
		return a.from == b.from && a.name == b.name
	})
	return x
}

// add enters a use.
func (x *index) add(u use) { x.uses = append(x.uses, u) }

// readBlocks enters the names of a body's blocks. The scope is the evaluation that they are in, and
// each is the for_each around them, or nil.
func (x *index) readBlocks(body *hclsyntax.Body, scope string, each *hclsyntax.Attribute) {
	for _, b := range body.Blocks {
		inner := scope
		if b.Type == "evaluation" && len(b.Labels) == 1 {
			inner = specs.Normal(b.Labels[0])
		}
		if len(b.Labels) == 1 {
			l := x.literal(specs.Normal(b.Labels[0]), b.LabelRanges[0])
			if kind := declaring[b.Type]; kind != "" {
				x.add(l.use(scoped(kind, scope, l.text), true))
			} else if b.Type == "require" {
				x.add(l.use(name{kind: "resolution", text: l.text}, false))
			}
		}
		innerEach := cmp.Or(b.Body.Attributes["for_each"], each)
		x.readAttributes(b, scope, innerEach)
		x.readBlocks(b.Body, inner, innerEach)
	}
}

// scoped returns a name. Only areas belong to their evaluation.
func scoped(kind, scope, text string) name {
	if kind != "area" {
		scope = ""
	}
	return name{kind, scope, text}
}

// readAttributes enters the names that a block's attributes declare or refer to.
func (x *index) readAttributes(b *hclsyntax.Block, scope string, each *hclsyntax.Attribute) {
	given := b.Body.Attributes["name"]
	if kind := repeated[b.Type]; kind != "" && each != nil {
		names := x.keys(each.Expr)
		if given != nil {
			names = x.strings(given.Expr, each)
		}
		for _, l := range names {
			x.add(l.use(scoped(kind, scope, l.text), true))
		}
	}
	for _, a := range b.Body.Attributes {
		kind := referring[[2]string{b.Type, a.Name}]
		if kind != "" {
			for _, l := range x.strings(a.Expr, each) {
				x.add(l.use(name{kind: kind, text: l.text}, false))
			}
		}
		if a.Name == "condition" && b.Type == "gate" {
			x.readCondition(a.Expr)
		}
		for _, t := range a.Expr.Variables() {
			x.readTraversal(t, each)
			if t.RootName() == "each" && kind == "" && a != given {
				for _, l := range x.follow(t, each) {
					x.other[l.from] = a.Name
				}
			}
		}
	}
}

// readTraversal enters var.NAME, local.NAME, each.key and each.value.
func (x *index) readTraversal(t hcl.Traversal, each *hclsyntax.Attribute) {
	n := name{kind: map[string]string{
		"var": "variable", "local": "local", "each": "each"}[t.RootName()]}
	if n.kind == "" || len(t) < 2 || n.kind == "each" && each == nil {
		return
	}
	step, ok := x.step(t[1])
	if !ok {
		return
	}
	n.text = step.text
	if n.kind == "each" {
		n.scope = strconv.Itoa(each.NameRange.Start.Byte)
		x.add(x.literal(each.Name, each.NameRange).use(n, true))
	}
	u := step.use(n, false)
	u.around[0] = t.SourceRange().Start.Byte
	x.add(u)
}

// readCondition enters what a gate's condition refers to: resolution["320x240"], what follows it,
// and strings beside decision.resolution, decision.best or a grade.
func (x *index) readCondition(expr hclsyntax.Expression) {
	for _, t := range expr.Variables() {
		if t.RootName() != "resolution" {
			continue
		}
		kind, scope := "resolution", ""
		for _, one := range t[1:] {
			step, ok := x.step(one)
			switch {
			case ok && kind != "":
				x.add(step.use(scoped(kind, scope, step.text), false))
				if kind == "evaluation" {
					scope = step.text
				}
				kind = ""
			case ok && (step.text == "evaluation" || step.text == "area"):
				kind = step.text
			}
		}
	}
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		var sides []hclsyntax.Expression
		switch n := n.(type) {
		case *hclsyntax.BinaryOpExpr:
			sides = []hclsyntax.Expression{n.LHS, n.RHS}
		case *hclsyntax.FunctionCallExpr:
			sides = n.Args
		}
		for _, side := range sides {
			if kind := resultKind(side); kind != "" {
				x.readSides(sides, kind)
			}
		}
		return nil
	})
}

// readSides enters the strings that are compared with a result.
func (x *index) readSides(sides []hclsyntax.Expression, kind string) {
	for _, side := range sides {
		for _, l := range x.strings(side, nil) {
			x.add(l.use(name{kind: kind, text: l.text}, false))
		}
	}
}

// resultKind returns the kind of name that a result is, or "".
func resultKind(expr hclsyntax.Expression) string {
	t, ok := expr.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(t.Traversal) < 2 {
		return ""
	}
	last, ok := t.Traversal[len(t.Traversal)-1].(hcl.TraverseAttr)
	switch root := t.Traversal.RootName(); {
	case ok && root == "decision" && (last.Name == "resolution" || last.Name == "best"):
		return "resolution"
	case ok && root == "resolution" && last.Name == "grade":
		return "grade"
	}
	return ""
}

// A literal is a text that is written out.
type literal struct {
	text     string
	from, to int
	form     form
}

// use returns the use of a name that is written so.
func (l literal) use(n name, declares bool) use {
	u := use{name: n, declares: declares, from: l.from, to: l.to, form: l.form,
		around: [2]int{l.from, l.to}}
	if l.form == inQuotes {
		u.around = [2]int{l.from - 1, l.to + 1}
	}
	return u
}

// literal returns the text at a range, which may have quotes around it.
func (x *index) literal(text string, at hcl.Range) literal {
	l := literal{text: text, from: at.Start.Byte, to: at.End.Byte, form: bare}
	if written := x.text[l.from:l.to]; len(written) > 1 && written[0] == '"' {
		l.from, l.to, l.form = l.from+1, l.to-1, inQuotes
	}
	return l
}

// step returns the name in one step of a traversal: .NAME or ["NAME"].
func (x *index) step(t hcl.Traverser) (l literal, ok bool) {
	switch t := t.(type) {
	case hcl.TraverseAttr:
		to := t.SrcRange.End.Byte
		return literal{t.Name, to - len(t.Name), to, dotted}, true
	case hcl.TraverseIndex:
		at := t.SrcRange
		written := x.text[at.Start.Byte:at.End.Byte]
		from, to := bytes.IndexByte(written, '"'), bytes.LastIndexByte(written, '"')
		if t.Key.Type() != cty.String || from < 0 || from == to {
			return l, false
		}
		return literal{t.Key.AsString(), at.Start.Byte + from + 1, at.Start.Byte + to, inQuotes},
			true
	}
	return l, false
}
