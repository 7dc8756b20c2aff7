package main

import (
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPlanWritesNothing plans a changed study: where it may write, it writes nothing but the memo
// of what files' bytes are, and on a disk that is read-only it says the same.
func TestPlanWritesNothing(t *testing.T) {
	apply := tiny(t)
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	spec := filepath.Join(apply.Dir, "tiny.hcl")
	if err := os.WriteFile(spec, []byte(strings.Replace(tinyStudy, "= 2\n", "= 3\n", 1)),
		0o666); err != nil {
		t.Fatal(err)
	}
	before := everything(t, apply.Dir)
	want := says(t, apply, "snellen", "plan")
	if !strings.Contains(want, "hyperparameters.epochs 2 -> 3") {
		t.Errorf("the plan says\n%s", want)
	}
	after := everything(t, apply.Dir)
	for _, all := range []map[string][32]byte{before, after} {
		delete(all, "store/memo/stat.json")
	}
	if !maps.Equal(before, after) {
		t.Errorf("files before: %q\nand after: %q", slices.Sorted(maps.Keys(before)),
			slices.Sorted(maps.Keys(after)))
	}

	// A mount of our own, since root may write whatever the modes say.
	frozen := []string{"unshare", "--map-root-user", "--mount", "sh", "-c", `mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" && exec "$@"`, "sh"}
	if out, err := exec.Command(frozen[0],
		append(slices.Clone(frozen[1:]), "true")...).CombinedOutput(); err != nil {
		t.Skipf("no read-only mount can be made here: %v: %s", err, out)
	}
	if out, err := beside(apply,
		append(slices.Clone(frozen), "touch", "x")...).CombinedOutput(); err == nil {
		t.Fatalf("the disk is not read-only: %s", out)
	}
	if got := says(t, apply, append(slices.Clone(frozen), "snellen", "plan")...); got != want {
		t.Errorf("on a read-only disk:\n%s\nelse:\n%s", got, want)
	}
}

// beside is a command in the place of another, and with its environment.
func beside(cmd *exec.Cmd, words ...string) *exec.Cmd {
	c := exec.Command(words[0], words[1:]...)
	c.Dir, c.Env = cmd.Dir, cmd.Env
	return c
}

// says is what such a command prints.
func says(t *testing.T, cmd *exec.Cmd, words ...string) string {
	t.Helper()
	out, err := beside(cmd, words...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// everything is the digest of each file below a folder, but for FIFOs, by slash-separated name; of
// a folder it is zero.
func everything(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			all[name] = [32]byte{}
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = sha256.Sum256(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
