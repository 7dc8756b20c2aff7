package specs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const fixtures = "../testdata/specs"

// A mark is a comment in a fixture that says what must be wrong with its line.
type mark struct {
	line     int
	severity string
	pattern  string
}

var markStart = regexp.MustCompile(`# (ERROR|WARNING): `)

func marks(src string) []mark {
	var list []mark
	for i, line := range strings.Split(src, "\n") {
		at := markStart.FindAllStringSubmatchIndex(line, -1)
		for k, m := range at {
			end := len(line)
			if k+1 < len(at) {
				end = at[k+1][0]
			}
			list = append(list, mark{i + 1, strings.ToLower(line[m[2]:m[3]]),
				strings.TrimSpace(line[m[1]:end])})
		}
	}
	return list
}

// TestFixtures loads each spec of testdata/specs. What its marks say must be found, on their lines,
// and nothing else.
func TestFixtures(t *testing.T) {
	paths, err := filepath.Glob(fixtures + "/*.hcl")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			study, found := Load(path, Options{})
			if (study == nil) != found.HasErrors() {
				t.Errorf("study is %v, and there are errors: %v", study, found.HasErrors())
			}
			compare(t, marks(string(src)), found)
			inside(t, string(src), found)
		})
	}
}

func compare(t *testing.T, want []mark, found Diagnostics) {
	t.Helper()
	left := append(Diagnostics(nil), found...)
next:
	for _, m := range want {
		for i, d := range left {
			if d.At.Line == m.line && d.severity() == m.severity && regexp.MustCompile(m.pattern).
				MatchString(d.Message+" "+d.Hint) {
				left = append(left[:i:i], left[i+1:]...)
				continue next
			}
		}
		t.Errorf("line %d: no %s like %q", m.line, m.severity, m.pattern)
	}
	for _, d := range left {
		t.Errorf("line %d: %s that has no mark: %s; %s", d.At.Line, d.severity(), d.Message, d.Hint)
	}
}

// inside checks what every diagnostic promises: a message, and a range within its file.
func inside(t *testing.T, src string, found Diagnostics) {
	t.Helper()
	lines := strings.Split(src, "\n")
	for _, d := range found {
		if problem := outside(lines, d); problem != "" {
			t.Errorf("%s: %s", d.Message, problem)
		}
	}
}

func outside(lines []string, d Diagnostic) string {
	switch {
	case d.Message == "" || d.At.File == "":
		return "has no message or no file"
	case d.At.Line < 1 || d.At.Line > len(lines) || d.end.Line < d.At.Line ||
		d.end.Line > len(lines):
		return fmt.Sprintf("lines %d to %d of %d", d.At.Line, d.end.Line, len(lines))
	case d.Column < 1 || d.Column > len(lines[d.At.Line-1])+1 ||
		d.end.Column > len(lines[d.end.Line-1])+1:
		return fmt.Sprintf("column %d of line %d, which ends at %d of line %d", d.Column, d.At.Line,
			d.end.Column, d.end.Line)
	case d.end.Line == d.At.Line && d.end.Column < d.Column:
		return "ends before it begins"
	}
	return ""
}
