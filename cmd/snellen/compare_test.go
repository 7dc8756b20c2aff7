package main

import (
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// checkComparison is "comparison": the last command printed a comparison as its schema describes it.
func checkComparison(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: comparison")
	}
	f, err := os.Open(inRepository("steps/sides/comparison.schema.json"))
	ts.Check(err)
	defer f.Close()
	described, err := jsonschema.UnmarshalJSON(f)
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("comparison", described))
	s, err := c.Compile("comparison")
	ts.Check(err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(err)
	ts.Check(s.Validate(value))
}
