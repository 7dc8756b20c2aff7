package view

import (
	"bytes"
	"strings"
	"testing"
)

func TestColour(t *testing.T) {
	for _, test := range []struct {
		flag bool
		env  string
		want bool
	}{
		{false, "", false},
		{false, "CLICOLOR_FORCE=1", true},
		{false, "CLICOLOR_FORCE=0", false},
		{false, "NO_COLOR=1 CLICOLOR_FORCE=1", false},
		{true, "CLICOLOR_FORCE=1", false},
	} {
		for _, name := range []string{"NO_COLOR", "CLICOLOR_FORCE"} {
			t.Setenv(name, "")
		}
		for _, pair := range strings.Fields(test.env) {
			name, value, _ := strings.Cut(pair, "=")
			t.Setenv(name, value)
		}
		if got := Colour(&bytes.Buffer{}, test.flag); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
