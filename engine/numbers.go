package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// hasNumbers reports, by the name of an output, whether it is JSON, whose numbers can be compared.
func hasNumbers(name string) bool {
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl")
}

// numbersDiffer compares two JSON texts, or two lists of JSON lines. It describes their first
// difference, or returns "". The form of a value does not matter: 0.80 is 0.8, and the members of
// an object may come in any order.
func numbersDiffer(before, now []byte) string {
	was, is := json.NewDecoder(bytes.NewReader(before)), json.NewDecoder(bytes.NewReader(now))
	was.UseNumber()
	is.UseNumber()
	for line := 1; ; line++ {
		var a, b any
		errA, errB := was.Decode(&a), is.Decode(&b)
		switch {
		case errA == io.EOF && errB == io.EOF:
			return ""
		case errA == io.EOF || errB == io.EOF:
			return "different number of lines"
		case errA != nil || errB != nil:
			return "not JSON"
		}
		if words := valuesDiffer("", a, b); words != "" {
			if line > 1 || was.More() {
				words = fmt.Sprintf("line %d, %s", line, words)
			}
			return words
		}
	}
}

// valuesDiffer describes the first difference of two JSON values, or returns "". at is their path:
// "areas[3].rate".
func valuesDiffer(at string, was, now any) string {
	switch a := was.(type) {
	case map[string]any:
		if b, ok := now.(map[string]any); ok {
			return membersDiffer(at, a, b)
		}
	case []any:
		if b, ok := now.([]any); ok {
			return elementsDiffer(at, a, b)
		}
	case json.Number:
		if b, ok := now.(json.Number); ok && sameNumber(a, b) {
			return ""
		}
	default:
		if was == now {
			return ""
		}
	}
	return strings.TrimPrefix(at+" ", " ") + short(was) + " -> " + short(now)
}

// membersDiffer is valuesDiffer for objects. It goes through the names in order, so that the first
// difference is always the same one.
func membersDiffer(at string, was, now map[string]any) string {
	for _, name := range sortedKeys(was) {
		inner := strings.TrimPrefix(at+"."+name, ".")
		value, ok := now[name]
		if !ok {
			return inner + " is gone"
		}
		if words := valuesDiffer(inner, was[name], value); words != "" {
			return words
		}
	}
	for _, name := range sortedKeys(now) {
		if _, ok := was[name]; !ok {
			return strings.TrimPrefix(at+"."+name, ".") + " is new"
		}
	}
	return ""
}

// elementsDiffer is valuesDiffer for lists.
func elementsDiffer(at string, was, now []any) string {
	for i := range min(len(was), len(now)) {
		if words := valuesDiffer(fmt.Sprintf("%s[%d]", at, i), was[i], now[i]); words != "" {
			return words
		}
	}
	if len(was) != len(now) {
		words := fmt.Sprintf("%s has %d elements -> %d", at, len(was), len(now))
		return strings.TrimPrefix(words, " ")
	}
	return ""
}

// sameNumber reports whether two numbers are equal as float64.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a.String(), 64)
	y, errY := strconv.ParseFloat(b.String(), 64)
	return errX == nil && errY == nil && x == y
}

// short returns a JSON value as text, or "..." for a long one.
func short(v any) string {
	data, err := json.Marshal(v)
	if err != nil || len(data) > 60 {
		return "..."
	}
	return string(data)
}
