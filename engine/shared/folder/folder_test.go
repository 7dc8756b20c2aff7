package folder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"snellen/engine/shared"
	"snellen/engine/shared/bucketsuite"
	"snellen/engine/step"
)

func TestBucket(t *testing.T) {
	bucketsuite.Run(t, func(t *testing.T) shared.Bucket { return Open(t.TempDir()) })
}

// TestWithoutLinks runs the suite where no links can be made, as on FAT.
func TestWithoutLinks(t *testing.T) {
	bucketsuite.Run(t, func(t *testing.T) shared.Bucket {
		b := Open(t.TempDir())
		b.link = func(_ *os.Root, from, to string) error {
			return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
		}
		return b
	})
}

// names returns the files and folders in a folder, but for those that hold no blobs.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestFiles: a blob is a file that nobody may write, and nothing else is left.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	b := Open(dir)
	if _, err := b.Put(t.Context(), "a/b", []byte("text"), shared.When{Absent: true}); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Lstat(filepath.Join(dir, "a", "b"))
	if err != nil || fi.Mode() != 0o444 {
		t.Errorf("%v, %v", fi, err)
	}
	b.Put(t.Context(), "a/b", nil, shared.When{Absent: true})
	if left := names(t, filepath.Join(dir, incoming)); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
	if got := names(t, dir); !slices.Equal(got, []string{incoming, "a"}) {
		t.Errorf("%q", got)
	}
	if b.URL() != "file://"+filepath.ToSlash(dir) {
		t.Error(b.URL())
	}
}

// TestFolderIsThere: where the bucket's folder is not there, nothing is absent, and nothing is made.
func TestFolderIsThere(t *testing.T) {
	mounted := filepath.Join(t.TempDir(), "mounted")
	b := Open(mounted)
	check := func(what string, err error) {
		t.Helper()
		if err == nil || errors.Is(err, shared.ErrAbsent) || !strings.HasPrefix(err.Error(), "there is no folder") ||
			!strings.Contains(step.Hint(err), "mkdir "+mounted) {
			t.Errorf("%s: %v, hint %q", what, err, step.Hint(err))
		}
	}
	from := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(from, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err := b.Get(t.Context(), "a", 1)
	check("get", err)
	_, err = b.Stat(t.Context(), "a")
	check("stat", err)
	_, err = b.Fetch(t.Context(), "a", from+"2", 1, nil)
	check("fetch", err)
	_, err = b.Put(t.Context(), "a", nil, shared.When{})
	check("put", err)
	_, err = b.Send(t.Context(), "a", from, shared.When{}, nil)
	check("send", err)
	check("remove", b.Remove(t.Context(), "a"))
	check("list", b.List(t.Context(), "", func([]shared.Blob) error { return nil }))
	if err := os.Mkdir(mounted, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "a", nil, shared.When{}); err != nil {
		t.Errorf("once it is mounted: %v", err)
	}
	if err := os.RemoveAll(mounted); err != nil {
		t.Fatal(err)
	}
	_, _, err = b.Get(t.Context(), "a", 1)
	check("get, once it is unmounted", err)
	if err := os.WriteFile(mounted, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Get(t.Context(), "a", 1); err == nil || errors.Is(err, shared.ErrAbsent) {
		t.Errorf("a file: %v", err)
	}
}

// obstacles are what may be in the place of a blob. make makes one.
var obstacles = map[string]func(path, outside string) error{
	"folder":       func(path, _ string) error { return os.MkdirAll(filepath.Join(path, "x", "y"), 0o777) },
	"link":         func(path, outside string) error { return os.Symlink(outside, path) },
	"link inside":  func(path, _ string) error { return os.Symlink("../good", path) },
	"link to none": func(path, _ string) error { return os.Symlink("none", path) },
	"link to self": func(path, _ string) error { return os.Symlink(filepath.Base(path), path) },
	"pipe":         mkfifo,
}

// TestObstacles: what is no regular file is no blob, and is moved aside by whoever writes one.
func TestObstacles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("outside"), 0o666); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(from, []byte("new"), 0o666); err != nil {
		t.Fatal(err)
	}
	for what, lay := range obstacles {
		for _, when := range []shared.When{{}, {Absent: true}} {
			for _, at := range []string{"a/b", "a"} { // in the blob's place, and in its folder's
				if at == "a" && (what == "folder" || what == "link inside") {
					continue
				}
				dir := t.TempDir()
				b := Open(dir)
				if err := errors.Join(os.WriteFile(filepath.Join(dir, "good"), []byte("good"), 0o444),
					os.MkdirAll(filepath.Dir(filepath.Join(dir, at)), 0o777)); err != nil {
					t.Fatal(err)
				}
				if err := lay(filepath.Join(dir, at), outside); err != nil {
					t.Skip(err)
				}
				if _, _, err := b.Get(t.Context(), "a/b", 100); err != shared.ErrAbsent {
					t.Errorf("%s at %s: get: %v", what, at, err)
				}
				if _, err := b.Stat(t.Context(), "a/b"); err != shared.ErrAbsent {
					t.Errorf("%s at %s: stat: %v", what, at, err)
				}
				to := filepath.Join(t.TempDir(), "to")
				if _, err := b.Fetch(t.Context(), "a/b", to, 100, nil); err != shared.ErrAbsent {
					t.Errorf("%s at %s: fetch: %v", what, at, err)
				}
				if _, err := b.Put(t.Context(), "a/b", nil, shared.When{Tag: "x"}); err != shared.ErrChanged {
					t.Errorf("%s at %s: put with a tag: %v", what, at, err)
				}
				listed := 0
				err := b.List(t.Context(), "a", func(page []shared.Blob) error {
					listed += len(page)
					return nil
				})
				if err != nil || listed != 0 {
					t.Errorf("%s at %s: list: %d, %v", what, at, listed, err)
				}
				if _, err := b.Send(t.Context(), "a/b", from, when, nil); err != nil {
					t.Errorf("%s at %s: send: %v, hint %q", what, at, err, step.Hint(err))
				}
				if data, _, err := b.Get(t.Context(), "a/b", 100); err != nil || string(data) != "new" {
					t.Errorf("%s at %s: %q, %v", what, at, data, err)
				}
				if data, err := os.ReadFile(outside); err != nil || string(data) != "outside" {
					t.Errorf("%s at %s: it wrote outside: %q, %v", what, at, data, err)
				}
				if data, _, err := b.Get(t.Context(), "good", 100); err != nil || string(data) != "good" {
					t.Errorf("%s at %s: %q, %v", what, at, data, err)
				}
			}
		}
	}
}

