package secret

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][2]string{ // without values, and without the variable token
		"apply -var token=a b":        {"apply -var token=... b", "apply b"},
		"apply -var=token=a=b x":      {"apply -var=token=... x", "apply x"},
		"apply --var token=a --var=c": {"apply --var token=... --var=c=...", "apply --var=c"},
		"-var epochs=2 -var token=":   {"-var epochs=... -var token=...", "-var epochs=2"},
		"-var-file token=a -vars":     {"-var-file token=a -vars", "-var-file token=a -vars"},
		"dev -- x -var token=a":       {"dev -- x -var token=a", "dev -- x -var token=a"},
		"apply -var":                  {"apply -var", "apply -var"},
	} {
		words := strings.Split(line, " ")
		if got := strings.Join(WithoutValues(words), " "); got != want[0] {
			t.Errorf("%s: %s, want %s", line, got, want[0])
		}
		got, left := Without(words, []string{"token"})
		if text := strings.Join(got, " "); text != want[1] {
			t.Errorf("%s: %s, want %s", line, text, want[1])
		}
		if slices.Contains(left, "token") != (line != want[1] && len(got) != len(words)) {
			t.Errorf("%s: left out %q", line, left)
		}
	}
}
