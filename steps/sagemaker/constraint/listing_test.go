package constraint

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// This file reads the listing of the services' models that table.txt is made from, whose lines are
//
//	- RoleArn*: string min=20 max=2048 re `arn:aws.*`

// An element is a line of the listing with those below it.
type element struct {
	name     string
	required bool
	text     string // type and limits, in the table's words
	under    []*element
}

// A listed is one call of the listing.
type listed struct {
	name, target      string
	request, response []*element
}

type listing struct {
	calls []listed
	lists map[string][]string // long enums by name
}

var heading = regexp.MustCompile(`^### (\w+)(?: +\((?:(\d+)|.*?(?:, target (\S+))?)\))?$`)

func readListing(text string) (listing, error) {
	all := listing{lists: map[string][]string{}}
	for _, block := range strings.Split(text, "\n### ")[1:] {
		lines := strings.Split("### "+block, "\n")
		head := heading.FindStringSubmatch(lines[0])
		switch {
		case head == nil:
			return all, fmt.Errorf("heading %q", lines[0])
		case strings.HasPrefix(lines[1], "ml."):
			all.lists[head[1]] = strings.Fields(lines[1])
		case strings.HasPrefix(lines[1], "errors:"):
			c := listed{name: head[1], target: head[3]}
			request, response, _ := strings.Cut(block, "\nresponse:\n")
			c.request, c.response = elements(request), elements(response)
			all.calls = append(all.calls, c)
		}
	}
	return all, nil
}

var member = regexp.MustCompile(`^( *)- (?:([\w.-]+)(\*?): |\((item)\) )(.*)$`)
var entry = regexp.MustCompile(`^( *)- \(key\) ?(.*?); \(value\) (.*)$`)

func elements(text string) []*element {
	root := &element{}
	path := []*element{root}
	put := func(indent string, e *element) {
		depth := len(indent) / 2
		path = path[:depth+1]
		path[depth].under = append(path[depth].under, e)
		path = append(path, e)
	}
	for _, line := range strings.Split(text, "\n") {
		if m := entry.FindStringSubmatch(line); m != nil {
			put(m[1], &element{name: "=key", text: translate("string " + m[2])})
			put(m[1], &element{name: "=value", text: translate(m[3])})
		} else if m := member.FindStringSubmatch(line); m != nil {
			put(m[1], &element{name: cmp.Or(m[2], "-"), required: m[3] != "",
				text: translate(m[5])})
		}
	}
	wrap(root)
	return root.under
}

// wrap adds an item to a list whose structure's members are right below it.
func wrap(e *element) {
	for _, u := range e.under {
		wrap(u)
	}
	if strings.HasPrefix(e.text, "list") && len(e.under) > 0 && e.under[0].name != "-" {
		e.under = []*element{{name: "-", text: "structure", under: e.under}}
	}
}

var limits = regexp.MustCompile("^(\\w+)(?: min=(\\S+))?(?: max=(\\S+))?(?: re `([^`]*)`)?(?: enum (.*?))?(?: \\[.*\\])?$")

// translate turns "string min=1 max=63 re `x`" into "string 1..63 re x".
func translate(text string) string {
	m := limits.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		panic("limits of " + text)
	}
	out := m[1]
	if m[2] != "" || m[3] != "" {
		out += " " + m[2] + ".." + m[3]
	}
	if m[4] != "" {
		out += " re " + pattern(m[4])
	}
	if m[5] != "" {
		out += " enum " + m[5]
	}
	return out
}

// patterns are those that Go's regular expressions cannot express, with an equivalent. A count over a
// thousand is left out, since the string's length bounds it.
var patterns = strings.NewReplacer(
	`([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)`, `([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)`,
	`/(?!.*\.\.)[a-zA-Z0-9/_.\-]+`, `/(\.|(\.?[a-zA-Z0-9/_\-])+\.?)`,
	`(?!\s*$).+`, `.*\S.*`,
	`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*`, `[\t\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]*`,
	`\p{Alnum}`, `0-9A-Za-z`,
	`\p{Print}`, ` -~`,
	`{1,2048}`, `+`,
	`{0,1023}`, `*`,
)

func pattern(p string) string { return patterns.Replace(p) }

