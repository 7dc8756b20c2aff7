//go:build native

package picture

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"snellen/engine/step"
)

// maxListed is how many pictures an error names.
const maxListed = 10

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
		u.lines = append(u.lines, shown(path)+": "+err.Error())
	}
}

// err returns an error that says what is wrong with how many and names them, or nil if there are
// none. Its hint begins with the hint that they share.
func (u *unreadable) err(what, hint string) error {
	if u.n == 0 {
		return nil
	}
	text := fmt.Sprintf("%d %s:\n%s", u.n, what, strings.Join(u.lines, "\n"))
	if more := u.n - len(u.lines); more > 0 {
		text += fmt.Sprintf("\nand %d more", more)
	}
	if u.hint != "" && !u.mixed {
		hint = u.hint + "; or " + hint
	}
	return step.WithHint(errors.New(text), hint)
}

// shown returns a path as a message shows it: quoted if a terminal could not show it as it is.
func shown(path string) string {
	special := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(path) || strings.ContainsFunc(path, special) {
		return strconv.Quote(path)
	}
	return path
}
