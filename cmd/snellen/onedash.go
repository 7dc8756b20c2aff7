// This file bends cobra, whose long flags have two dashes, to one. Its law:
//
//   - A person types and reads one dash: "-auto-approve". Two are taken as well.
//   - The flag parser sees two. arguments adds the second, once, before the parser runs; "-", "-h",
//     "-5" and all that follows "--" stay as they are.
//   - What the parser writes for people, which is usage, errors and completions, loses the second
//     dash again here: in flagUsages, flagError and complete.
//
// No other file knows of the second dash.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"snellen/engine/step"
)

// arguments puts the words of SNELLEN_CLI_ARGS behind the command's name, and gives each long flag
// its second dash.
func arguments(args []string, extra string) ([]string, error) {
	words, err := split(extra)
	if err != nil {
		return nil, err
	}
	at := commandAt(args)
	if at == len(args) {
		words = nil // no command, nothing to add to
	}
	return doubled(slices.Concat(args[:min(at+1, len(args))], words,
		args[min(at+1, len(args)):])), nil
}

// commandAt returns the index of the command's name: the first word that is neither a flag nor the
// value of -chdir, the one flag that may stand before it.
func commandAt(args []string) int {
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

// doubled returns the arguments with a second dash before each long flag that has one.
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

// split splits a text into words at blanks. Single and double quotes hold a word together.
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

// flagError returns the error of a flag that cannot be read, with what to type.
func flagError(c *cobra.Command, err error) error {
	text, hint := strings.ReplaceAll(err.Error(), "--", "-"), "type "+c.CommandPath()+" -help"
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		text, hint = fmt.Sprintf("-%s needs a value",
			missing.GetFlag().Name), fmt.Sprintf("write -%s %s", missing.GetFlag().Name, value)
	}
	return step.WithHint(errors.New(text), hint)
}

// complete answers a shell. Its completion script calls a hidden command with the words so far, of
// which the last is to be completed.
func (a *app) complete(ctx context.Context, args []string) error {
	args = doubled(args)
	if last := len(args) - 1; len(args[last]) == 2 && args[last][0] == '-' && args[last] != "--" {
		args[last] = "-" + args[last]
	}
	root := a.root()
	a.addCompletion(root)
	root.SetArgs(args)
	var answer bytes.Buffer
	root.SetOut(&answer)
	root.SetErr(io.Discard)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	for line := range strings.Lines(answer.String()) {
		if strings.HasPrefix(line, "-") {
			// The help of a flag names its value in `quotes`.
			line = strings.ReplaceAll(strings.TrimPrefix(line, "-"), "`", "")
			line = "-" + strings.TrimPrefix(line, "-")
		}
		if _, err := io.WriteString(a.out, line); err != nil {
			return err
		}
	}
	return nil
}

// asksCompletion reports whether the arguments are a shell's question about completion.
func asksCompletion(args []string) bool {
	return len(args) > 1 &&
		(args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// flagUsages returns a line for each flag of a command, with the flags that all commands have.
func flagUsages(c *cobra.Command) string {
	c.Flags().AddFlagSet(c.Root().PersistentFlags())
	return strings.ReplaceAll(c.Flags().FlagUsages(), " --", "  -")
}
