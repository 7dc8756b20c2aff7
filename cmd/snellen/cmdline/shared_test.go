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

// TestOfShared reads -shared where a value may be left out.
func TestOfShared(t *testing.T) {
	for _, test := range []struct {
		args  string
		on    bool
		url   string
		rest  string
		words string
		wrong string
	}{
		{"x.hcl", false, "", "x.hcl", "gc", ""},
		{"-shared x.hcl", true, "", "x.hcl", "gc -shared", ""},
		{"-shared=true", true, "", "", "gc -shared", ""},
		{"-shared=s3://lab/x x.hcl", true, "s3://lab/x", "x.hcl", "gc -shared=s3://lab/x", ""},
		{"x.hcl -shared s3://lab/x", true, "s3://lab/x", "x.hcl", "gc -shared=s3://lab/x", ""},
		{"-shared=s3://a/x s3://b/x", true, "s3://a/x", "s3://b/x", "gc -shared=s3://a/x", ""},
		{"-shared=false s3://lab", false, "false", "s3://lab", "gc -shared=false", ""},
		{"-shared=", false, "", "", "", `-shared cannot be ""`},
	} {
		var v OfShared
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		v.Flags(f, "collect it")
		err := f.Parse(Doubled(strings.Fields(test.args)))
		if err != nil {
			err = Command{Path: "snellen gc", Flags: f}.FlagError(err)
		}
		if test.wrong != "" {
			if err == nil || err.Error() != test.wrong {
				t.Errorf("%s: %v", test.args, err)
			}
			continue
		}
		rest := v.Take(v.Take(f.Args()))
		if err != nil || v.On != test.on || string(v.URL) != test.url ||
			strings.Join(rest, " ") != test.rest || strings.Join(v.Words("gc"), " ") != test.words {
			t.Errorf("%s: %+v, %q, %q, %v", test.args, v, rest, v.Words("gc"), err)
		}
	}
}
