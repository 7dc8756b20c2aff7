package term

import (
	"slices"
	"testing"
)

func TestCut(t *testing.T) {
	if got := Cut("日本語の札", 6); got != "日本…" {
		t.Errorf("cut to %q", got)
	}
}

func TestClean(t *testing.T) {
	if got := Clean("a\x1b[31mb\n"); got != "a?[31mb?" {
		t.Errorf("clean %q", got)
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text        string
		columns     int
		first, rest string
		want        []string
	}{
		{"one two three", 7, "", "", []string{"one two", "three"}},
		{"one two three", 8, " ", "   ", []string{" one two", "   three"}},
		{"日本 語", 5, "", "", []string{"日本", "語"}},
		{"incomprehensible a b", 4, "", "", []string{"incomprehensible", "a b"}},
		{"as  it is", 0, " ", "", []string{" as  it is"}},
		{"", 10, "", "", []string{""}},
	} {
		if got := Wrap(test.text, test.columns, test.first, test.rest); !slices.Equal(got,
			test.want) {
			t.Errorf("%q at %d: %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}
