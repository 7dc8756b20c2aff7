package proc

import "strings"

// Line returns a command line that can be typed in a shell.
func Line(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// unquoted are the characters that no shell interprets, wherever they are in a word.
const unquoted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:=,@%"

// quote returns a word in single quotes, if it needs any.
func quote(word string) string {
	if word != "" && strings.Trim(word, unquoted) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