// TestObstacleRace: of those who all move an obstacle aside, one writes the blob.
func TestObstacleRace(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "a"), 0o777); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		won := ""
		for i := range 8 {
			all.Go(func() {
				text := strings.Repeat("x", i+1)
				_, err := Open(dir).Put(t.Context(), "a", []byte(text), shared.When{Absent: true})
				mu.Lock()
				defer mu.Unlock()
				if err == nil && won == "" {
					won = text
				} else if err != shared.ErrChanged {
					t.Errorf("%v, %q has won", err, won)
				}
			})
		}
		all.Wait()
		if data, _, err := Open(dir).Get(t.Context(), "a", 100); err != nil || string(data) != won {
			t.Errorf("%q, not %q: %v", data, won, err)
		}
	}
}

// TestObstacleOfTheDead: who died while it moved an obstacle aside does not keep others from it.
func TestObstacleOfTheDead(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(os.MkdirAll(filepath.Join(dir, movingName("a")), 0o777),
		os.Mkdir(filepath.Join(dir, "a"), 0o777))
	if err != nil {
		t.Fatal(err)
	}
	when := shared.When{Absent: true}
	if _, err := Open(dir).Put(t.Context(), "a", []byte("new"), when); err != nil {
		t.Fatal(err)
	}
	if data, _, err := Open(dir).Get(t.Context(), "a", 100); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestFileForFolder: a file in the place of a folder may be a blob, and stays.
func TestFileForFolder(t *testing.T) {
	b := Open(t.TempDir())
	if _, err := b.Put(t.Context(), "a", []byte("x"), shared.When{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "a/b", nil, shared.When{}); err == nil || step.Hint(err) != "move it away" {
		t.Errorf("%v", err)
	}
	if _, _, err := b.Get(t.Context(), "a/b", 1); err != shared.ErrAbsent {
		t.Errorf("%v", err)
	}
	if err := b.Remove(t.Context(), "a/b"); err != nil {
		t.Errorf("%v", err)
	}
	if data, _, err := b.Get(t.Context(), "a", 1); err != nil || string(data) != "x" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestReserved: what is written or was moved aside is no blob.
func TestReserved(t *testing.T) {
	b := Open(t.TempDir())
	for _, name := range []string{incoming, incoming + "/x", aside, aside + "/x"} {
		if _, err := b.Put(t.Context(), name, nil, shared.When{}); err == nil {
			t.Errorf("%s was put", name)
		}
		if _, _, err := b.Get(t.Context(), name, 1); err == nil {
			t.Errorf("%s was got", name)
		}
	}
}

// TestSweep: the first listing removes what was being written a day ago.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, incoming, "old"), filepath.Join(dir, incoming, "young")
	if err := errors.Join(os.Mkdir(filepath.Dir(old), 0o777), os.WriteFile(old, nil, 0o444),
		os.WriteFile(young, nil, 0o444)); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	none := func([]shared.Blob) error { return errors.New("a blob") }
	if err := Open(dir).List(t.Context(), "", none); err != nil {
		t.Error(err)
	}
	if got := names(t, filepath.Dir(old)); !slices.Equal(got, []string{"young"}) {
		t.Errorf("%q", got)
	}
}

// TestCoarseTimes: two blobs of one size have two tags, though they were written in one moment.
func TestCoarseTimes(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tags := map[string]bool{}
	for range 100 {
		a, err := stamp(root, "a", nil)
		if err != nil {
			t.Fatal(err)
		}
		tags[tagOf(a)] = true
		b, err := stampAt(root, "b", a, a.ModTime())
		if err != nil || tagOf(a) == tagOf(b) {
			t.Errorf("%s, %s, %v", tagOf(a), tagOf(b), err)
		}
	}
	if len(tags) < 99 {
		t.Errorf("only %d tags of 100", len(tags))
	}
}

// TestLostAnswer: a link that was made, and whose answer says that the name exists, is a success.
func TestLostAnswer(t *testing.T) {
	b := Open(t.TempDir())
	b.link = func(root *os.Root, from, to string) error {
		if err := root.Link(from, to); err != nil {
			return err
		}
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EEXIST}
	}
	if _, err := b.Put(t.Context(), "a", nil, shared.When{Absent: true}); err != nil {
		t.Error(err)
	}
	if _, err := b.Put(t.Context(), "a", nil, shared.When{Absent: true}); err != shared.ErrChanged {
		t.Error(err)
	}
}

// TestHanging: a file system that does not answer ends a small request.
func TestHanging(t *testing.T) {
	b := Open(t.TempDir())
	b.patience = 50 * time.Millisecond
	b.link = func(*os.Root, string, string) error { select {} }
	_, err := b.Put(t.Context(), "a", nil, shared.When{Absent: true})
	if err == nil || !strings.Contains(err.Error(), "did not answer within 50ms") || step.Hint(err) == "" {
		t.Errorf("%v", err)
	}
}

// TestRemovedMeanwhile: a blob that is written, replaced and removed at once is there whole, or not
// at all, and nothing fails.
func TestRemovedMeanwhile(t *testing.T) {
	b := Open(t.TempDir())
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			for range 30 {
				if _, err := b.Put(t.Context(), "a/b", make([]byte, 100_000), shared.When{}); err != nil {
					t.Error(err)
				}
				if err := b.Remove(t.Context(), "a/b"); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 100 {
				if i == 0 {
					if _, err := b.Stat(t.Context(), "a/b"); err != nil && err != shared.ErrAbsent {
						t.Error(err)
					}
					continue
				}
				data, _, err := b.Get(t.Context(), "a/b", 100_000)
				if err != shared.ErrAbsent && (err != nil || len(data) != 100_000) {
					t.Errorf("%d bytes, %v", len(data), err)
				}
			}
		})
	}
	all.Wait()
}

func TestCare(t *testing.T) {
	bucketsuite.Care(t, func(t *testing.T) (shared.Bucket, string) {
		dir := t.TempDir()
		return Open(dir), dir
	})
}
