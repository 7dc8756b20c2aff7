package lsp

import (
	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/schema"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs"
)

// rootSchema returns the language in the library's form. The labels are offered as values of
// expect.
func rootSchema(labels []specs.Label) *schema.BodySchema {
	return bodySchema(specs.BlockDoc{Blocks: specs.Language()}, labels)
}

// bodySchema returns a block's body in the library's form. Unsupported attributes are left out, so
// that they are not offered.
func bodySchema(doc specs.BlockDoc, labels []specs.Label) *schema.BodySchema {
	b := &schema.BodySchema{Attributes: map[string]*schema.AttributeSchema{},
		Blocks: map[string]*schema.BlockSchema{}}
	for _, a := range doc.Attributes {
		if !a.Unsupported {
			b.Attributes[a.Name] = attributeSchema(doc, a, labels)
		}
	}
	for _, child := range doc.Blocks {
		addBlock(b.Blocks, child, labels)
	}
	if doc.AnyAttribute {
		b.AnyAttribute = &schema.AttributeSchema{
			IsOptional: true, Description: lang.Markdown(doc.Text),
			Constraint: schema.AnyExpression{OfType: cty.DynamicPseudoType},
		}
	}
	return b
}

// addBlock adds a block. Blocks with the same name and different fixed labels, like trainers,
// become one block with a body for each label.
func addBlock(to map[string]*schema.BlockSchema, doc specs.BlockDoc, labels []specs.Label) {
	b := to[doc.Name]
	if b == nil {
		b = &schema.BlockSchema{Description: lang.Markdown(doc.Text), Body: &schema.BodySchema{}}
		to[doc.Name] = b
	} else {
		b.Description.Value += "\n\n" + doc.Text
	}
	if doc.Single {
		b.MaxItems = 1
	}
	inner := bodySchema(doc, labels)
	switch doc.Label {
	case "":
		b.Body = inner
	case anyLabel:
		b.Labels = []*schema.LabelSchema{{Name: "name", Description: lang.Markdown(doc.Text)}}
		b.Body = inner
	default:
		b.Labels = []*schema.LabelSchema{{Name: "name", IsDepKey: true, Completable: true}}
		inner.Description = lang.Markdown(doc.Text)
		if b.DependentBody == nil {
			b.DependentBody = map[schema.SchemaKey]*schema.BodySchema{}
		}
		b.DependentBody[schema.NewSchemaKey(
			schema.DependencyKeys{Labels: []schema.LabelDependent{{Index: 0,
				Value: doc.Label}}})] = inner
	}
}

// anyLabel is the label of a block that the user names.
const anyLabel = "NAME"

// attributeSchema returns an attribute in the library's form.
func attributeSchema(
	block specs.BlockDoc, doc specs.AttributeDoc, labels []specs.Label,
) *schema.AttributeSchema {
	return &schema.AttributeSchema{
		IsRequired: doc.Required, IsOptional: !doc.Required, Description: lang.Markdown(doc.Text),
		Constraint: constraint(block, doc, labels),
	}
}

// constraint returns what may be written after the equals sign.
func constraint(
	block specs.BlockDoc, doc specs.AttributeDoc, labels []specs.Label,
) schema.Constraint {
	choices := doc.Choices
	if doc.Name == "expect" {
		for _, l := range labels {
			choices = append(choices, cty.StringVal(l.Name))
		}
	}
	var one schema.OneOf
	for _, v := range choices {
		one = append(one, schema.LiteralValue{Value: v, Description: lang.Markdown(doc.Text)})
	}
	switch {
	case block.Name == "variable" && doc.Name == "type":
		return schema.TypeDeclaration{}
	case doc.Type == cty.List(cty.String):
		return schema.OneOf{schema.List{Elem: append(one,
			schema.AnyExpression{OfType: cty.String})}, schema.AnyExpression{OfType: doc.Type}}
	case doc.Type == cty.Bool:
		return schema.OneOf{schema.LiteralType{Type: cty.Bool},
			schema.AnyExpression{OfType: cty.Bool}}
	case len(one) > 0:
		return append(one, schema.AnyExpression{OfType: doc.Type})
	}
	return schema.AnyExpression{OfType: doc.Type}
}
