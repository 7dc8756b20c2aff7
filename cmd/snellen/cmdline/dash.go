// Package cmdline reads a command line's words before the flag parser does, and says in plain words
// what is wrong with them.
//
// A person types and reads one dash: "-auto-approve". Two are taken as well. The flag parser sees
// two: Arguments adds the second, once, before the parser runs; "-", "-h", "-5" and all that
// follows "--" stay as they are. What the parser writes for people, which is usage, errors and completions,
// loses the second dash again: here, and in what the caller makes of usage and completions.
package cmdline

import (
	"errors"
	"slices"
	"strings"
)

// Arguments puts the words of extra, the value of SNELLEN_CLI_ARGS, behind the command's name, and
// gives each long flag its second dash.
func Arguments(args []string, extra string) ([]string, error) {
	words, err := Split(extra)
	if err != nil {
		return nil, err
	}
	at := commandAt(args)
	if at == len(args) {
		words = nil // no command, nothing to add to
	}
	return Doubled(slices.Concat(args[:min(at+1, len(args))], words,
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

// Doubled returns the arguments with a second dash before each long flag that has one.
func Doubled(args []string) []string {
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

// Split splits a text into words at blanks. Single and double quotes hold a word together.
func Split(text string) ([]string, error) {
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
