package builtin

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFinder names files by another form of Unicode than their own, which is theirs where nothing
// has the name itself.
func TestFinder(t *testing.T) {
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	dir := t.TempDir()
	for _, path := range []string{
		decomposed + "/" + decomposed + ".mp4", "both/" + composed, "both/" + decomposed, "plain",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(path), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, composed)); err == nil {
		t.Skip("this file system finds a file by any form of its name")
	}
	for path, want := range map[string]string{
		composed + "/" + composed + ".mp4":   decomposed + "/" + decomposed + ".mp4",
		composed + "/" + decomposed + ".mp4": decomposed + "/" + decomposed + ".mp4",
		composed:                             decomposed,
		"both/" + composed:                   "both/" + composed,
		"both/" + decomposed:                 "both/" + decomposed,
		composed + "/x":                      composed + "/x",
		"na\u00efve":                         "na\u00efve",
		"plain":                              "plain",
	} {
		want = filepath.Join(dir, want)
		if got := NewFinder(dir).Find(path); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
		if got := NewFinder("elsewhere").Find(filepath.Join(dir, path)); got != want {
			t.Errorf("%q, absolute, is %q, want %q", path, got, want)
		}
		t.Chdir(dir)
		if got := NewFinder(".").Find(path); filepath.Join(dir, got) != want {
			t.Errorf("%q, relative, is %q, want %q", path, got, want)
		}
	}
	if got, err := fileset(dir, composed+"/*"+composed+".mp4"); err != nil || len(got) != 1 {
		t.Errorf("a pattern in the other form matches %q, %v", got, err)
	}
}
