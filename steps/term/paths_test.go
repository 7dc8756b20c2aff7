package term

import (
	"maps"
	"testing"
)

func TestShortPaths(t *testing.T) {
	paths := []string{"/home/a/tiny/study.hcl", "/home/b/tiny/study.hcl", "/home/b/snacks.hcl",
		"/study.hcl", "", "/home/b/snacks.hcl"}
	want := map[string]string{
		"/home/a/tiny/study.hcl": "a/tiny/study.hcl", "/home/b/tiny/study.hcl": "b/tiny/study.hcl",
		"/home/b/snacks.hcl": "snacks.hcl", "/study.hcl": "/study.hcl",
	}
	if got := ShortPaths(paths); !maps.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
