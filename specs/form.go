package specs

import (
	"regexp"
	"sync"
)

// A form is a regular expression that is compiled when it is first matched. Most commands match few
// of them, and compiling all costs each start half a millisecond.
type form func() *regexp.Regexp

func newForm(expression string) form {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

func (f form) matches(text string) bool { return f().MatchString(text) }
