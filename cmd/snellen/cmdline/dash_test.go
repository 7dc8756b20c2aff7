package cmdline

import (
	"slices"
	"strings"
	"testing"
)

func TestArguments(t *testing.T) {
	for _, test := range []struct{ args, extra, want string }{
		{"plan -var a=1 x.hcl", "", "plan --var a=1 x.hcl"},
		{"-chdir=d apply -auto-approve", "", "--chdir=d apply --auto-approve"},
		{"-chdir d plan", "-no-color", "--chdir d plan --no-color"},
		{"--chdir d plan", "-no-color", "--chdir d plan --no-color"},
		{"init -seed -5 -h", "", "init --seed -5 -h"},
		{"fmt - -- -x", "", "fmt - -- -x"},
		{"plan a.hcl", `-var "a=b c"`, "plan --var a=b c a.hcl"},
		{"-h", "-no-color", "-h"},
		{"", "-no-color", ""},
	} {
		got, err := Arguments(strings.Fields(test.args), test.extra)
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%q with %q: got %q, %v; want %q", test.args, test.extra, got, err, test.want)
		}
	}
}

func TestSplit(t *testing.T) {
	got, err := Split(`-a 'b c'  "" d"e f"g`)
	if want := []string{"-a", "b c", "", "de fg"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Split(`-a 'b`); err == nil {
		t.Error("an open quote was taken")
	}
}
