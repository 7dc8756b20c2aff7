package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"snellen/cmd/snellen/cmdline"
	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/engine/step"
	"snellen/specs"
	"snellen/steps/sagemaker"
)

// This file has the options that several commands share. A command embeds those that it has and
// declares them in its own flags.

// specOptions are the options of a command that loads a study: -var and -var-file.
type specOptions struct{ typed []assignment }

// An assignment is one -var or -var-file as it was typed.
type assignment struct {
	text string
	file bool
}

func (o *specOptions) flags(f *pflag.FlagSet) {
	f.Var(assignments{&o.typed, false}, "var",
		"set a variable, `name=value`; may be repeated, and the last counts")
	f.Var(assignments{&o.typed, true}, "var-file", "read variables from `FILE`, as -var")
}

// assignments is the value of -var and of -var-file. Both share a list: the order in which they
// stand counts.
type assignments struct {
	list *[]assignment
	file bool
}

func (v assignments) Set(text string) error {
	*v.list = append(*v.list, assignment{text, v.file})
	return nil
}

func (v assignments) String() string { return "" }
func (v assignments) Type() string   { return "string" }

// variables returns the assignments that were typed.
func (o *specOptions) variables() ([]specs.Assignment, error) { return parseAssignments(o.typed) }

func parseAssignments(typed []assignment) ([]specs.Assignment, error) {
	var list []specs.Assignment
	for _, one := range typed {
		name, value, ok := strings.Cut(one.text, "=")
		switch {
		case one.file && one.text == "":
			return nil, step.WithHint(errors.New("-var-file names no file"),
				"write -var-file snacks.vars.hcl")
		case one.file:
			list = append(list, specs.Assignment{File: one.text})
		case strings.HasPrefix(one.text, "-"):
			flag := strings.Replace(one.text, "--", "-", 1)
			return nil, step.WithHint(fmt.Errorf("-var needs a value, and %s is a flag", flag),
				"write -var name=value")
		case !ok || name == "":
			return nil, step.WithHint(errors.New("-var has no name and value"),
				"write -var name=value") // the text may be a secret
		default:
			list = append(list, specs.Assignment{Name: name, Value: value})
		}
	}
	return list, nil
}

// words returns a command's words followed by those that give the same variables again.
func (o *specOptions) words(command ...string) []string {
	for _, one := range o.typed {
		name := "-var"
		if one.file {
			name = "-var-file"
		}
		command = append(command, name, one.text)
	}
	return command
}

// read loads the study that the arguments name, and returns its mistakes.
func (o *specOptions) read(a *app, args []string,
	use project.Use) (*specs.Study, specs.Diagnostics, error) {
	variables, err := o.variables()
	if err != nil {
		return nil, nil, err
	}
	s, list, err := project.Load(args, variables, use)
	if s != nil {
		a.secrets = s.Secrets
	}
	return s, list, err
}

// load loads the study that the arguments name. Its mistakes are printed, all at once.
func (o *specOptions) load(a *app, args []string, use project.Use) (*specs.Study, error) {
	s, list, err := o.read(a, args, use)
	if err != nil {
		return nil, err
	}
	return s, a.show(list)
}

// splitSpec divides the arguments of a command that takes names, or addresses, and a spec. The
// ending says which is the spec: .hcl or, of a folder, a slash.
func splitSpec(args []string) (names, spec []string, err error) {
	for _, arg := range args {
		if strings.HasSuffix(arg, ".hcl") || strings.HasSuffix(arg, "/") || arg == "." {
			spec = append(spec, arg)
		} else {
			names = append(names, arg)
		}
	}
	if len(spec) > 1 {
		err = step.WithHint(fmt.Errorf("there is one spec too many: %s", strings.Join(spec, ", ")),
			"name one")
	}
	return names, spec, err
}

// storeOptions are the options of a command that opens the store: -store.
type storeOptions struct{ store string }

func (o *storeOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.store, "store", "",
		"keep results in `DIR` (default $SNELLEN_STORE, else snellen in the user's cache folder)")
}

