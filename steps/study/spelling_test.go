package study_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"snellen/engine"
	"snellen/specs"
	"snellen/steps/study"
)

// TestSpellingMovesNoKey shuffles the blocks and attributes of a spec that uses the whole language,
// adds comments and blanks, and formats it or not. Nothing that keys are made of may change.
func TestSpellingMovesNoKey(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "testdata", "specs", "valid.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(source), "\n"), "\n")
	whole, rest := read(lines)
	if len(rest) > 0 {
		t.Fatalf("%q was not read", rest)
	}
	dir := t.TempDir()
	footage := os.DirFS(filepath.Join("..", "..", "testdata", "specs", "footage"))
	if err := os.CopyFS(filepath.Join(dir, "footage"), footage); err != nil {
		t.Fatal(err)
	}
	want := ingredients(t.Fatalf, dir, source)
	if len(want) < 40 {
		t.Fatalf("only %d steps", len(want))
	}
	rapid.Check(t, func(r *rapid.T) {
		var b strings.Builder
		spell(r, &b, whole)
		text := []byte(b.String())
		if rapid.Bool().Draw(r, "formatted") {
			formatted, list := specs.Format(text)
			if list.HasErrors() {
				r.Fatalf("%v\n%s", list, text)
			}
			text = formatted
		}
		got := ingredients(r.Fatalf, dir, text)
		for address, is := range got {
			if was := want[address]; was != is {
				r.Fatalf("%s was\n%s\nand is\n%s\nby\n%s", address, was, is, text)
			}
		}
		if len(got) != len(want) {
			r.Fatalf("%d steps, want %d", len(got), len(want))
		}
	})
}

// An item is a line of a spec, or a block with its head.
type item struct {
	line  string
	block []item
}

// read reads items up to the end of their block, and returns the lines after it.
func read(lines []string) (items []item, rest []string) {
	for len(lines) > 0 {
		line := strings.TrimSpace(lines[0])
		lines = lines[1:]
		switch {
		case line == "}":
			return items, lines
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasSuffix(line, "{"):
			var inner []item
			inner, lines = read(lines)
			items = append(items, item{line, inner})
		default:
			items = append(items, item{line: line})
		}
	}
	return items, nil
}

// spell writes items in a random order, with comments and blanks between them.
func spell(r *rapid.T, b *strings.Builder, items []item) {
	blanks := rapid.SampledFrom([]string{
		"", " ", "\t", "\n", "# a = 1\n", "// }\n", "/* {\n */ ", "\n\n  ",
	})
	for _, it := range rapid.Permutation(items).Draw(r, "order") {
		b.WriteString(blanks.Draw(r, "before") + it.line)
		if strings.HasSuffix(it.line, "{") {
			b.WriteString(" # {\n")
			spell(r, b, it.block)
			b.WriteString(blanks.Draw(r, "end") + "}")
		}
		b.WriteString(rapid.SampledFrom([]string{"\n", " # }\n", "  \n\n"}).Draw(r, "after"))
	}
}

// ingredients returns what each step's key is made of, less the digests of what it reads, by
// address.
func ingredients(fail func(string, ...any), dir string, source []byte) map[string]string {
	path := filepath.Join(dir, "spec.hcl")
	if err := os.WriteFile(path, source, 0o666); err != nil {
		fail("%v", err)
	}
	s, list := specs.Load(path, specs.Options{})
	if list.HasErrors() {
		fail("%v\n%s", list, source)
	}
	g, err := study.Build(s)
	if err != nil {
		fail("%v", err)
	}
	all := map[string]string{}
	for _, n := range g.Nodes {
		inputs := slices.SortedFunc(slices.Values(n.Inputs), func(a, b engine.Input) int {
			return cmp.Compare(a.Role, b.Role)
		})
		text, err := json.MarshalIndent([]any{n.Kind.Name, n.Params, inputs}, "", " ")
		if err != nil {
			fail("%v", err)
		}
		all[n.Address] = string(text)
	}
	return all
}
