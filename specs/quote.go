package specs

import "snellen/specs/names"

// NameProblem returns why a name cannot be that of a "label", a "study" or another block with a
// name, in words that follow "a label's name", or "".
func NameProblem(what, name string) string { return names.Problem(what, name) }

// Quote returns a text as a string of the language, whose value is Normal(text).
func Quote(text string) string { return names.Quote(text) }

// Normal returns a text as every string of the language is: in Unicode's normal form C.
func Normal(text string) string { return names.Normal(text) }
