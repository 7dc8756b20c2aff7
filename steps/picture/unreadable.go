//go:build native

package picture

import (
	"errors"
	"fmt"
	"strings"

	"snellen/engine/step"
)

// maxListed is how many pictures an error names.
const maxListed = 100

// unreadable are the pictures of a set that cannot be used, each with its reason.
type unreadable struct {
	n     int
	lines []string // of the first ones
	hint  string   // of the first one
	mixed bool     // not all have that hint
}

// add adds the picture of a path.
func (u *unreadable) add(path string, err error) {
	hint := step.Hint(err)
	if u.n == 0 {
		u.hint = hint
	}
	u.mixed = u.mixed || hint != u.hint
	if u.n++; len(u.lines) < maxListed {
		u.lines = append(u.lines, ShownPath(path)+": "+err.Error())
	}
}

// err returns an error that says what is wrong with how many and names them, or nil if there are
// none. Its hint begins with the hint that they share.
func (u *unreadable) err(what, hint string) error {
	if u.n == 0 {
		return nil
	}
	e := unreadableError{fmt.Sprintf("%d %s", u.n, what), strings.Join(u.lines, "\n")}
	if more := u.n - len(u.lines); more > 0 {
		e.names += fmt.Sprintf("\nand %d more", more)
	}
	if u.hint != "" && !u.mixed {
		hint = u.hint + "; or " + hint
	}
	return step.WithHint(e, hint)
}

// An unreadableError names the pictures of a set that cannot be used.
type unreadableError struct{ what, names string }

func (e unreadableError) Error() string { return e.what + ":\n" + e.names }

// briefly returns the error for another step on the same pictures: the step at address names them.
func (e unreadableError) briefly(address string) error {
	return errors.New(e.what + ": see " + address)
}
