package main

import (
	"fmt"
	"strings"

	"snellen/engine/step"
	"snellen/specs"
)

// An assignment is one -var or -var-file as it was typed.
type assignment struct {
	text string
	file bool
}

// Assignments are the flags -var and -var-file, which share a list: the order in which they stand counts.
type assignments struct {
	list *[]assignment
	file bool
}

func (f assignments) Set(text string) error {
	*f.list = append(*f.list, assignment{text, f.file})
	return nil
}

func (f assignments) String() string { return "" }
func (f assignments) Type() string   { return "string" }

// given gives the assignments that were typed.
func (a *app) given() ([]specs.Assignment, error) {
	var list []specs.Assignment
	for _, one := range a.flags.given {
		name, value, ok := strings.Cut(one.text, "=")
		switch {
		case one.file && one.text == "":
			return nil, step.WithHint(fmt.Errorf("-var-file names no file"), "write -var-file snacks.vars.hcl")
		case one.file:
			list = append(list, specs.Assignment{File: one.text})
		case strings.HasPrefix(one.text, "-"):
			return nil, step.WithHint(fmt.Errorf("-var needs a value, and %s is a flag", strings.Replace(one.text, "--", "-", 1)), "write -var name=value")
		case !ok || name == "":
			return nil, step.WithHint(fmt.Errorf("-var %q has no name and value", one.text), "write -var name=value")
		default:
			list = append(list, specs.Assignment{Name: name, Value: value})
		}
	}
	return list, nil
}
