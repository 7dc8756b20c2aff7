package lsp

import (
	"slices"

	"github.com/hashicorp/hcl-lang/lang"
	"github.com/hashicorp/hcl-lang/schema"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs"
)

// rootSchema returns the language in the library's form. The names of each kind are offered as
// values of the attributes that refer to them.
func rootSchema(names map[string][]string) *schema.BodySchema {
	return bodySchema(specs.BlockDoc{Blocks: specs.Language()}, names)
}

// bodySchema returns a block's body in the library's form. Unsupported attributes are left out, so
// that they are not offered.
func bodySchema(doc specs.BlockDoc, names map[string][]string) *schema.BodySchema {
	b := &schema.BodySchema{Attributes: map[string]*schema.AttributeSchema{},
		Blocks: map[string]*schema.BlockSchema{}}
	for _, a := range doc.Attributes {
		if !a.Unsupported {
			b.Attributes[a.Name] = attributeSchema(doc, a, names)
		}
	}
	for _, child := range doc.Blocks {
		addBlock(b.Blocks, child, names)
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
func addBlock(to map[string]*schema.BlockSchema, doc specs.BlockDoc, names map[string][]string) {
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
	inner := bodySchema(doc, names)
	if doc.Label == "" {
		b.Body = inner
		return
	}
	of := schema.LabelSchema{Name: "name", IsDepKey: true, Completable: true}
	fixed := []string{doc.Label}
	switch doc.Label {
	case anyLabel:
		of, fixed, b.Body = schema.LabelSchema{Name: "name"}, nil, inner
	case resolutionLabel:
		fixed, b.Body = names["resolution"], inner
	}
	of.Description, inner.Description = lang.Markdown(doc.Text), lang.Markdown(doc.Text)
	b.Labels = []*schema.LabelSchema{&of}
	if b.DependentBody == nil {
		b.DependentBody = map[schema.SchemaKey]*schema.BodySchema{}
	}
	for _, name := range fixed {
		b.DependentBody[schema.NewSchemaKey(schema.DependencyKeys{
			Labels: []schema.LabelDependent{{Index: 0, Value: name}}})] = inner
	}
}

// anyLabel is the label of a block that the user names, and resolutionLabel the label of one that
// refers to a resolution.
const (
	anyLabel        = "NAME"
	resolutionLabel = "RESOLUTION"
)

// attributeSchema returns an attribute in the library's form.
func attributeSchema(
	block specs.BlockDoc, doc specs.AttributeDoc, names map[string][]string,
) *schema.AttributeSchema {
	return &schema.AttributeSchema{
		IsRequired: doc.Required, IsOptional: !doc.Required, Description: lang.Markdown(doc.Text),
		Constraint: constraint(block, doc, names),
	}
}

// constraint returns what may be written after the equals sign.
func constraint(
	block specs.BlockDoc, doc specs.AttributeDoc, names map[string][]string,
) schema.Constraint {
	choices := doc.Choices
	attr := [2]string{block.Name, doc.Name}
	for _, name := range slices.Concat(words[attr], names[referring[attr]]) {
		choices = append(choices, cty.StringVal(name))
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
