package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/specs"
)

// TestReadmeHasTheReference holds the generated part of specs/README.md to what docs spec prints.
// SNELLEN_UPDATE=1 writes that part.
func TestReadmeHasTheReference(t *testing.T) {
	generated(t, "specs/README.md", "docs spec", specs.Reference())
}

// generated holds a file's part from <!-- NAME --> to <!-- end --> to want.
func generated(t *testing.T, file, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", filepath.FromSlash(file))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end -->\n"
	before, rest, begins := strings.Cut(string(data), begin)
	part, after, ends := strings.Cut(rest, end)
	switch {
	case !begins || !ends:
		t.Fatalf("%s has no part from %q to %q", file, begin, end)
	case part == want:
		return
	case os.Getenv("SNELLEN_UPDATE") == "":
		t.Fatalf("%s: the part from %q is not what snellen %s prints; run SNELLEN_UPDATE=1 go test ./cmd/snellen -run %s",
			file, begin, name, t.Name())
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o666); err != nil {
		t.Fatal(err)
	}
}
