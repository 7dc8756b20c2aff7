package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"snellen/engine/step"
	"snellen/steps/term"
)

// arguments puts the words of SNELLEN_CLI_ARGS behind the subcommand and gives every flag the two dashes that the flag
// parser wants: "-auto-approve" and "--auto-approve" are the same.
func arguments(args []string, extra string) ([]string, error) {
	words, err := split(extra)
	if err != nil {
		return nil, err
	}
	at := subcommand(args)
	if at == len(args) {
		words = nil // no command, nothing to add to
	}
	return doubled(slices.Concat(args[:min(at+1, len(args))], words, args[min(at+1, len(args)):])), nil
}

// exactly wants so many arguments; hint says what to type.
func exactly(n int, hint string) cobra.PositionalArgs { return between(n, n, hint) }

// between wants at least and at most so many arguments.
func between(least, most int, hint string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		want := term.Count(least, "argument")
		if most > least {
			want = fmt.Sprintf("%d to %d arguments", least, most)
		}
		if len(args) >= least && len(args) <= most {
			return nil
		}
		return step.WithHint(fmt.Errorf("%s takes %s, not %d", c.CommandPath(), want, len(args)), hint)
	}
}

// subcommand is the place of the first word that is neither a flag nor the value of the one flag that stands before it.
func subcommand(args []string) int {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-chdir" || args[i] == "--chdir":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return i
		}
	}
	return len(args)
}

// doubled gives long flags a second dash. "-", "-h", "-5" and all behind "--" stay.
func doubled(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if a == "--" {
			break
		}
		if len(a) > 2 && a[0] == '-' && (a[1] >= 'a' && a[1] <= 'z') {
			out[i] = "-" + a
		}
	}
	return out
}

// split cuts a text into words at blanks; single and double quotes hold a word together.
func split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inside := false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inside = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if quote != 0 {
		return nil, errors.New("SNELLEN_CLI_ARGS has a quote that is not closed")
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}
