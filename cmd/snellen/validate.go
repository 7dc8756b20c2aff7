package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"snellen/cmd/snellen/project"
	"snellen/cmd/snellen/view"
	"snellen/specs"
)

func (a *app) validateCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "validate [SPEC]", Short: "Check a spec, and show all its mistakes at once", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			study, list, err := a.read(args, project.ToRun)
			if err != nil {
				return err
			}
			if a.stream != nil {
				return a.validated(study, list)
			}
			if err := a.show(list); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s is valid: %d labels, %d resolutions, %d evaluations.\n",
				study.File, len(study.Labels), len(study.Resolutions), len(study.Evaluations))
			a.next("Next: ", append([]string{"plan"}, args...)...)
			return err
		},
	}
	a.specFlags(c)
	a.streamFlag(c, "print the mistakes as JSON lines")
	return c
}

// show prints a spec's mistakes and warnings. It returns an error where there are mistakes.
func (a *app) show(list specs.Diagnostics) error {
	if a.stream != nil {
		for _, d := range list {
			if err := a.stream.Diagnose("", d); err != nil {
				return err
			}
		}
		return verdict(list)
	}
	if len(list) > 0 {
		list.Write(a.err, view.Width(a.err), a.colour(a.err))
	}
	return verdict(list)
}

// A validationLine is the last of validate's.
type validationLine struct {
	Type        string `json:"type"` // "validation"
	Valid       bool   `json:"valid"`
	Errors      int    `json:"errors"`
	Warnings    int    `json:"warnings"`
	File        string `json:"file,omitempty"` // of a valid spec, and what it declares
	Labels      int    `json:"labels,omitempty"`
	Resolutions int    `json:"resolutions,omitempty"`
	Evaluations int    `json:"evaluations,omitempty"`
}

// validated prints what validate found as lines for machines.
func (a *app) validated(study *specs.Study, list specs.Diagnostics) error {
	end := validationLine{Type: "validation", Valid: !list.HasErrors()}
	level, text := view.LevelError, "The spec has mistakes."
	if study != nil {
		level, text = view.LevelInfo, study.File+" is valid."
		end.File, end.Labels, end.Resolutions, end.Evaluations = study.File, len(study.Labels), len(study.Resolutions), len(study.Evaluations)
	}
	for _, d := range list {
		if d.Warning {
			end.Warnings++
		} else {
			end.Errors++
		}
	}
	shown := a.show(list)
	if err := a.stream.Line(level, text, end); err != nil {
		return err
	}
	return shown
}

func verdict(list specs.Diagnostics) error {
	if list.HasErrors() {
		return shown{exitError}
	}
	return nil
}
