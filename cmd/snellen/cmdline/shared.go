package cmdline

import (
	"errors"
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
