package revision

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/step"
)

// repository returns a folder in a repository with one commit of these files, and runs git there.
func repository(t *testing.T, files map[string]string) (dir string, git func(args ...string)) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	for name, value := range map[string]string{
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
		"GIT_COMMITTER_EMAIL": "a@b", "GIT_COMMITTER_DATE": "2020-02-03T12:00:00+0000",
		"GIT_CONFIG_GLOBAL": os.DevNull, "TZ": "UTC",
	} {
		t.Setenv(name, value)
	}
	root := t.TempDir()
	dir = filepath.Join(root, "below")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	git = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", root)
	git("add", ".")
	git("commit", "-q", "-m", "first")
	return dir, git
}

// Files are read as they were, by any name that git has for the commit, to the byte. Names are not
// patterns.
func TestRead(t *testing.T) {
	dir, git := repository(t, map[string]string{"s.hcl": "one\r\n", "a*.hcl": "star", "ab.hcl": "b"})
	git("tag", "v1")
	if err := os.WriteFile(filepath.Join(dir, "s.hcl"), []byte("two"), 0o666); err != nil {
		t.Fatal(err)
	}
	git("commit", "-q", "-a", "-m", "second")
	for _, name := range []string{"v1", "HEAD~1", "HEAD^"} {
		c, err := Find(t.Context(), dir, name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := c.Read(t.Context(), "s.hcl", 100)
		if err != nil || string(data) != "one\r\n" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		if want := name + " (" + c.Hash[:7] + ", 2020-02-03)"; c.String() != want {
			t.Errorf("%s, want %s", c, want)
		}
		if data, err := c.Read(t.Context(), "a*.hcl", 100); err != nil || string(data) != "star" {
			t.Errorf("%q, %v", data, err)
		}
	}
}

func TestProblems(t *testing.T) {
	dir, git := repository(t, map[string]string{"s.hcl": "text", "big": strings.Repeat("x", 101)})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	git("add", "link")
	git("commit", "-q", "-m", "link")
	c, err := Find(t.Context(), dir, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(t.Context(), "gone.hcl", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("gone.hcl: %v", err)
	}
	for name, want := range map[string]string{
		"big": "more than the 100 expected", "link": "not a regular file", "../below": "not a regular",
	} {
		if _, err := c.Read(t.Context(), name, 100); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for _, name := range []string{"", "-x", "--output=x", "HEAD:s.hcl", "a\nb", "nothing", "@{99}"} {
		_, err := Find(t.Context(), dir, name)
		if err == nil || step.Hint(err) == "" {
			t.Errorf("%q: %v, without a hint", name, err)
		}
	}
	if _, err := Find(t.Context(), t.TempDir(), "HEAD"); err == nil ||
		!strings.Contains(err.Error(), "is in no git repository") {
		t.Error(err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Find(t.Context(), dir, "HEAD"); err == nil ||
		!strings.Contains(err.Error(), "git is not installed") {
		t.Error(err)
	}
}

// FuzzGit checks that of whatever git says, a file is a hash, and a commit's time is in its head.
func FuzzGit(f *testing.F) {
	hash := strings.Repeat("ab", 20)
	f.Add([]byte("100644 blob " + hash + "      12\ts.hcl\x00"))
	f.Add([]byte("120000 blob " + hash + " 12\ts.hcl"))
	f.Add([]byte("tree " + hash + "\ncommitter A <a@b> 1580731200 +0000\n\ncommitter x 5 6"))
	f.Fuzz(func(t *testing.T, out []byte) {
		const limit = 1 << 20
		if found, err := parseEntry(out, limit); (err == nil) != hashForm.MatchString(found) {
			t.Errorf("%q, %v", found, err)
		}
		head, _, _ := strings.Cut(string(out), "\n\n")
		if at := committed(out); !at.Equal(committed([]byte(head))) ||
			!at.IsZero() && !strings.Contains(head, "committer") {
			t.Errorf("%v", at)
		}
		if text := (Commit{Name: "x", Hash: hash, Time: committed(out)}).String(); text == "" {
			t.Error("no text")
		}
	})
}
