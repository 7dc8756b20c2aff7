package regular

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"", "hello", string(make([]byte, 5000))} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if data, err := Read(path, int64(len(text))); err != nil || string(data) != text {
			t.Errorf("%d bytes: %d, %v", len(text), len(data), err)
		}
		if _, err := Read(path, int64(len(text))-1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes and a smaller limit: %v", len(text), err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err == nil {
		if data, err := Read(link, 5000); err != nil || len(data) != 5000 {
			t.Errorf("by a link: %d, %v", len(data), err)
		}
	}
	if _, err := Read(filepath.Join(dir, "none"), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	_, err := Read(dir, 1)
	if want := "open " + dir + ": not a regular file but a folder; move it away"; err == nil ||
		err.Error() != want || !errors.Is(err, ErrNot) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := OpenFile(dir, os.O_RDWR|os.O_CREATE, 0o666); !errors.Is(err, ErrNot) {
		t.Errorf("a folder, to be written: %v", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if f, err := OpenIn(root, "file"); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	if _, err := OpenIn(root, "."); !errors.Is(err, ErrNot) {
		t.Errorf("a folder in a root: %v", err)
	}
}
