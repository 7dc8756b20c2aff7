package cmdline

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// A Shared is the value of -shared as it was typed: a shared store's URL, or "false" for none; ""
// without the flag. The zero Shared is ready to use.
type Shared string

// SharedForms are what the value of -shared begins with.
var SharedForms = []string{"s3://", "file:///", "false"}

// Flags declares -shared.
func (v *Shared) Flags(f *pflag.FlagSet) {
	f.Var(v, "shared", "share results by the store at `URL`, s3://BUCKET/PREFIX or "+
		"file:///FOLDER; -shared=false shares none (default $SNELLEN_SHARED, else as the spec says)")
}

// Set refuses what was not meant as a value: nothing, and another flag.
func (v *Shared) Set(text string) error {
	if text == "" || strings.HasPrefix(text, "-") {
		return errors.New("write -shared s3://BUCKET/PREFIX, or -shared=false for none")
	}
	*v = Shared(text)
	return nil
}

func (v *Shared) String() string { return string(*v) }

// Type returns the name of the value's type in usage.
func (v *Shared) Type() string { return "URL" }

// Words returns a command's words followed by those that choose the same shared store.
func (v *Shared) Words(command ...string) []string {
	if *v != "" {
		command = append(command, "-shared="+string(*v))
	}
	return command
}

// An OfShared is the value of -shared of a command that is about the store of one's own without it.
// Alone, it stands for the shared store that is chosen anyway. The zero OfShared is ready to use.
type OfShared struct {
	On  bool   // -shared was given, and not as -shared=false
	URL Shared // "" for the store that is chosen anyway
}

// Flags declares -shared, with what the command does then.
func (v *OfShared) Flags(f *pflag.FlagSet, what string) {
	f.Var(v, "shared", what+", at `URL` where one is given (default $SNELLEN_SHARED, else as the "+
		"spec says)")
	f.Lookup("shared").NoOptDefVal = "true"
}

// Set reads a value; "true" stands for none.
func (v *OfShared) Set(text string) error {
	if text == "true" {
		*v = OfShared{On: true}
		return nil
	}
	*v = OfShared{On: text != "false"}
	return v.URL.Set(text)
}

func (v *OfShared) String() string { return string(v.URL) }

// Type returns the name of the value's type in usage.
func (v *OfShared) Type() string { return "URL" }

// Take takes the URL from arguments in which it stands apart from -shared, and returns the others.
func (v *OfShared) Take(args []string) []string {
	for i, arg := range args {
		if v.On && strings.Contains(arg, "://") && (v.URL == "" || string(v.URL) == arg) {
			v.URL = Shared(arg)
			return slices.Delete(slices.Clone(args), i, i+1)
		}
	}
	return args
}

// Words returns a command's words followed by those that choose the same.
func (v *OfShared) Words(command ...string) []string {
	if v.On && v.URL == "" {
		return append(command, "-shared")
	}
	return v.URL.Words(command...)
}
