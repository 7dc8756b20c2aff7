package cmdline

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"snellen/engine/step"
)

// TestShared reads -shared as it may be typed, and gives it on to another command.
func TestShared(t *testing.T) {
	for _, test := range []struct{ args, want, wrong, hint string }{
		{"", "", "", ""},
		{"-shared s3://lab/x", "s3://lab/x", "", ""},
		{"-shared=file:///nfs/lab", "file:///nfs/lab", "", ""},
		{"-shared=false", "false", "", ""},
		{"-shared", "", "-shared needs a value", "write -shared URL"},
		{"-shared=", "", `-shared cannot be ""`, "-shared=false for none"},
		{"-shared -json", "", `-shared cannot be "--json"`, "-shared=false for none"},
	} {
		var v Shared
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.Bool("json", false, "")
		v.Flags(f)
		args := Doubled(strings.Fields(test.args))
		err := f.Parse(args)
		if err != nil {
			err = Command{Path: "snellen plan", Flags: f}.FlagError(err)
		}
		switch {
		case test.wrong == "" && (err != nil || string(v) != test.want):
			t.Errorf("%s: %q, %v", test.args, v, err)
		case test.wrong != "" && (err == nil || err.Error() != test.wrong ||
			!strings.Contains(step.Hint(err), test.hint)):
			t.Errorf("%s: %v, %q", test.args, err, step.Hint(err))
		}
		want := []string{"apply", "x.hcl"}
		if test.want != "" {
			want = append(want, "-shared="+test.want)
		}
		if got := v.Words("apply", "x.hcl"); !slices.Equal(got, want) {
			t.Errorf("%s goes on as %q", test.args, got)
		}
	}
}
