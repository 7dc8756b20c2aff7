package specs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"snellen/specs/builtin"
	"snellen/specs/secret"
)

// This file evaluates variables and locals, before anything else in a spec. A variable or a local
// with a mistake becomes unresolved, and expressions that use it are skipped: one mistake
// causes one message, however often its name is used.

// envPrefix is the prefix of environment variables that set variables of a spec.
const envPrefix = "SNELLEN_VAR_"

// A Variable is a variable block as it is written.
type Variable struct {
	Name, Description string
	Sensitive         bool
}

// Variables returns the variables that a spec declares, whether or not the rest of it is valid. A
// file that cannot be read declares none.
func Variables(path string) []Variable {
	n := newCollector()
	src, err := builtin.ReadFile(path, builtin.MaxSize)
	if err != nil {
		return nil
	}
	body := n.parse(filepath.ToSlash(path), src)
	if body == nil {
		return nil
	}
	var list []Variable
	m := builtin.NewMeter()
	for _, b := range blocksOf(body, variableBlock.name) {
		if len(b.Labels) != 1 {
			continue
		}
		v := Variable{Name: b.Labels[0], Sensitive: secret.IsDeclared(b, m)}
		if a := b.Body.Attributes["description"]; a != nil {
			if value, diags := m.Value(a.Expr, nil); !diags.HasErrors() &&
				value.Type() == cty.String &&
				value.IsKnown() && !value.IsNull() {
				v.Description = value.AsString()
			}
		}
		list = append(list, v)
	}
	return list
}

// A callerValue is a variable's value as the caller gave it: a string, or a value from a file.
type callerValue struct {
	text  string
	value cty.Value // cty.NilVal: it is text
	dir   string    // folder of its relative paths
	at    hcl.Range
}

// A variable is a decoded variable block.
type variable struct {
	name         string
	typ          cty.Type // cty.DynamicPseudoType: any
	defaultValue cty.Value
	header       hcl.Range
}

// readVariables fills the scope with the spec's variables. Names that only the environment sets are
// not mistakes: it may belong to another study.
func (l *loader) readVariables(blocks []*hclsyntax.Block) {
	declared := map[string]bool{}
	for _, b := range blocks {
		name := l.blockLabel(b)
		declared[name] = true
		if a := b.Body.Attributes["default"]; secret.IsDeclared(b, l.meter) {
			l.secrets["var."+name] = []string{name}
			if a != nil {
				l.sources[l.file] = secret.Blank(l.sources[l.file], a.Expr.Range())
			}
		}
	}
	calls := l.callerValues(func(name string) bool {
		return !declared[name] || l.secrets["var."+name] != nil
	})
	var names []string
	first := map[string]hcl.Range{}
	for _, b := range blocks {
		v, ok := l.readVariable(b)
		if v.name == "" || !l.checkUnique(first, "variable", v.name, v.header) {
			continue
		}
		names = append(names, v.name)
		call, isGiven := calls[v.name]
		delete(calls, v.name)
		if !ok {
			l.unresolved["var."+v.name] = true
			continue
		}
		l.setVariable(v, call, isGiven)
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if call := calls[name]; call.at.Filename != "" {
			l.add(call.at, l.suggest(name, names),
				fmt.Sprintf("%s has no variable %q", l.file, name))
		}
	}
	l.context = nil
}

// readVariable reads a variable block. It reports whether the block is valid.
func (l *loader) readVariable(b *hclsyntax.Block) (v variable, ok bool) {
	s := l.decode(variableBlock, b.Body, b.DefRange(), nil)
	v = variable{name: l.blockLabel(b), typ: cty.String, defaultValue: cty.NilVal, header: s.header}
	if v.name != "" && !hclsyntax.ValidIdentifier(v.name) {
		l.add(labelRange(b), "use letters, digits, _ and -",
			fmt.Sprintf("%q is not a valid variable name", v.name))
		v.name = ""
	}
	ok = !s.invalid["default"]
	if d, set := s.values["default"].(cty.Value); set {
		v.defaultValue, v.typ = d, d.Type()
		if !d.Type().IsPrimitiveType() {
			v.typ = cty.DynamicPseudoType
		}
	}
	if a := b.Body.Attributes["type"]; a != nil {
		of, diags := typeexpr.TypeConstraint(a.Expr)
		l.addHCL(diags, a.Expr.Range())
		if diags.HasErrors() {
			return v, false
		}
		v.typ = of
		ok = l.convertDefault(&v, s) && ok
	}
	return v, ok
}

// convertDefault converts the default to the declared type. It reports whether that is possible.
func (l *loader) convertDefault(v *variable, s *section) bool {
	if v.defaultValue == cty.NilVal {
		return true
	}
	converted, err := builtin.Convert(v.defaultValue, v.typ)
	if err != nil {
		l.add(s.at("default"), "",
			fmt.Sprintf("the default of %s is not a %s%s", v.name, v.typ.FriendlyName(),
				l.reason(v.name, err)))
		return false
	}
	v.defaultValue = converted
	return true
}

