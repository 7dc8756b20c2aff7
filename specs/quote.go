package specs

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

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

// Normal returns a text as every string of the language is: in Unicode's normal form C. A file
// whose name has another form cannot be named in a spec where the system tells the two apart.
func Normal(text string) string {
	return cty.NormalizeString(strings.ToValidUTF8(text, "\ufffd"))
}
