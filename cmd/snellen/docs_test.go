package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"snellen/specs"
)

// TestReadmeHasTheReference holds the generated part of specs/README.md to what docs spec prints.
// SNELLEN_UPDATE=1 writes that part.
func TestReadmeHasTheReference(t *testing.T) {
	generated(t, "specs/README.md", "docs spec", specs.Reference())
}

// TestReadmeHasTheCommands holds the generated part of cmd/snellen/README.md to what docs commands
// prints. SNELLEN_UPDATE=1 writes that part.
func TestReadmeHasTheCommands(t *testing.T) {
	generated(t, "cmd/snellen/README.md", "docs commands", commandReference((&app{}).root()))
}

// TestReadmeNamesEveryCommand checks that the README's table has each command once, in the row of
// its group in help.
func TestReadmeNamesEveryCommand(t *testing.T) {
	_, rest, _ := strings.Cut(readDocument(t, "README.md"), "\n## Commands\n")
	section, _, _ := strings.Cut(rest, "\n## ")
	named := map[string][]string{} // by the group
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			work := strings.TrimSpace(cells[1])
			for _, word := range regexp.MustCompile("`[a-z]+`").FindAllString(cells[2], -1) {
				named[work] = append(named[work], strings.Trim(word, "`"))
			}
		}
	}
	root := (&app{}).root()
	for _, g := range root.Groups() {
		var want []string
		for _, c := range root.Commands() {
			if c.IsAvailableCommand() && c.GroupID == g.ID {
				want = append(want, c.Name())
			}
		}
		got := slices.Sorted(slices.Values(named[strings.ToLower(g.Title)]))
		if !slices.Equal(got, want) {
			t.Errorf("README.md has %q in the row of %s, want %q", got, g.Title, want)
		}
	}
}

// TestReadmesCommandsCanBeTyped reads each line of the documents' examples as the program would.
func TestReadmesCommandsCanBeTyped(t *testing.T) {
	count := 0
	for _, file := range documents(t) {
		for i, fenced := range strings.Split(readDocument(t, file), "\n```") {
			if i%2 == 0 {
				continue
			}
			for line := range strings.Lines(fenced) {
				rest, ok := strings.CutPrefix(strings.TrimSpace(line), "snellen ")
				if !ok {
					continue
				}
				count++
				if problem := exampleProblem(line, strings.Fields(rest)[0]); problem != "" {
					t.Errorf("%s: %s: %q", file, problem, line)
				}
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d commands in the documents", count)
	}
}

// link matches a Markdown link or picture; its first group is the target.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks looks up what the documents' relative links name: a file, a folder, or a heading.
func TestLinks(t *testing.T) {
	count := 0
	for _, file := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(readDocument(t, file), -1) {
			target, heading, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			count++
			target = path.Join(path.Dir(file), target)
			if strings.HasPrefix(found[1], "#") {
				target = file
			}
			if _, err := os.Stat(inRepository(target)); err != nil {
				t.Errorf("%s links to %s, which is not there", file, found[1])
			} else if heading != "" && !slices.Contains(anchors(readDocument(t, target)), heading) {
				t.Errorf("%s links to %s, and %s has no such heading", file, found[1], target)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d links in the documents", count)
	}
}

// anchors returns the names by which a document's headings are linked, as GitHub makes them.
func anchors(text string) (list []string) {
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' {
			title = strings.ToLower(strings.TrimSpace(title))
			title = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(title, "")
			list = append(list, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return list
}

// documents returns the repository's README and DESIGN files, as slash-separated paths.
func documents(t *testing.T) (list []string) {
	t.Helper()
	root := inRepository(".")
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && at != root && (d.Name()[0] == '.' || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.Name() == "README.md" || d.Name() == "DESIGN.md" {
			name, err := filepath.Rel(root, at)
			list = append(list, filepath.ToSlash(name))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// inRepository returns the path of a file that is named from the repository's root.
func inRepository(file string) string {
	return filepath.Join("..", "..", filepath.FromSlash(file))
}

func readDocument(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(inRepository(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// generated holds a file's part from <!-- NAME --> to <!-- end --> to want.
func generated(t *testing.T, file, name, want string) {
	t.Helper()
	begin, end := "<!-- "+name+" -->\n", "<!-- end -->\n"
	before, rest, begins := strings.Cut(readDocument(t, file), begin)
	part, after, ends := strings.Cut(rest, end)
	switch {
	case !begins || !ends:
		t.Fatalf("%s has no part from %q to %q", file, begin, end)
	case part == want:
		return
	case os.Getenv("SNELLEN_UPDATE") == "":
		t.Fatalf("%s is not what snellen %s prints; "+
			"run SNELLEN_UPDATE=1 go test ./cmd/snellen -run %s", file, name, t.Name())
	}
	text := before + begin + want + end + after
	if err := os.WriteFile(inRepository(file), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