// setVariable sets a variable to the caller's value, or else to its default.
func (l *loader) setVariable(v variable, call callerValue, isGiven bool) {
	value, problem := v.defaultValue, ""
	switch {
	case isGiven:
		value, problem = l.convertValue(v, call)
	case value == cty.NilVal && l.options.AllowUnset:
		l.unresolved["var."+v.name] = true
		return
	case value == cty.NilVal:
		hint := fmt.Sprintf("pass -var %s=..., set %s%s, or give it a default", v.name, envPrefix,
			v.name)
		if l.secrets["var."+v.name] != nil {
			hint = "it is sensitive: set " + envPrefix + v.name
		}
		l.add(v.header, hint, fmt.Sprintf("variable %q has no value", v.name))
		l.unresolved["var."+v.name] = true
		return
	}
	if problem == "" {
		problem = tooLarge(value)
	}
	if problem != "" {
		at, hint := call.at, ""
		if at.Filename == "" {
			at = v.header
		}
		if isGiven && call.at.Filename == "" {
			hint = "it is set by " + envPrefix + v.name
		}
		l.add(at, hint, problem)
		l.unresolved["var."+v.name] = true
		return
	}
	if l.secrets["var."+v.name] != nil {
		value = secret.Hidden(value)
	}
	l.variables[v.name] = value
}

// reason returns an error after a colon, or "" for a sensitive variable's, which may quote it.
func (l *loader) reason(variable string, err error) string {
	if l.secrets["var."+variable] != nil {
		return ""
	}
	return fmt.Sprintf(": %v", err)
}

// convertValue converts the caller's value to the variable's type. It returns what is wrong with
// it, or "".
func (l *loader) convertValue(v variable, call callerValue) (cty.Value, string) {
	value := call.value
	if value == cty.NilVal {
		value = cty.StringVal(call.text)
		if !v.typ.IsPrimitiveType() {
			parsed, ok := l.parseLiteral(call)
			if !ok && v.typ != cty.DynamicPseudoType {
				return cty.NilVal, fmt.Sprintf(
					"the value of %q is not a %s: write it as in a spec, like [\"a\", \"b\"]",
					v.name, v.typ.FriendlyName())
			}
			if ok {
				value = parsed
			}
		}
	}
	converted, err := builtin.Convert(value, v.typ)
	if err != nil || !converted.IsWhollyKnown() {
		return cty.NilVal, fmt.Sprintf("the value of %q is not a %s%s", v.name,
			v.typ.FriendlyName(), l.reason(v.name, err))
	}
	if converted.Type() == cty.String && !converted.IsNull() {
		converted = cty.StringVal(absoluteIfExists(call.dir, converted.AsString()))
	}
	return converted, ""
}

// parseLiteral parses a string as an expression that uses no names.
func (l *loader) parseLiteral(call callerValue) (cty.Value, bool) {
	src := []byte(call.text)
	if _, problem, _ := unreadable("value", src); problem != "" || len(src) > builtin.MaxSize {
		return cty.NilVal, false
	}
	expr, diags := hclsyntax.ParseExpression(src, "value", hcl.InitialPos)
	if diags.HasErrors() || len(expr.Variables()) > 0 {
		return cty.NilVal, false
	}
	v, diags := builtin.Value(expr, nil)
	return v, !diags.HasErrors() && v.IsWhollyKnown()
}

// absoluteIfExists makes a relative path absolute if it exists. It returns every other string
// unchanged.
func absoluteIfExists(dir, text string) string {
	if text == "" || filepath.IsAbs(text) || strings.ContainsRune(text, 0) {
		return text
	}
	path, err := filepath.Abs(builtin.NewFinder(dir).Find(text))
	if err != nil {
		return text
	}
	if _, err := os.Stat(path); err != nil {
		return text
	}
	return path
}

// callerValues returns the caller's values by name. NAME.vars.hcl overrides the environment, and
// the caller's assignments override both, in their order. What is said of the variables that hide
// reports does not show their values.
func (l *loader) callerValues(hide func(name string) bool) map[string]callerValue {
	all := map[string]callerValue{}
	for _, pair := range l.options.Env {
		if name, ok := envVariable(pair); ok {
			_, value, _ := strings.Cut(pair, "=")
			// Unknown names are ignored: they may belong to another study.
			all[name] = callerValue{text: value}
		}
	}
	if path := VarsPath(l.path); l.options.Vars != nil {
		l.readVars(filepath.ToSlash(path), l.options.Vars, all, hide)
	} else if builtin.IsRegular(path) {
		l.readVarFile(path, all, hide)
	}
	for _, g := range l.options.Assignments {
		if g.File != "" {
			l.readVarFile(g.File, all, hide)
			continue
		}
		source := "-var " + g.Name
		if l.sources[source] = []byte(g.Name + "=" + g.Value); hide(g.Name) {
			l.sources[source] = []byte(g.Name + "=...")
		}
		at := hcl.Range{Filename: source, Start: hcl.InitialPos,
			End: hcl.Pos{Line: 1, Column: len([]rune(g.Name)) + 1}}
		all[g.Name] = callerValue{text: g.Value, at: at}
	}
	return all
}