// words returns a command's words followed by those that name the same store.
func (o *storeOptions) words(command ...string) []string {
	if o.store != "" {
		command = append(command, "-store", o.store)
	}
	return command
}

// studyOptions are the options of a command that opens a study with its results.
type studyOptions struct {
	specOptions
	storeOptions
	shared cmdline.Shared
}

func (o *studyOptions) flags(f *pflag.FlagSet) {
	o.specOptions.flags(f)
	o.storeOptions.flags(f)
	o.shared.Flags(f)
}

func (o *studyOptions) words(command ...string) []string {
	return o.shared.Words(o.storeOptions.words(o.specOptions.words(command...)...)...)
}

// open loads the study that the arguments name, builds its graph and opens the store. Nothing is
// written.
func (o *studyOptions) open(a *app, args []string, use project.Use) (*project.Project, error) {
	s, err := o.load(a, args, use)
	if err != nil {
		return nil, err
	}
	return project.New(s, o.store, string(o.shared))
}

// jsonOptions are the options of a command that prints one JSON value: -json.
type jsonOptions struct{ json bool }

func (o *jsonOptions) flags(f *pflag.FlagSet, what string) {
	f.BoolVar(&o.json, "json", false, what)
}

// streamOptions are the options of a command that prints JSON lines: -json.
type streamOptions struct{ asked bool }

func (o *streamOptions) flags(f *pflag.FlagSet, what string) {
	f.BoolVar(&o.asked, "json", false, what)
}

// streams reports whether the command was asked to print JSON lines.
func (o *streamOptions) streams() bool { return o.asked }

// choiceOptions choose a part of a study: -target, -exclude and -replace.
type choiceOptions struct{ choice project.Choice }

func (o *choiceOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.choice.Targets, "target", nil,
		"only the steps whose address fits `PATTERN`, such as "+
			"320x240/** or */train, and what they need; may be repeated")
	f.StringArrayVar(&o.choice.Excludes, "exclude", nil,
		"not the steps whose address fits `PATTERN`, and not what needs them; may be repeated")
	f.StringArrayVar(&o.choice.Replace, "replace", nil,
		"run the steps whose address fits `ADDRESS` again though they are cached; may be repeated")
}

// coresOptions bound how much runs at once: -parallelism.
type coresOptions struct{ cores int }

func (o *coresOptions) flags(f *pflag.FlagSet) {
	f.IntVar(&o.cores, "parallelism", runtime.NumCPU(), "take at most `N` cores")
}

// given returns the words that bound another command likewise.
func (o *coresOptions) given() []string {
	if o.cores == runtime.NumCPU() {
		return nil
	}
	return []string{"-parallelism", strconv.Itoa(o.cores)}
}

// check refuses a -parallelism of nothing.
func (o *coresOptions) check() error {
	if o.cores < 1 {
		return errors.New("-parallelism must be 1 or more")
	}
	return nil
}

// pools returns how much there is of each pool.
func (o *coresOptions) pools(p *project.Project) map[string]int {
	all := map[string]int{"cpu": o.cores}
	if c := p.Study.Trainer.SageMaker; c != nil {
		all[sagemaker.Pool] = c.Parallel
	}
	return all
}

// approvalOptions are the options of a command that asks first: -auto-approve and -input.
type approvalOptions struct{ approved, input bool }

func (o *approvalOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.approved, "auto-approve", false, "do not ask")
	f.BoolVar(&o.input, "input", true, "ask where there is a terminal; -input=false never asks")
}

// confirm asks for a yes, unless -auto-approve stands for it. Without a terminal nobody is asked,
// and the answer is no. The error of a no ends with unchanged, which says what was left alone.
func (o *approvalOptions) confirm(ctx context.Context, a *app, question, unchanged string) error {
	if o.approved {
		return nil
	}
	if !o.input || !view.IsTerminal(a.in) {
		err := fmt.Errorf("approval is needed, and there is no terminal to ask at; %s", unchanged)
		return step.WithHint(err, "pass -auto-approve")
	}
	fmt.Fprint(a.err, question+" Only \"yes\" is accepted: ")
	answer, err := a.readLine(ctx)
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errors.New("not approved; " + unchanged)
	}
	return nil
}
