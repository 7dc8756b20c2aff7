package specs

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"snellen/specs/builtin"
)

// Examples are the example studies: examples/*.hcl, and examples/command.
//
//go:embed examples
var Examples embed.FS

// Starter returns a commented spec to start a study with.
func Starter() string {
	data, err := Examples.ReadFile("examples/starter.hcl")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(data)
}

// Reference returns the reference of the language as Markdown.
func Reference() string {
	var w strings.Builder
	for _, b := range language.blocks {
		b.writeReference(&w, "")
	}
	w.WriteString("### Functions\n\n")
	w.WriteString("`fileset(FOLDER, PATTERN)` " + builtin.FilesetDoc +
		" `folders(FOLDER)` " + builtin.FoldersDoc + " `file(PATH)` " + builtin.FileDoc +
		" All paths are relative to the spec's folder. The other functions: ")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(builtin.Standard)) {
		names = append(names, "`"+name+"`")
	}
	w.WriteString(strings.Join(names, ", ") + ".\n")
	return w.String()
}

// writeReference writes a block and the blocks within it. Inside is the name of the enclosing
// block.
func (b *block) writeReference(w *strings.Builder, inside string) {
	heading, place := "###", ""
	if inside != "" {
		heading, place = "####", ", in `"+inside+"`"
	}
	fmt.Fprintf(w, "%s `%s`%s\n\n%s%s\n\n", heading, b.title(), place, b.meaning, b.countDoc())
	if inside != "" && b.name == hyperparametersBlock.name {
		fmt.Fprintf(w, "Its attributes are those of [`%s`](#%s).\n\n", b.name, b.name)
		return
	}
	b.writeTable(w)
	for _, child := range b.blocks {
		child.writeReference(w, b.name)
	}
}

// title returns the block's name and label, as they are written.
func (b *block) title() string {
	if b.label == "" {
		return b.name
	}
	return fmt.Sprintf("%s %q", b.name, b.label)
}

// countDoc says how often the block may occur.
func (b *block) countDoc() string {
	switch {
	case b.single && b.required:
		return " Exactly one."
	case b.single:
		return " At most one."
	}
	return ""
}

// writeTable writes the block's attributes, and then the names of those that are not supported.
func (b *block) writeTable(w *strings.Builder) {
	var missing []string
	header := false
	for _, a := range b.attributes {
		if a.unsupported != "" {
			missing = append(missing, "`"+a.name+"`")
			continue
		}
		if !header {
			w.WriteString("| attribute | value | default | meaning |\n| --- | --- | --- | --- |\n")
			header = true
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", a.name, a.valueDoc(), a.defaultDoc(),
			strings.ReplaceAll(a.meaning, "|", `\|`))
	}
	if header {
		w.WriteByte('\n')
	}
	if len(missing) > 0 {
		fmt.Fprintf(w, "Not in this version: %s.\n\n", strings.Join(missing, ", "))
	}
}

// valueDoc describes the values that the attribute may have.
func (a attribute) valueDoc() string {
	if len(a.choices) > 0 {
		var all []string
		for _, c := range a.choices {
			if a.kind == stringKind {
				c = fmt.Sprintf("%q", c)
			}
			all = append(all, "`"+c+"`")
		}
		return strings.Join(all, ", ")
	}
	text := string(a.kind)
	if a.length > 0 {
		text = fmt.Sprintf("list of %d integers", a.length)
	}
	if a.limits.bounded {
		text += ", " + a.limits.String()
	}
	return text
}

// defaultDoc describes the attribute's default, or says that it is required.
func (a attribute) defaultDoc() string {
	if a.otherwise != "" {
		without := a
		without.otherwise = ""
		return without.defaultDoc() + "; pretrained: " + a.otherwise
	}
	switch {
	case a.isRequired:
		return "required"
	case a.defText != "":
		return a.defText
	case a.def == nil:
		return ""
	case a.kind == numberKind:
		return "`" + formatNumber(a.def.(float64)) + "`"
	}
	return "`" + display(a.def) + "`"
}