// envVariable returns the name of the variable that "SNELLEN_VAR_name=value" sets.
func envVariable(pair string) (string, bool) {
	name, _, _ := strings.Cut(pair, "=")
	name, ok := strings.CutPrefix(name, envPrefix)
	return name, ok && name != ""
}

// VarsPath returns the variables file that belongs to a spec: snacks.vars.hcl for snacks.hcl.
func VarsPath(spec string) string { return strings.TrimSuffix(spec, ".hcl") + ".vars.hcl" }

// readVarFile reads a file of variables. Relative paths in it start at its own folder.
func (l *loader) readVarFile(
	path string, into map[string]callerValue, hide func(name string) bool,
) {
	name := filepath.ToSlash(path)
	src, err := builtin.ReadFile(path, builtin.MaxSize)
	if err != nil {
		l.add(fileStart(name), "-var-file names a file of lines like: footage = \"clips\"",
			err.Error())
		return
	}
	l.readVars(name, src, into, hide)
}

// readVars reads the text of a file of variables.
func (l *loader) readVars(
	name string, src []byte, into map[string]callerValue, hide func(name string) bool,
) {
	before := len(l.list)
	body := l.parse(name, src)
	if body == nil {
		for i := range l.list[before:] {
			if len(l.secrets) > 0 { // the line may have one
				l.list[before+i].source = nil
			}
		}
		return
	}
	for _, a := range body.Attributes {
		if hide(a.Name) {
			l.sources[name] = secret.Blank(l.sources[name], a.Expr.Range())
		}
	}
	for _, b := range body.Blocks {
		l.add(b.DefRange(), "write only lines like NAME = VALUE",
			"a file of variables cannot contain blocks")
	}
	for _, a := range body.Attributes {
		var v cty.Value
		var ok bool
		if !hide(a.Name) {
			v, ok = l.evalKnown(a.Expr, nil, false)
		} else if v, ok = secret.Value(l.meter.Expression(a.Expr), l.evalContext(nil)); !ok {
			l.add(a.NameRange, `write a value: NAME = "TEXT"`,
				"the value of "+a.Name+" cannot be evaluated")
		}
		if ok {
			into[a.Name] = callerValue{value: v, dir: filepath.Dir(name), at: a.NameRange}
		}
	}
}

// readLocals fills the scope with the spec's locals. Each is evaluated after those that it uses.
func (l *loader) readLocals(blocks []*hclsyntax.Block) {
	all := map[string]*hclsyntax.Attribute{}
	for _, b := range blocks {
		l.decode(localsBlock, b.Body, b.DefRange(), nil)
		for _, name := range slices.Sorted(maps.Keys(b.Body.Attributes)) {
			a := b.Body.Attributes[name]
			if first := all[name]; first != nil {
				l.add(a.NameRange, "", fmt.Sprintf(
					"local %q is declared twice; the first is at line %d", name,
					min(first.NameRange.Start.Line, a.NameRange.Start.Line)))
				continue
			}
			all[name] = a
		}
	}
	if len(all) > maxLocals {
		l.add(blocks[0].DefRange(), "",
			fmt.Sprintf("a study may have at most %d locals, and this has %d", maxLocals, len(all)))
		return
	}
	r := &resolver{loader: l, all: all, done: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r.resolve(name)
	}
}

// A resolver evaluates locals, depth first.
type resolver struct {
	*loader
	all   map[string]*hclsyntax.Attribute
	done  map[string]bool
	stack []string // names being evaluated
}

// resolve evaluates the local of that name after those that it uses. A cycle is recorded once, and
// makes its locals unresolved.
func (r *resolver) resolve(name string) {
	a := r.all[name]
	if a == nil || r.done[name] {
		return
	}
	if i := slices.Index(r.stack, name); i >= 0 {
		circle := append(slices.Clone(r.stack[i:]), name)
		r.add(a.NameRange, "", "locals form a cycle: "+strings.Join(circle, " -> "))
		r.unresolved["local."+name] = true
		return
	}
	r.stack = append(r.stack, name)
	for _, t := range a.Expr.Variables() {
		if t.RootName() != "local" || len(t) < 2 {
			continue
		}
		if attr, ok := t[1].(hcl.TraverseAttr); ok {
			r.resolve(attr.Name)
		}
	}
	r.stack = r.stack[:len(r.stack)-1]
	r.done[name] = true
	if r.unresolved["local."+name] {
		return
	}
	v, ok := r.eval(a.Expr, nil, false)
	if !ok {
		r.unresolved["local."+name] = true
		return
	}
	if !v.IsWhollyKnown() {
		for _, t := range a.Expr.Variables() {
			_, of := secret.Of(t, r.secrets)
			r.secrets["local."+name] = secret.Sorted(append(r.secrets["local."+name], of...))
		}
	}
	r.locals[name], r.context = v, nil
}