// table writes the calls in the table's words; structures that occur more than once become shapes.
func (all listing) table(want []string) string {
	w := writer{seen: map[string]int{}, shapes: map[string]string{}, used: map[string]bool{}, lists: all.lists}
	var calls []listed
	for _, c := range all.calls {
		if slices.Contains(want, c.name) {
			calls = append(calls, c)
			w.count(c.request)
			w.count(c.response)
		}
	}
	var out strings.Builder
	for _, c := range calls {
		out.WriteString(strings.TrimRight("call "+c.name+" "+c.target, " ") + "\n request\n" + w.members(c.request, 2))
		out.WriteString(" response\n" + w.members(c.response, 2))
	}
	var lists strings.Builder
	for _, name := range []string{"TrainingInstanceType", "ProductionVariantInstanceType", "ProcessingInstanceType"} {
		if strings.Contains(w.named.String()+out.String(), "enum @"+name) {
			lists.WriteString("list " + name + " " + strings.Join(all.lists[name], " ") + "\n")
		}
	}
	return lists.String() + w.named.String() + out.String()
}

type writer struct {
	seen   map[string]int    // a structure's members, as text, and how often they occur
	shapes map[string]string // that text and the name it was given
	used   map[string]bool
	named  strings.Builder
	lists  map[string][]string
}

func (w *writer) count(under []*element) {
	for _, e := range under {
		if e.text == "structure" {
			w.seen[plain(e.under)]++
		}
		w.count(e.under)
	}
}

// plain is the identity of a structure's members.
func plain(under []*element) string {
	var b strings.Builder
	for _, e := range under {
		fmt.Fprintf(&b, "%s %t %s {%s}\n", e.name, e.required, e.text, plain(e.under))
	}
	return b.String()
}

func (w *writer) members(under []*element, depth int) string {
	var b strings.Builder
	for _, e := range under {
		name := e.name
		if e.required {
			name += "*"
		}
		indent := strings.Repeat(" ", depth)
		if e.text == "structure" && w.seen[plain(e.under)] > 1 {
			fmt.Fprintf(&b, "%s%s @%s\n", indent, name, w.shape(e))
			continue
		}
		fmt.Fprintf(&b, "%s%s %s\n%s", indent, name, w.long(e.text), w.members(e.under, depth+1))
	}
	return b.String()
}

// shape names a structure that occurs more than once, and writes it at its first use.
func (w *writer) shape(e *element) string {
	id := plain(e.under)
	if name, ok := w.shapes[id]; ok {
		return name
	}
	first := "Of"
	for _, u := range e.under {
		first += u.name
		if len(first) > 20 {
			break
		}
	}
	name := first
	if e.name != "-" {
		name = e.name
	}
	for n := 2; w.used[name]; n++ {
		name = fmt.Sprint(strings.TrimRight(name, "0123456789"), n)
	}
	w.used[name] = true
	w.shapes[id] = name
	body := w.members(e.under, 1)
	w.named.WriteString("shape " + name + "\n" + body)
	return name
}

var long = regexp.MustCompile(` enum \((\d+) values\)`)

// long names the list that the listing only counts; one that it spells out nowhere is no limit.
func (w *writer) long(text string) string {
	return long.ReplaceAllStringFunc(text, func(m string) string {
		for name, values := range w.lists {
			if fmt.Sprint(len(values)) == long.FindStringSubmatch(m)[1] {
				return " enum @" + name
			}
		}
		return ""
	})
}

func TestListing(t *testing.T) {
	text := "#\n\n### Make  (x 1, json, POST /, target X.Make)\nerrors: \nrequest:\n- Names*: list min=0 max=2\n  - (item) string min=1 max=3 re `[\\S]{1,2048}`\n" +
		"- Tags: list\n  - Key*: string\n- Env: map max=4\n  - (key) min=1; (value) string max=2\n- Type: string enum (2 values)\n" +
		"response:\n- Tags: list\n  - Key*: string\n\n### T (2)\nml.a ml.b\n"
	all, err := readListing(text)
	if err != nil {
		t.Fatal(err)
	}
	want := "shape OfKey\n Key* string\ncall Make X.Make\n request\n  Names* list 0..2\n   - string 1..3 re [\\S]+\n  Tags list\n   - @OfKey\n" +
		"  Env map ..4\n   =key string 1..\n   =value string ..2\n  Type string enum @T\n response\n  Tags list\n   - @OfKey\n"
	if got := all.table([]string{"Make"}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
