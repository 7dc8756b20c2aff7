package specs

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// A BlockDoc is a block of the language as editors show it. It is made from the table that reads specs, as the reference
// is, so that the three say the same.
type BlockDoc struct {
	Name         string
	Label        string // the only label it may have, or "NAME" for any; "" for none
	Single       bool   // at most one in its place
	Required     bool   // at least one in its place
	AnyAttribute bool   // its attributes are the person's own
	Text         string // Markdown
	Attributes   []AttributeDoc
	Blocks       []BlockDoc
}

// An AttributeDoc is an attribute of a block.
type AttributeDoc struct {
	Name        string
	Type        cty.Type // cty.DynamicPseudoType: any
	Required    bool
	Unsupported bool        // giving it is a mistake in this version
	Choices     []cty.Value // all that it may be; nil: more
	Text        string      // Markdown
}

// Language gives all blocks of a spec, in the order of the reference.
func Language() []BlockDoc { return blockDocs(language.blocks) }

func blockDocs(blocks []*block) []BlockDoc {
	var all []BlockDoc
	for _, b := range blocks {
		d := BlockDoc{Name: b.name, Label: b.label, Single: b.single, Required: b.required, AnyAttribute: b.anyAttribute, Text: b.meaning + b.countDoc(), Blocks: blockDocs(b.blocks)}
		for _, a := range b.attributes {
			d.Attributes = append(d.Attributes, a.doc())
		}
		all = append(all, d)
	}
	return all
}

func (a attribute) doc() AttributeDoc {
	d := AttributeDoc{Name: a.name, Type: a.kind.ctyType(), Required: a.isRequired, Unsupported: a.unsupported != "", Text: a.markdown()}
	if a.kind != anyKind { // it may be an expression of a type, which has no values
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

// explained is all that the reference's row says of an attribute.
func (a attribute) markdown() string {
	if a.unsupported != "" {
		return "Not in this version: " + a.unsupported + "."
	}
	text := a.meaning + "\n\n" + a.valueDoc()
	if usual := a.defaultDoc(); usual != "" && !a.isRequired {
		text += "; default: " + usual
	}
	return text
}

// of is the type of the values of a kind.
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

// Functions are those that a spec in this folder may call.
func Functions(dir string) map[string]function.Function { return functions(dir) }

// Parse reads a spec's bytes for an editor, as far as they can be read: the blocks and attributes around a mistake are
// there. It is nil where nothing can be read, or must not be.
func Parse(name string, src []byte) *hcl.File {
	if len(src) > maxSource {
		return nil
	}
	if _, problem, _ := unreadable(name, src); problem != "" {
		return nil
	}
	file, _ := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	return file
}

// Span gives the bytes that the diagnostic is about, as places in the source of At.File. Where no more than the line is
// known, it is the line.
func (d Diagnostic) Span() (from, to int) {
	if d.offset == 0 && d.end.Byte == 0 && d.At.Line > 1 {
		for range d.At.Line - 1 {
			_, rest, _ := strings.Cut(string(d.source[from:]), "\n")
			from = len(d.source) - len(rest)
		}
		line, _, _ := strings.Cut(string(d.source[from:]), "\n")
		return from + len(line) - len(strings.TrimLeft(line, " \t")), from + len(strings.TrimRight(line, " \t\r"))
	}
	return min(d.offset, len(d.source)), min(max(d.offset, d.end.Byte), len(d.source))
}

// Full is the message with its hint.
func (d Diagnostic) Text() string {
	if d.Hint == "" {
		return d.Message
	}
	return fmt.Sprintf("%s\n%s", strings.TrimSuffix(d.Message, "."), d.Hint)
}
