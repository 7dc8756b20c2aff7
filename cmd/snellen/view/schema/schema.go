// Package schema checks the lines that -json prints against their description, stream.schema.json.
// Tests alone import it.
package schema

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed stream.schema.json
var stream []byte

var compile = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("stream.schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("stream.schema.json")
})

// CheckLines returns an error where a line is not as the schema describes it, or where any line but
// the first has the type "version".
func CheckLines(text string) error {
	described, err := compile()
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(text) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err == nil {
			err = described.Validate(value)
		}
		if err != nil {
			return fmt.Errorf("%w\nin line %d: %s", err, n+1, line)
		}
		if isFirst := value.(map[string]any)["type"] == "version"; isFirst != (n == 0) {
			return fmt.Errorf("line %d: %s", n+1, line)
		}
		n++
	}
	if n < 2 {
		return errors.New("no stream")
	}
	return nil
}
