// Package names says what the names of a study may be, and writes texts as strings of the language.
package names

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// maxName bounds a name in bytes: names become parts of addresses and of file names.
const maxName = 120

// Problem returns why a name cannot be that of a "label", a "study" or another block with a name,
// in words that follow "a label's name", or "". Names become parts of addresses and of paths.
func Problem(what, name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > maxName:
		return fmt.Sprintf("has %d bytes; the limit is %d", len(name), maxName)
	case name == "." || name == "..":
		return fmt.Sprintf("cannot be %q", name)
	case what != "study" && strings.ContainsAny(name, `/\`):
		return fmt.Sprintf("cannot contain a slash: %q", name)
	case strings.TrimSpace(name) != name || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Sprintf("must be printable, without spaces at its ends: %q", name)
	}
	return ""
}

// Quote returns a text as a string of the language, which may be a block's label as well. The
// string's value is Normal(text). Characters that cannot be printed, and bytes that are not UTF-8,
// are written as escapes; the latter become U+FFFD.
func Quote(text string) string {
	var w strings.Builder
	w.WriteByte('"')
	text = Normal(text)
	for i, r := range text {
		switch rest := text[i+utf8.RuneLen(r):]; {
		case r == '"' || r == '\\':
			w.WriteByte('\\')
			w.WriteRune(r)
		case (r == '$' || r == '%') && strings.HasPrefix(rest, "{"): // would begin an expression
			fmt.Fprintf(&w, "\\u%04x", r)
		case unicode.IsPrint(r):
			w.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&w, "\\U%08x", r)
		default:
			fmt.Fprintf(&w, "\\u%04x", r)
		}
	}
	w.WriteByte('"')
	return w.String()
}

// Normal returns a text as every string of the language is: in Unicode's normal form C.
func Normal(text string) string {
	return cty.NormalizeString(strings.ToValidUTF8(text, "\ufffd"))
}
