package main

import (
	"errors"
	"runtime"

	"github.com/spf13/cobra"
)

// choiceFlags declares the flags that choose.
func (a *app) choiceFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.flags.choice.Targets, "target", nil, "only the steps whose address fits `PATTERN`, such as 320x240/** or */train, and what they need; may be repeated")
	c.Flags().StringArrayVar(&a.flags.choice.Excludes, "exclude", nil, "not the steps whose address fits `PATTERN`, and not what needs them; may be repeated")
	c.Flags().StringArrayVar(&a.flags.choice.Replace, "replace", nil, "run the steps whose address fits `ADDRESS` again though they are cached; may be repeated")
}

// parallelismFlag declares -parallelism.
func (a *app) parallelismFlag(c *cobra.Command) {
	c.Flags().IntVar(&a.flags.parallelism, "parallelism", runtime.NumCPU(), "take at most `N` cores")
}

// cores refuses a -parallelism of nothing.
func (a *app) cores() error {
	if a.flags.parallelism < 1 {
		return errors.New("-parallelism must be 1 or more")
	}
	return nil
}
