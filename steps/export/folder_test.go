package export

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// fill exports files, pairs of a name and a content, to dir.
func fill(dir string, exclusive bool, files ...[2]string) (changed int, err error) {
	f, err := openFolder(dir, "test", exclusive)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for _, file := range files {
		if err := f.write(file[0], func(w io.Writer) error {
			_, err := io.WriteString(w, file[1])
			return err
		}); err != nil {
			return 0, err
		}
	}
	return f.commit()
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func put(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFolderKnowsWhatItMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	for i, c := range []struct {
		files   [][2]string
		changed int
	}{
		{[][2]string{{"x", "1"}, {"deep/er/y", "2"}}, 2},
		{[][2]string{{"x", "1"}, {"deep/er/y", "2"}}, 0},
		{[][2]string{{"x", "3"}, {"z", "4"}}, 3},
	} {
		changed, err := fill(dir, true, c.files...)
		if err != nil || changed != c.changed {
			t.Fatalf("%d: %d changed, %v", i, changed, err)
		}
	}
	if read(t, dir, "x") != "3" || read(t, dir, "z") != "4" {
		t.Error("the last export is not what is there")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestFolderLeavesOthersAlone(t *testing.T) {
	dir := t.TempDir()
	put(t, "mine", dir, "notes")
	if _, err := fill(dir, true, [2]string{"x", "1"}); err == nil ||
		!strings.Contains(err.Error(), `"notes"`) {
		t.Errorf("a folder that is somebody's: %v", err)
	}
	if _, err := fill(dir, false, [2]string{"notes", "1"}); err == nil {
		t.Error("a file that is in the way was replaced")
	}
	if _, err := fill(dir, false, [2]string{"x", "1"}); err != nil {
		t.Fatal(err)
	}
	put(t, "by hand", dir, "x")
	for _, files := range [][][2]string{{{"x", "2"}}, {{"y", "2"}}} {
		if _, err := fill(dir, false, files...); err == nil ||
			!strings.Contains(err.Error(), "changed since") {
			t.Errorf("%v: %v", files, err)
		}
	}
	if read(t, dir, "x") != "by hand" || read(t, dir, "notes") != "mine" {
		t.Error("what a person wrote is gone")
	}
}

// The export crashes when the list has the old and the new files, and some files are in place.
func TestFolderAfterACrash(t *testing.T) {
	dir := t.TempDir()
	if _, err := fill(dir, true, [2]string{"x", "old"}, [2]string{"gone", "old"}); err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(dir, "test", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "y"} {
		if err := f.write(name, func(w io.Writer) error {
			_, err := io.WriteString(w, "new")
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.publish([]string{"y"}, nil); err != nil { // y got its name, x did not
		t.Fatal(err)
	}
	both := map[string][]string{
		"gone": f.made["gone"], "x": append(f.made["x"], f.new["x"]), "y": {f.new["y"]},
	}
	if err := f.writeList(both); err != nil {
		t.Fatal(err)
	}
	f.lock.Close() // as the system does after a crash; the folder stageName stays
	if _, err := os.Stat(filepath.Join(dir, stageName)); err != nil {
		t.Fatal(err)
	}
	if _, err := fill(dir, true, [2]string{"x", "new"}, [2]string{"y", "new"}); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 3 || read(t, dir, "x") != "new" || read(t, dir, "y") != "new" {
		t.Errorf("after a crash: %v", entries)
	}
}

func TestFolderIsOneExportsAtATime(t *testing.T) {
	dir := t.TempDir()
	f, err := openFolder(dir, "test", true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fill(dir, true); err == nil || !strings.Contains(err.Error(), "another export") {
		t.Errorf("two at once: %v", err)
	}
}

// Neither a forged list nor a link in the folder leads an export out of it.
func TestFolderIsNotLedOut(t *testing.T) {
	const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // of nothing
	for _, name := range []string{"../victim", "/etc/hostname", ".snellen-export", "a//b", ""} {
		top := t.TempDir()
		put(t, "", top, "victim")
		put(t, digest+"  "+name+"\n", top, "dir", listName)
		if _, err := fill(filepath.Join(top, "dir"), true, [2]string{"x", "1"}); err == nil ||
			!strings.Contains(err.Error(), "damaged") {
			t.Errorf("%q: %v", name, err)
		}
		read(t, top, "victim")
	}
	top := t.TempDir()
	put(t, "", top, "out", "victim")
	put(t, digest+"  link/victim\n", top, "dir", listName)
	if err := os.Symlink("../out", filepath.Join(top, "dir", "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := fill(filepath.Join(top, "dir"), false, [2]string{"link/x", "1"}); err == nil {
		t.Error("a link was followed")
	}
	if entries, _ := os.ReadDir(filepath.Join(top, "out")); len(entries) != 1 {
		t.Errorf("outside: %v", entries)
	}
}

func TestFolderThatGotNothingIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	f, err := openFolder(dir, "test", true)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := os.Stat(dir); err == nil {
		t.Error("it is there")
	}
}

func TestSafeNames(t *testing.T) {
	texts := []string{
		"BANANA", "banana", "320x240", "牛乳", "a/b", "a:b", "..", "", "CON", "nul.txt", "-rf", " x ",
		"e\u0301", "\u00e9",
		"<img src=x onerror=alert(1)>", "😀", "\u202eabc", strings.Repeat("ü", 90), "a\xffb",
	}
	want := []string{
		"BANANA", "banana-2", "320x240", "牛乳", "a_b", "a_b-2", "_", "_-2", "_CON", "_nul.txt",
		"_-rf", "x", "é", "é-2",
		"_img src_x onerror_alert_1__", "_-3", "_abc", "", "a_b-3",
	}
	names := safeNames(texts)
	for i, name := range names {
		if want[i] != "" && name != want[i] {
			t.Errorf("%q is %q, want %q", texts[i], name, want[i])
		}
		if len(name) > maxName+3 || !utf8.ValidString(name) || !filepath.IsLocal(name) {
			t.Errorf("%q is no name", name)
		}
	}
}

// FuzzList checks that the names in a list stay within its folder, and that each has digests.
func FuzzList(f *testing.F) {
	digest := strings.Repeat("ab", sha256.Size)
	f.Add("# test\n" + digest + "  a/b.txt\n" + digest + "  x\n")
	f.Add(digest + "  ../x\n")
	f.Add(digest + "  " + listName + "/x\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseList(strings.NewReader(text))
		if err != nil && all != nil && len(text) < 64<<10 {
			t.Errorf("%v, %v", all, err)
		}
		for name, digests := range all {
			if !fs.ValidPath(name) || isOwn(name) || len(digests) == 0 {
				t.Errorf("%q: %q", name, digests)
			}
			for _, one := range digests {
				if raw, err := hex.DecodeString(one); err != nil || len(raw) != sha256.Size {
					t.Errorf("%q: %q", name, one)
				}
			}
		}
	})
}
