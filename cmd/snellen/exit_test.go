package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryHelpHasTheExitTable asks every command, and every command below it, for help.
func TestEveryHelpHasTheExitTable(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	n := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		out.Reset()
		a.help(c)
		for _, line := range []string{"Exit codes:", "  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "  8  ", "  9  "} {
			if !strings.Contains(out.String(), "\n"+line) {
				t.Errorf("%s -help lacks %q", c.CommandPath(), line)
			}
		}
		n++
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(a.root())
	if n < 15 {
		t.Errorf("only %d commands", n)
	}
}
