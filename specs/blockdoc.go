package specs

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"snellen/specs/builtin"
)

// A BlockDoc describes a block of the language for editors. It is made from the same table that the
// decoder and the reference use, so the three cannot disagree.
type BlockDoc struct {
	Name         string
	Label        string // the only label it may have, or "NAME" for any; "" for none
	Single       bool   // at most one is allowed
	Required     bool   // at least one is required
	AnyAttribute bool   // it may have any attributes
	Text         string // Markdown
	Attributes   []AttributeDoc
	Blocks       []BlockDoc
}

// An AttributeDoc describes an attribute of a block.
type AttributeDoc struct {
	Name        string
	Type        cty.Type // cty.DynamicPseudoType: any
	Required    bool
	Unsupported bool        // using it is an error
	Choices     []cty.Value // all allowed values; nil: not limited to a list
	Text        string      // Markdown
}

// Language returns all top-level blocks of a spec, in the order of the reference.
func Language() []BlockDoc { return blockDocs(language.blocks) }

// blockDocs describes blocks and, recursively, the blocks within them.
func blockDocs(blocks []*block) []BlockDoc {
	var all []BlockDoc
	for _, b := range blocks {
		d := BlockDoc{Name: b.name, Label: b.label, Single: b.single, Required: b.required,
			AnyAttribute: b.anyAttribute, Text: b.meaning + b.countDoc(),
			Blocks: blockDocs(b.blocks)}
		for _, a := range b.attributes {
			d.Attributes = append(d.Attributes, a.doc())
		}
		all = append(all, d)
	}
	return all
}

// doc describes the attribute. Choices are listed as values, so that editors can complete them.
func (a attribute) doc() AttributeDoc {
	d := AttributeDoc{Name: a.name, Type: a.kind.ctyType(), Required: a.isRequired,
		Unsupported: a.unsupported != "", Text: a.markdown()}
	if a.kind != anyKind { // a type expression has no values to choose from
		for _, c := range a.choices {
			if a.kind == stringKind {
				d.Choices = append(d.Choices, cty.StringVal(c))
			} else {
				d.Choices = append(d.Choices, cty.MustParseNumberVal(c))
			}
		}
	}
	return d
}

// markdown returns what the reference says about the attribute, as Markdown.
func (a attribute) markdown() string {
	if a.unsupported != "" {
		return "Not in this version: " + a.unsupported + "."
	}
	text := a.meaning + "\n\n" + a.valueDoc()
	if def := a.defaultDoc(); def != "" && !a.isRequired {
		text += "; default: " + def
	}
	return text
}

// ctyType returns the type of the kind's values.
func (k kind) ctyType() cty.Type {
	switch k {
	case stringKind:
		return cty.String
	case integerKind, numberKind:
		return cty.Number
	case booleanKind:
		return cty.Bool
	case stringListKind:
		return cty.List(cty.String)
	case integerListKind:
		return cty.List(cty.Number)
	}
	return cty.DynamicPseudoType
}

// Functions returns the functions that a spec in dir may call, by name. fileset and file resolve
// relative paths against dir.
func Functions(dir string) map[string]function.Function {
	return builtin.Functions(builtin.NewFinder(dir), builtin.NewMeter())
}

// Parse parses a spec for an editor, as far as possible: blocks and attributes around a mistake are
// kept. It returns nil when src cannot be parsed at all, or would exceed the limits of this
// package.
func Parse(name string, src []byte) *hcl.File {
	if len(src) > builtin.MaxSize {
		return nil
	}
	if _, problem, _ := unreadable(name, src); problem != "" {
		return nil
	}
	file, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	return file
}

// Span returns the byte range that the diagnostic is about, in the source of At.File.
func (d Diagnostic) Span() (from, to int) {
	return min(d.offset, len(d.source)), min(max(d.offset, d.end.Byte), len(d.source))
}

// Text returns the message, and the hint on a second line if there is one.
func (d Diagnostic) Text() string {
	if d.Hint == "" {
		return d.Message
	}
	return fmt.Sprintf("%s\n%s", strings.TrimSuffix(d.Message, "."), d.Hint)
}
