package main

import (
	"errors"

	"github.com/spf13/cobra"

	"snellen/engine/step"
)

// terraform has words that people know from Terraform, and what to type here instead.
var terraform = []struct{ word, text, hint string }{
	{"destroy",
		"there is nothing to destroy: an apply makes files, and keeps them to use them again",
		"snellen clean removes the report beside the spec; snellen gc -older-than 30d frees what " +
			"the store holds of old studies; try either with -dry-run first"},
	{"taint", "a result cannot be tainted: it holds as long as what it was made from",
		"to run a step again all the same, type snellen apply -replace=ADDRESS"},
	{"output", "there is no output", "type snellen report -json"},
	{"refresh", "there is no state to refresh: every plan looks at the files as they are",
		"type snellen plan"},
	{"state", "there is no state file: results are in a store, by what they were made from",
		"type snellen store stats, or snellen explain ADDRESS"},
	{"import", "nothing can be imported: a result is known by what it was made from",
		"type snellen apply"},
	{"workspace", "there are no workspaces: the studies of all folders share one store",
		"for a store of its own, pass -store DIR"},
	{"force-unlock", "locks need no force: the system frees them when their process ends",
		"type snellen apply -lock-timeout 30s"},
}

// terraformWords returns a hidden command for each of those words, which fails with the hint.
func terraformWords() []*cobra.Command {
	var list []*cobra.Command
	for _, f := range terraform {
		list = append(list, &cobra.Command{
			Use: f.word, Short: "Terraform's word; says what to type here", Hidden: true,
			DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error {
				return step.WithHint(errors.New(f.text),
					f.hint)
			},
		})
	}
	return list
}
