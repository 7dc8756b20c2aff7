package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"snellen/engine/shared"
)

const (
	pageSize   = 1000           // blobs that List passes on at once
	maxEntries = 1 << 20        // in one folder
	oldAfter   = 24 * time.Hour // for a file that was being written: nobody writes it any more
)

// List implements shared.Bucket. The first one also removes what those who were killed while they
// wrote have left behind.
func (b *Bucket) List(ctx context.Context, prefix string, each func([]shared.Blob) error) error {
	if b.swept.CompareAndSwap(false, true) {
		small(ctx, b, func(_ context.Context, root *os.Root) (struct{}, error) {
			sweep(root)
			return struct{}{}, nil
		})
	}
	w := walk{bucket: b, prefix: prefix, each: each}
	dir, _ := path.Split(prefix)
	if dir = strings.TrimSuffix(dir, "/"); dir != "" && shared.CheckName(dir) != nil {
		dir = "" // no name begins so, but the folder must be there
	}
	if err := w.folder(ctx, dir); err != nil {
		return err
	}
	return w.pass(1)
}

// A walk is a listing under way.
type walk struct {
	bucket *Bucket
	prefix string
	each   func([]shared.Blob) error
	page   []shared.Blob
}

// pass passes blobs on where there are so many at least.
func (w *walk) pass(least int) error {
	if len(w.page) < least {
		return nil
	}
	page := w.page
	w.page = nil
	return w.each(page)
}

// folder lists what is in a folder, and in those below it.
func (w *walk) folder(ctx context.Context, dir string) error {
	entries := func(ctx context.Context, root *os.Root) ([]shared.Blob, error) {
		return w.entries(ctx, root, dir)
	}
	found, err := small(ctx, w.bucket, entries)
	if err != nil {
		return err
	}
	for _, f := range found {
		if below, ok := strings.CutSuffix(f.Name, "/"); ok {
			if err := w.folder(ctx, below); err != nil {
				return err
			}
			continue
		}
		w.page = append(w.page, f)
		if err := w.pass(pageSize); err != nil {
			return err
		}
	}
	return nil
}

// entries returns a folder's blobs and folders in the order of the names that they lead to. The
// name of a folder ends with a slash.
func (w *walk) entries(ctx context.Context, root *os.Root, dir string) ([]shared.Blob, error) {
	file, err := filepath.Localize(cmp.Or(dir, "."))
	if err != nil {
		return nil, nil
	}
	if fi, err := root.Lstat(file); err != nil || !fi.IsDir() {
		if err = absentOr(root, file, err); err == shared.ErrAbsent {
			return nil, nil
		}
		return nil, err
	}
	f, err := root.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var found []shared.Blob
	for {
		entries, err := f.ReadDir(pageSize)
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			switch {
			case shared.CheckName(name) != nil || reserved(name):
			case e.IsDir() && (strings.HasPrefix(name+"/", w.prefix) ||
				strings.HasPrefix(w.prefix, name+"/")):
				found = append(found, shared.Blob{Name: name + "/"})
			case e.Type().IsRegular() && strings.HasPrefix(name, w.prefix):
				fi, err := root.Lstat(filepath.Join(file, e.Name()))
				if err == nil && fi.Mode().IsRegular() {
					found = append(found, blobOf(name, fi))
				} // else it is gone meanwhile
			}
		}
		if len(found) > maxEntries {
			return nil, fmt.Errorf("%s has more than %d files", f.Name(), maxEntries)
		}
		if err == nil {
			err = ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b shared.Blob) int { return cmp.Compare(a.Name, b.Name) })
	return found, nil
}

// sweep removes files that nobody writes any more. What cannot be removed stays.
func sweep(root *os.Root) {
	f, err := root.Open(incoming)
	if err != nil {
		return
	}
	defer f.Close()
	names, _ := f.Readdirnames(10 * pageSize)
	for _, name := range names {
		name = filepath.Join(incoming, name)
		if fi, err := root.Lstat(name); err == nil && fi.Mode().IsRegular() &&
			time.Since(fi.ModTime()) > oldAfter {
			root.Remove(name)
		}
	}
}
