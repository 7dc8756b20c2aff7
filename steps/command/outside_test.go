package command

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"snellen/engine/step"
)

// ends are what programs do to the folder that they were given: r is its root, and foreign a folder
// of somebody else's.
var ends = map[string]func(r root, foreign string) error{
	"output is a link": func(r root, foreign string) error {
		return errors.Join(os.RemoveAll(r.path("output")), os.Symlink(foreign, r.path("output")))
	},
	"output/data is a link": func(r root, foreign string) error {
		return errors.Join(os.RemoveAll(r.path("output/data")),
			os.Symlink(filepath.Join(foreign, "data"), r.path("output/data")))
	},
	"model is a link": func(r root, foreign string) error {
		return errors.Join(os.RemoveAll(r.path("model")), os.Symlink(foreign, r.path("model")))
	},
	"model has a link": func(r root, foreign string) error {
		return os.Symlink(foreign, r.path("model/below"))
	},
	"tmp is a link": func(r root, foreign string) error {
		return errors.Join(os.RemoveAll(r.path("tmp")), os.Symlink(foreign, r.path("tmp")))
	},
	"all of it is a link": func(r root, foreign string) error {
		return errors.Join(os.Rename(r.dir, r.dir+".away"), os.Symlink(foreign, r.dir))
	},
}

// TestNothingIsTakenFromOutside: whatever a program leaves in its folder, also between a look at it
// and a move, what is outside stays as it was, and is not read.
func TestNothingIsTakenFromOutside(t *testing.T) {
	for name, end := range ends {
		for _, late := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				r, err := newRoot(t.Context(), makeFolder(t, t.TempDir(), "out"), &step.Job{}, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer r.close()
				foreign := makeForeign(t)
				before := fingerprint(t, foreign)
				if err := os.WriteFile(r.path("model/weights"), []byte("w"), 0o666); err != nil {
					t.Fatal(err)
				}
				if late {
					_, err = r.left("model")
					if _, err2 := r.left("output/data"); err != nil || err2 != nil {
						t.Fatal(err, err2)
					}
				}
				if err := end(r, foreign); err != nil {
					t.Fatal(err)
				}
				reason, _ := r.failure()
				_, err = r.left("model")
				if !late {
					_, err2 := r.left("output/data")
					err = errors.Join(err, err2)
				}
				err = errors.Join(err, r.clear("model", "output"), r.hoist())
				if name != "tmp is a link" && err == nil && (!late || name != "model has a link") {
					t.Errorf("it was taken, late %t", late)
				}
				if reason != "" {
					t.Errorf("the reason is %q", reason)
				}
				if after := fingerprint(t, foreign); after != before {
					t.Errorf("late %t: outside there was\n%s and now is\n%s", late, before, after)
				}
			})
		}
	}
}

func makeFolder(t *testing.T, parts ...string) string {
	t.Helper()
	dir := filepath.Join(parts...)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// makeForeign makes a folder that looks like what a program leaves.
func makeForeign(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"data/thesis.tex", "failure", "model/weights", "output/data/x"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		makeFolder(t, filepath.Dir(path))
		if err := os.WriteFile(path, []byte("secret"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// fingerprint lists the names in a folder, with their modes.
func fingerprint(t *testing.T, dir string) (list string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		list += path + " " + fi.Mode().String() + "\n"
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
