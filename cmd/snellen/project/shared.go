package project

import (
	"errors"
	"fmt"
	"os"

	"snellen/engine/step"
	"snellen/specs"
	"snellen/specs/sharedurl"
)

// NoShared is the value of -shared and of SNELLEN_SHARED that stands for no shared store.
const NoShared = "false"

// ChooseShared returns which store a study's results are shared by, or nil for none: as -shared
// says, else SNELLEN_SHARED, else the spec, whose block may be nil. What the spec says of its own
// store holds for no other: how that is reached is configured where AWS is. Nothing is opened.
func ChooseShared(flag string, block *specs.Shared) (*specs.Shared, error) {
	from, text := "-shared", flag
	if text == "" {
		from, text = "SNELLEN_SHARED", os.Getenv("SNELLEN_SHARED")
	}
	switch text {
	case "":
		return block, nil
	case NoShared:
		return nil, nil
	}
	u, err := sharedurl.Parse(text)
	if wrong, ok := errors.AsType[*sharedurl.Problem](err); ok {
		return nil, step.WithHint(fmt.Errorf("%s: %w", from, err),
			wrong.Hint+"; "+from+"="+NoShared+" shares nothing")
	}
	if block != nil && block.URL == u {
		return block, nil
	}
	return &specs.Shared{URL: u}, nil
}

// SharedWord returns the value of -shared that chooses a project's shared store again.
func (p *Project) SharedWord() string {
	if p.Shared == nil {
		return NoShared
	}
	return p.Shared.URL.String()
}
