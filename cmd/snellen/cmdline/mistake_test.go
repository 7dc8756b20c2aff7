package cmdline

import (
	"testing"

	"github.com/spf13/pflag"

	"snellen/engine/step"
)

func TestCountError(t *testing.T) {
	c := Command{Path: "snellen show", Usage: "snellen show FILE [flags]"}
	for _, test := range []struct {
		least, most int
		args        []string
		want        string
	}{
		{0, 1, nil, ""},
		{1, -1, []string{"a", "b", "c"}, ""},
		{0, 0, []string{"a"}, "snellen show takes no arguments, and got 1: a"},
		{0, 1, []string{"a", "b"}, "snellen show takes at most 1 argument, and got 2: a b"},
		{1, 1, nil, "snellen show takes 1 argument, and got none"},
		{2, 3, []string{"a"}, "snellen show takes 2 or 3 arguments, and got 1: a"},
		{1, -1, nil, "snellen show takes at least 1 argument, and got none"},
	} {
		got := ""
		if err := c.CountError(test.args, test.least, test.most, ""); err != nil {
			got = err.Error()
			if hint := step.Hint(err); hint != "write snellen show FILE" {
				t.Errorf("hint %q", hint)
			}
		}
		if got != test.want {
			t.Errorf("%v: %q, want %q", test, got, test.want)
		}
	}
}

// TestEveryTypeOfFlag: a bad value of any type of flag is an error without the words of Go's own
// parsers.
func TestEveryTypeOfFlag(t *testing.T) {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.Bool("bool", false, "")
	f.Int("int", 0, "")
	f.Int64("seed", 0, "")
	f.Float64("speed", 0, "")
	f.Duration("time", 0, "")
	c := Command{Path: "snellen", Flags: f, Others: func() map[string][]string { return nil }}
	f.VisitAll(func(flag *pflag.Flag) {
		err := f.Parse([]string{"--" + flag.Name + "=x"})
		if _, ok := forms[flag.Value.Type()]; err == nil || !ok {
			t.Errorf("-%s: %v", flag.Name, err)
			return
		}
		if got, want := c.FlagError(err).Error(), "-"+flag.Name+" must be "+
			forms[flag.Value.Type()].is+", not \"x\""; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
