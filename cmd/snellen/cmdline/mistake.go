package cmdline

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/term"
)

// A Command is what a message needs to know of a command.
type Command struct {
	Path  string // "snellen plan"
	Usage string // "snellen plan [SPEC] [flags]"
	Flags *pflag.FlagSet
	Below []string // names of the commands below it
	// Others returns the other commands with each flag that they have.
	Others func() map[string][]string
}

// FlagError returns the flag parser's error in plain words, with what to type.
func (c Command) FlagError(err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return c.unknownFlag(unknown)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		name := missing.GetFlag().Name
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		return step.WithHint(fmt.Errorf("-%s needs a value", name),
			fmt.Sprintf("write -%s %s", name, value))
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return badValue(bad)
	}
	if bad, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return step.WithHint(fmt.Errorf("%q is no flag", bad.GetSpecifiedFlag()), c.help())
	}
	return step.WithHint(errors.New(strings.ReplaceAll(err.Error(), "--", "-")), c.help())
}

func (c Command) help() string { return "type " + c.Path + " -help" }

// unknownFlag names the flag that was probably meant, or a command that has it.
func (c Command) unknownFlag(unknown *pflag.NotExistError) error {
	name := unknown.GetSpecifiedName()
	others := c.Others()
	var own []string
	c.Flags.VisitAll(func(f *pflag.Flag) {
		if own = append(own, f.Name); f.Shorthand != "" {
			own = append(own, f.Shorthand)
		}
	})
	near, elsewhere := "", ""
	if len(name) > 2 {
		near = specs.Nearest(name, own)
		// of the many flags of other commands, one that only looks similar is not meant
		elsewhere = specs.Nearest(name, slices.DeleteFunc(slices.Collect(maps.Keys(others)),
			func(other string) bool { return !strings.HasPrefix(other, name[:3]) }))
	}
	hint := c.help()
	switch {
	case slices.Contains(c.Below, name):
		hint = "type " + c.Path + " " + name
	case others[name] != nil:
		hint = fmt.Sprintf("-%s is a flag of %s", name, shortList(others[name]))
	case near != "":
		hint = "did you mean -" + near + "?"
	case elsewhere != "":
		hint = fmt.Sprintf("did you mean -%s, a flag of %s?", elsewhere,
			shortList(others[elsewhere]))
	}
	return step.WithHint(fmt.Errorf("%s has no flag -%s", c.Path, name), hint)
}

// shortList names the first few.
func shortList(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// forms says what values a type of flag takes, and what to write.
var forms = map[string]struct{ is, write string }{
	"bool": {"true or false", "-%s, or leave it out"}, "int": {"a whole number", "-%s 20"},
	"int64": {"a whole number", "-%s 20"}, "float64": {"a number", "-%s 1.5"},
	"duration": {"a time with its unit", "-%s 30s"},
}

// badValue says what value a flag takes. A type of our own says that itself.
func badValue(bad *pflag.InvalidValueError) error {
	f := bad.GetFlag()
	form, ok := forms[f.Value.Type()]
	if !ok {
		return step.WithHint(fmt.Errorf("-%s cannot be %q", f.Name, bad.GetValue()),
			bad.Unwrap().Error())
	}
	return step.WithHint(fmt.Errorf("-%s must be %s, not %q", f.Name, form.is, bad.GetValue()),
		"write "+fmt.Sprintf(form.write, f.Name))
}

// CountError returns the error of a command that has another number of arguments than it takes, or
// nil. most is -1 for no limit. The hint, where it is "", is how the command is used.
func (c Command) CountError(args []string, least, most int, hint string) error {
	if len(args) >= least && (most < 0 || len(args) <= most) {
		return nil
	}
	if hint == "" {
		hint = "write " + strings.TrimSuffix(c.Usage, " [flags]")
	}
	takes := ""
	switch {
	case most == 0:
		takes = "no arguments"
	case most < 0:
		takes = "at least " + term.Count(least, "argument")
	case least == most:
		takes = term.Count(least, "argument")
	case least == 0:
		takes = "at most " + term.Count(most, "argument")
	default:
		takes = fmt.Sprintf("%d or %d arguments", least, most) // no command takes one of three
	}
	got := fmt.Sprintf("%d: %s", len(args), strings.Join(args, " "))
	if len(args) == 0 {
		got = "none"
	}
	return step.WithHint(fmt.Errorf("%s takes %s, and got %s", c.Path, takes, got), hint)
}

// NoCommand returns the error of a word that is no command below path.
func NoCommand(path, word string, known []string) error {
	hint := "one of: " + strings.Join(known, ", ")
	if near := specs.Nearest(word, known); near != "" {
		hint = fmt.Sprintf("did you mean %s %s?", path, near)
	} else if len(known) > 10 {
		hint = "type " + path + " help to see all commands"
	}
	return step.WithHint(fmt.Errorf("%s has no command %s", path, word), hint)
}
