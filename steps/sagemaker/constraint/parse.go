package constraint

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

type kind string

const (
	kindStructure kind = "structure"
	kindList      kind = "list"
	kindMap       kind = "map"
	kindString    kind = "string"
	kindInteger   kind = "integer"
	kindLong      kind = "long"
	kindFloat     kind = "float"
	kindBoolean   kind = "boolean"
	kindTimestamp kind = "timestamp"
	kindBlob      kind = "blob"
)

var kinds = []kind{kindStructure, kindList, kindMap, kindString, kindInteger, kindLong, kindFloat,
	kindBoolean, kindTimestamp, kindBlob}

type call struct {
	target            string // of the awsJson protocols; empty for rest-json
	request, response *shape
}

// A shape is what one value must be.
type shape struct {
	kind     kind
	min, max *float64 // of the length of strings, lists and maps; of numbers themselves
	pattern  string
	match    func() *regexp.Regexp // compiled at the first use: a call touches few
	enum     []string
	members  map[string]*shape // of a structure
	order    []string
	required []string
	key      *shape // of a map
	item     *shape // of a list and a map's values
}

// A line is one line of a table, with the lines indented below it.
type line struct {
	number int
	text   string
	under  []*line
}

type reader struct {
	lists  map[string][]string
	shapes map[string]*shape
	calls  map[string]*call
}

func parse(text string) (map[string]*call, error) {
	top, err := indent(text)
	if err != nil {
		return nil, err
	}
	r := &reader{lists: map[string][]string{}, shapes: map[string]*shape{},
		calls: map[string]*call{}}
	for _, l := range top {
		if err := r.top(l); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.number, err)
		}
	}
	return r.calls, nil
}

// indent parses the indentation, one space a level, into a tree of lines. A # begins a comment.
func indent(text string) ([]*line, error) {
	root := &line{}
	path := []*line{root}
	for i, s := range strings.Split(text, "\n") {
		body := strings.TrimLeft(s, " ")
		depth := len(s) - len(body)
		if body == "" || (depth == 0 && body[0] == '#') {
			continue
		}
		if depth >= len(path) {
			return nil, fmt.Errorf("line %d: indented too far", i+1)
		}
		l := &line{number: i + 1, text: body}
		path[depth].under = append(path[depth].under, l)
		path = append(path[:depth+1], l)
	}
	return root.under, nil
}

func (r *reader) top(l *line) error {
	words := strings.Fields(l.text)
	switch {
	case words[0] == "list" && len(words) > 2:
		r.lists[words[1]] = words[2:]
		return nil
	case words[0] == "shape" && len(words) == 2:
		s, err := r.structure(l.under)
		r.shapes[words[1]] = s
		return err
	case words[0] == "call" && (len(words) == 2 || len(words) == 3):
		return r.call(words, l.under)
	}
	return fmt.Errorf("%q is not a list, a shape or a call", l.text)
}

func (r *reader) call(words []string, under []*line) error {
	c := &call{request: &shape{kind: kindStructure}, response: &shape{kind: kindStructure}}
	if len(words) == 3 {
		c.target = words[2]
	}
	for _, l := range under {
		s, err := r.structure(l.under)
		if err != nil {
			return err
		}
		switch l.text {
		case "request":
			c.request = s
		case "response":
			c.response = s
		default:
			return fmt.Errorf("%q is neither request nor response", l.text)
		}
	}
	r.calls[words[1]] = c
	return nil
}

func (r *reader) structure(under []*line) (*shape, error) {
	s := &shape{kind: kindStructure, members: map[string]*shape{}}
	for _, l := range under {
		name, rest, _ := strings.Cut(l.text, " ")
		name, required := strings.CutSuffix(name, "*")
		m, err := r.value(rest, l)
		if err != nil {
			return nil, err
		}
		s.members[name] = m
		s.order = append(s.order, name)
		if required {
			s.required = append(s.required, name)
		}
	}
	return s, nil
}

// value parses "string 1..63 re PATTERN" and the lines below it.
func (r *reader) value(text string, l *line) (*shape, error) {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		s := r.shapes[name]
		if s == nil {
			return nil, fmt.Errorf("line %d: no shape is named %q", l.number, name)
		}
		return s, nil
	}
	word, rest, _ := strings.Cut(text, " ")
	s := &shape{kind: kind(word)}
	if !slices.Contains(kinds, s.kind) {
		return nil, fmt.Errorf("line %d: %q is not a type", l.number, word)
	}
	if err := r.limits(s, rest); err != nil {
		return nil, fmt.Errorf("line %d: %w", l.number, err)
	}
	return s, r.below(s, l.under)
}

func (r *reader) limits(s *shape, text string) error {
	bounds, rest, _ := strings.Cut(text, " ")
	if low, high, ok := strings.Cut(bounds, ".."); ok && bounds != "re" {
		var err error
		if s.min, err = bound(low); err != nil {
			return err
		}
		if s.max, err = bound(high); err != nil {
			return err
		}
		text = rest
	}
	if pattern, ok := strings.CutPrefix(text, "re "); ok {
		s.pattern = pattern
		s.match = sync.OnceValue(
			func() *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") })
		return nil
	}
	if values, ok := strings.CutPrefix(text, "enum "); ok {
		s.enum = strings.Split(values, "|")
		if name, ok := strings.CutPrefix(values, "@"); ok {
			s.enum = r.lists[name]
		}
		return nil
	}
	if text != "" {
		return fmt.Errorf("%q is not a limit", text)
	}
	return nil
}

func bound(text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	return &f, err
}

func (r *reader) below(s *shape, under []*line) error {
	if s.kind == kindStructure {
		made, err := r.structure(under)
		if err == nil {
			s.members, s.order, s.required = made.members, made.order, made.required
		}
		return err
	}
	for _, l := range under {
		mark, rest, _ := strings.Cut(l.text, " ")
		v, err := r.value(rest, l)
		if err != nil {
			return err
		}
		switch mark {
		case "-", "=value":
			s.item = v
		case "=key":
			s.key = v
		default:
			return fmt.Errorf("line %d: a %s has no %q", l.number, s.kind, mark)
		}
	}
	return nil
}
