package report

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"snellen/steps/report/plain"
)

func TestFolder(t *testing.T) {
	r := read(t, whole())
	dir := filepath.Join(t.TempDir(), "snacks.report")
	if err := r.WriteFolder(dir, Fingerprint{1}); err != nil {
		t.Fatal(err)
	}
	pictures, _ := filepath.Glob(filepath.Join(dir, "320x240", "shelf", "*"))
	if len(pictures) != 3 || filepath.Base(pictures[1]) != "000008.jpg" {
		t.Errorf("pictures: %q", pictures)
	}
	for _, p := range r.Document().Resolutions[0].Runs[0].Evaluations[0].Series.Areas[1].Inputs {
		if data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(p.File))); err != nil ||
			string(data) != "seen B" {
			t.Errorf("%s: %q, %v", p.File, data, err)
		}
	}
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.WriteFolder(dir, Fingerprint{1}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) {
		t.Errorf("a folder with the same content was replaced (%v)", err)
	}
	r.doc.Study = "other"
	if err := r.WriteFolder(dir, Fingerprint{1}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "report.md")); err != nil ||
		!bytes.HasPrefix(text, []byte("# other")) {
		t.Errorf("not replaced: %.20q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestForeignFolder(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(mine, []byte("years"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := read(t, whole()).WriteFolder(dir, Fingerprint{1}); err == nil {
		t.Error("a folder of other files was replaced")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

func TestGoneObjects(t *testing.T) {
	st, decisions := testStore(t, one())
	for _, d := range decisions {
		if d.Node.Address == "320x240/evaluate/shelf" {
			for _, name := range []string{"summary.json", "pictures/000000.jpg"} {
				if err := os.Remove(st.Path(d.Record.Outputs[name].Digest)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	r, err := Read(st, simple(), decisions)
	if err != nil {
		t.Fatal(err)
	}
	if r.Complete() || !r.Started() || r.Document().Resolutions[0].Grade != nil {
		t.Errorf("complete without its evaluation: %+v", r.Document().Resolutions[0])
	}
	if got := r.note(0); got != "shelf not run: type snellen apply" {
		t.Errorf("note %q", got)
	}
	if err := r.WriteFolder(filepath.Join(t.TempDir(), "report"), Fingerprint{1}); err != nil {
		t.Errorf("a picture that is gone: %v", err)
	}
}

// The table of a report is cached while its fingerprint is the same and its files are unchanged.
func TestCachedTable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "report")
	r := read(t, whole())
	if _, ok := CachedTable(dir, Fingerprint{1}); ok {
		t.Error("cached before it is written")
	}
	if err := r.WriteFolder(dir, Fingerprint{1}); err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := plain.WriteTable(&want, r.Document(), 0, false); err != nil {
		t.Fatal(err)
	}
	if table, ok := CachedTable(dir, Fingerprint{1}); !ok || !bytes.Equal(table, want.Bytes()) {
		t.Errorf("%v: %s", ok, table)
	}
	if _, ok := CachedTable(dir, Fingerprint{2}); ok {
		t.Error("cached for another fingerprint")
	}
	for _, name := range []string{"report.json", "report.md", "report.txt", "results.csv",
		"index.html", ".made", "320x240/shelf/000008.jpg"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(time.Second)
		for _, damage := range []func() error{
			func() error {
				return os.WriteFile(path, append(data, '!'), 0o666)
			},
			func() error { // the same size, as far as times tell
				return errors.Join(os.WriteFile(path, bytes.ToUpper(data), 0o666),
					os.Chtimes(path, later, later))
			},
			func() error { return os.Remove(path) },
		} {
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			if _, ok := CachedTable(dir, Fingerprint{1}); ok {
				t.Errorf("cached though %s is damaged", name)
			}
		}
		if err := r.WriteFolder(dir, Fingerprint{1}); err != nil {
			t.Fatal(err)
		}
		if _, ok := CachedTable(dir, Fingerprint{1}); !ok {
			t.Errorf("%s is not repaired", name)
		}
	}
}
