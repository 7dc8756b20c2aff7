package builtin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func TestFileset(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.mp4", "b.MP4", "c.txt", "deep/d.mp4", "deep/er/e.mp4"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		"*.mp4": "a.mp4", "**/*.mp4": "a.mp4 deep/d.mp4 deep/er/e.mp4", "deep/*": "deep/d.mp4",
		"**": "a.mp4 b.MP4 c.txt deep/d.mp4 deep/er/e.mp4", "?.txt": "c.txt", "x": "",
		"*.{mp4,txt}": "a.mp4 c.txt", "{deep,x}/*": "deep/d.mp4",
	} {
		if got, err := fileset(dir, pattern); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v", pattern, got, err)
		}
	}
	for _, pattern := range []string{"", "/x", "../*", "[", "a/[/b"} {
		if got, err := fileset(dir, pattern); err == nil {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}

func TestExpandBraces(t *testing.T) {
	for pattern, want := range map[string]string{
		"*.jpg": "*.jpg", "{a,b}/*.{x,y}": "a/*.x a/*.y b/*.x b/*.y", "a{,b}": "a ab",
		"{a": "", "a}": "", "{a{b}}": "", "{a/b}": "", strings.Repeat("{a,b}", 9): "",
	} {
		got, err := expandBraces(pattern)
		var texts []string
		for _, parts := range got {
			texts = append(texts, strings.Join(parts, "/"))
		}
		if text := strings.Join(texts, " "); text != want || (err != nil) != (want == "") {
			t.Errorf("%q stands for %q, %v", pattern, text, err)
		}
	}
}

// A study of many pictures is far from using up the budget.
func TestManyPathsAreFine(t *testing.T) {
	m := NewMeter()
	var paths []cty.Value
	for i := range maxWalked {
		paths = append(paths, cty.StringVal(fmt.Sprintf("%s/%06d.jpg", strings.Repeat("x", 50), i)))
	}
	sort := m.function("sort", stdlib.SortFunc)
	if _, err := sort.Call([]cty.Value{cty.ListVal(paths)}); err != nil {
		t.Fatal(err)
	}
	spent := float64(budget-m.left) / budget
	t.Logf("sorting %d paths spends %.2f of the budget", len(paths), spent)
	if spent > 0.25 {
		t.Errorf("sorting %d paths spends %.2f of the budget", len(paths), spent)
	}
}
