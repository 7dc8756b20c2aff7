// Package revision reads files as they were at a revision of a git repository. It runs git, which
// need not be installed for anything else, without a shell and without changing anything. A
// revision is resolved to a commit first, and everything after that is asked by the commit's hash.
package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// A Commit is one commit of the repository that holds a folder.
type Commit struct {
	Name string    // as the caller named it: "HEAD~1"
	Hash string    // hexadecimal
	Time time.Time // of the commit
	dir  string
}

var hashForm = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// Find returns the commit that a revision names in the repository that holds the folder dir. The
// error carries a hint.
func Find(ctx context.Context, dir, name string) (Commit, error) {
	c := Commit{Name: name, dir: dir}
	if problem := nameProblem(name); problem != "" {
		return c, step.WithHint(fmt.Errorf("%q is no revision: %s", name, problem),
			"name a commit, a branch or a tag, such as -rev HEAD~1")
	}
	if _, err := c.git(ctx, "rev-parse", "--git-dir"); err != nil {
		return c, err
	}
	out, err := c.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	// Earlier versions of git print the option too.
	lines := strings.Fields(string(out))
	if err != nil || len(lines) == 0 || !hashForm.MatchString(lines[len(lines)-1]) {
		return c, step.WithHint(fmt.Errorf("git knows no revision %q in %s", name, shown(dir)),
			proc.Line(logOf(dir)...)+" lists them")
	}
	c.Hash = lines[len(lines)-1]
	if out, err = c.git(ctx, "cat-file", "commit", c.Hash); err != nil {
		return c, err
	}
	c.Time = committed(out)
	return c, nil
}

// logOf returns a command that lists revisions.
func logOf(dir string) []string {
	if filepath.Clean(dir) == "." {
		return []string{"git", "log", "--oneline"}
	}
	return []string{"git", "-C", dir, "log", "--oneline"}
}

// nameProblem says why a text cannot name a revision, or returns "".
func nameProblem(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case strings.HasPrefix(name, "-"):
		return "it begins with a dash"
	case strings.ContainsFunc(name, unicode.IsControl) || len(name) > 250:
		return "no name of a commit looks like that"
	case strings.Contains(name, ":"):
		return "the file is named on its own"
	}
	return ""
}

// committed returns the time in a commit's text, or zero.
func committed(text []byte) time.Time {
	head, _, _ := bytes.Cut(text, []byte("\n\n"))
	for line := range strings.Lines(string(head)) {
		words := strings.Fields(line)
		if n := len(words); n > 3 && words[0] == "committer" {
			if s, err := strconv.ParseInt(words[n-2], 10, 64); err == nil {
				return time.Unix(s, 0)
			}
		}
	}
	return time.Time{}
}

// String returns the name, the beginning of the hash and the day: "HEAD~1 (3f2c1ab, 2026-11-30)".
func (c Commit) String() string {
	return fmt.Sprintf("%s (%.7s, %s)", c.Name, c.Hash, c.Time.Local().Format(time.DateOnly))
}

// Read returns a file of the folder as it was at the commit. The error wraps fs.ErrNotExist where
// the folder had no such file then. A file of more than limit bytes is an error.
func (c Commit) Read(ctx context.Context, name string, limit int64) ([]byte, error) {
	out, err := c.git(ctx, "ls-tree", "-z", "-l", c.Hash, "--", name)
	if err != nil {
		return nil, err
	}
	what := filepath.Join(c.dir, name) + " at " + c.String()
	hash, err := parseEntry(out, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %w", what, err)
	}
	return c.git(ctx, "cat-file", "blob", hash)
}

// parseEntry returns the hash of a file of at most limit bytes from what git ls-tree says of it:
// MODE TYPE HASH SIZE, a tab, the path.
func parseEntry(out []byte, limit int64) (hash string, err error) {
	head, _, _ := strings.Cut(string(out), "\t")
	entry := strings.Fields(head)
	switch {
	case len(entry) == 0:
		return "", fs.ErrNotExist
	case len(entry) != 4 || entry[1] != "blob" || entry[0] == "120000" ||
		!hashForm.MatchString(entry[2]):
		return "", errors.New("is not a regular file")
	}
	if size, err := strconv.ParseInt(entry[3], 10, 64); err != nil || size < 0 || size > limit {
		return "", fmt.Errorf("has %s bytes, more than the %d expected at most", entry[3], limit)
	}
	return entry[2], nil
}

// git runs a command of git in the folder, and returns what it prints, up to proc.Cmd's bound.
func (c Commit) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := proc.Command(ctx, "git",
		append([]string{"--no-pager", "--literal-pathspecs", "-C", c.dir}, args...)...)
	// Nothing is fetched, nobody is asked, and messages are English.
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1",
		"GIT_OPTIONAL_LOCKS=0")
	said := proc.NewTail(4 << 10)
	cmd.Stderr = said
	out, err := cmd.Output()
	switch {
	case err == nil || ctx.Err() != nil:
		return out, err
	case errors.Is(err, exec.ErrNotFound):
		return nil, step.WithHint(errors.New("git is not installed"),
			"install it, or compare two specs, or two runs by -run")
	case strings.Contains(said.First(1), "not a git repository"):
		return nil, step.WithHint(fmt.Errorf("%s is in no git repository", shown(c.dir)),
			"compare two specs, or two runs by -run")
	}
	if text := said.First(1); text != "" {
		return nil, fmt.Errorf("git %s: %s", args[0], text)
	}
	return nil, fmt.Errorf("git %s: %w", args[0], err)
}

// shown returns how a folder is called in a message.
func shown(dir string) string {
	if filepath.Clean(dir) == "." {
		return "the current folder"
	}
	return dir
}
