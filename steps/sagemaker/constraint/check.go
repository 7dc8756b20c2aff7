package constraint

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// check checks one request or response as a whole.
func check(s *shape, body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("reading the JSON: %w", err)
	}
	if d.More() {
		return fmt.Errorf("reading the JSON: more than one value")
	}
	var f finder
	f.value("", s, value)
	if len(f.found) > 0 {
		return &Error{Violations: f.found}
	}
	return nil
}

// A finder walks a value along its shape and collects the violations.
type finder struct {
	found  []Violation
	secret bool // inside a map, whose values may be an environment's secrets
}

func (f *finder) add(path, value, format string, args ...any) {
	if f.secret {
		value = ""
	}
	if len(value) > 100 {
		value = strings.ToValidUTF8(value[:100], "") + "..."
	}
	f.found = append(f.found,
		Violation{Path: path, Value: value, Rule: "Member must " + fmt.Sprintf(format, args...)})
}

func (f *finder) value(path string, s *shape, value any) {
	switch v := value.(type) {
	case map[string]any:
		f.object(path, s, v)
	case []any:
		f.list(path, s, v)
	case string:
		f.text(path, s, v)
	case json.Number:
		f.number(path, s, v)
	case bool:
		if s.kind != kindBoolean {
			f.add(path, fmt.Sprint(v), "be a %s", s.kind)
		}
	}
}

func (f *finder) object(path string, s *shape, v map[string]any) {
	switch s.kind {
	case kindStructure:
		f.structure(path, s, v)
	case kindMap:
		f.entries(path, s, v)
	default:
		f.add(path, "an object", "be a %s", s.kind)
	}
}

func (f *finder) structure(path string, s *shape, sent map[string]any) {
	v := make(map[string]any, len(sent))
	for name, value := range sent {
		v[s.member(name)] = value
	}
	for _, name := range s.required {
		if unset(s.members[name], v[name]) {
			f.add(join(path, name), "", "not be null")
		}
	}
	for _, name := range sorted(v) {
		m, ok := s.members[name]
		if !ok {
			f.add(join(path, name), "", "be one that the call has")
			continue
		}
		if !unset(m, v[name]) {
			f.value(join(path, name), m, v[name])
		}
	}
}

// member returns the model's name of a member. The SDK's Go types begin with a capital where the
// model does not.
func (s *shape) member(name string) string {
	if _, ok := s.members[name]; !ok && name != "" {
		if small := strings.ToLower(name[:1]) + name[1:]; s.members[small] != nil {
			return small
		}
	}
	return name
}

// unset reports whether value is what an SDK's Go type holds if nobody set it.
func unset(s *shape, value any) bool {
	return value == nil || (value == "" && s.enum != nil)
}

func (f *finder) entries(path string, s *shape, v map[string]any) {
	f.length(path, s, len(v))
	was := f.secret
	defer func() { f.secret = was }()
	f.secret = true
	for _, key := range sorted(v) {
		f.value(join(path, "key"), s.key, key)
		if v[key] == nil {
			f.add(join(path, key), "", "not be null")
			continue
		}
		f.value(join(path, key), s.item, v[key])
	}
}

func (f *finder) list(path string, s *shape, v []any) {
	if s.kind != kindList {
		f.add(path, "a list", "be a %s", s.kind)
		return
	}
	f.length(path, s, len(v))
	for i, item := range v {
		at := path + "[" + strconv.Itoa(i) + "]"
		if unset(s.item, item) {
			f.add(at, "", "not be null")
			continue
		}
		f.value(at, s.item, item)
	}
}

func (f *finder) length(path string, s *shape, n int) {
	switch {
	case s.min != nil && float64(n) < *s.min:
		f.add(path, fmt.Sprintf("of length %d", n), "have length greater than or equal to %g",
			*s.min)
	case s.max != nil && float64(n) > *s.max:
		f.add(path, fmt.Sprintf("of length %d", n), "have length less than or equal to %g", *s.max)
	}
}

func (f *finder) text(path string, s *shape, v string) {
	switch s.kind {
	case kindString:
		f.letters(path, s, v)
	case kindBlob:
		b, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			f.add(path, v, "be base64")
			return
		}
		f.length(path, s, len(b))
	case kindTimestamp: // an SDK's input as JSON
		if _, err := time.Parse(time.RFC3339Nano, v); err != nil {
			f.add(path, v, "be a %s", s.kind)
		}
	default:
		f.add(path, v, "be a %s", s.kind)
	}
}

func (f *finder) letters(path string, s *shape, v string) {
	n := float64(utf8.RuneCountInString(v))
	switch {
	case s.enum != nil && !slices.Contains(s.enum, v):
		f.add(path, v, "satisfy enum value set: %s", values(s.enum))
	case s.min != nil && n < *s.min:
		f.add(path, v, "have length greater than or equal to %g", *s.min)
	case s.max != nil && n > *s.max:
		f.add(path, v, "have length less than or equal to %g", *s.max)
	case s.match != nil && !s.match().MatchString(v):
		f.add(path, v, "satisfy regular expression pattern: %s", s.pattern)
	}
}

// values returns an enum's values for a message: all, or the first and their number.
func values(enum []string) string {
	if len(enum) > 20 {
		return fmt.Sprintf("[%s, ... %d values]", strings.Join(enum[:5], ", "), len(enum))
	}
	return "[" + strings.Join(enum, ", ") + "]"
}

func (f *finder) number(path string, s *shape, v json.Number) {
	n, err := v.Float64()
	if err != nil {
		f.add(path, v.String(), "be a %s", s.kind)
		return
	}
	switch s.kind {
	case kindInteger, kindLong:
		bits := 64
		if s.kind == kindInteger {
			bits = 32
		}
		if _, err := strconv.ParseInt(v.String(), 10, bits); err != nil {
			f.add(path, v.String(), "be an %s", s.kind)
			return
		}
	case kindFloat, kindTimestamp:
	default:
		f.add(path, v.String(), "be a %s", s.kind)
		return
	}
	switch {
	case s.min != nil && n < *s.min:
		f.add(path, v.String(), "have value greater than or equal to %g", *s.min)
	case s.max != nil && n > *s.max:
		f.add(path, v.String(), "have value less than or equal to %.0f", *s.max)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
