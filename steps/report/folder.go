package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"snellen/engine/draft"
	"snellen/engine/regular"
	"snellen/engine/store"
	"snellen/steps/report/page"
	"snellen/steps/report/plain"
)

// WriteFolder writes the report to the folder dir:
//
//	index.html                   the page: everything in one file
//	report.md                    the table, the areas, the curves, and links to the pictures
//	report.json                  the report's document, for programs
//	report.txt                   the table as a terminal shows it
//	results.csv                  a row for each resolution, training, evaluation and size
//	RESOLUTION/EVALUATION/*.jpg  a few judged frames, or the worst whole pictures
//	RESOLUTION/frames/*.jpg      a training frame of each expected label
//	seen/*.jpg                   areas as the network saw them
//	.made                        the report's fingerprint; see CachedTable
//
// The folder is replaced as a whole or not at all, so that no reader sees a part of it. It is left
// alone if it has the same content already. Pictures are copies, since the store's objects must
// never change. A folder of other files is an error.
func (r *Report) WriteFolder(dir string, source Fingerprint) error {
	// The texts are cheap. If they are the same, the page and the pictures are too.
	files, err := r.texts()
	stamp := newStamp(source, files)
	if err != nil || sameFiles(dir, files) && hasStamp(dir, stamp) {
		return err
	}
	ok, err := IsReportFolder(dir)
	if err == nil && !ok {
		err = fmt.Errorf("%s contains other files than a report; move them away", dir)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	// The new folder lies beside the old one, so that the rename stays in one file system.
	made, err := draft.NewFolder(dir)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer made.Discard() // the old folder, once replace has exchanged them
	fresh := made.Path
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), data, 0o666); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	var writing errgroup.Group
	writing.Go(func() error { return r.copyPictures(fresh) })
	var size int64
	writing.Go(func() (err error) { size, err = r.addPage(fresh); return err })
	err = writing.Wait()
	if err == nil { // the stamp comes last: see untouched
		err = os.WriteFile(filepath.Join(fresh, stampName), withPage(stamp, size), 0o666)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return replace(fresh, dir)
}

// The files of a report's folder that have a fixed name.
const (
	PageName     = "index.html"
	jsonName     = "report.json"
	markdownName = "report.md"
	tableName    = "report.txt"
	csvName      = "results.csv"
)

// FolderOf returns the folder of a spec's report.
func FolderOf(spec string) string { return strings.TrimSuffix(spec, ".hcl") + ".report" }

// JSONOf returns the path of the document in a spec's report.
func JSONOf(spec string) string { return filepath.Join(FolderOf(spec), jsonName) }

// texts returns the folder's texts by name, without the page, which takes longer to make.
func (r *Report) texts() (map[string][]byte, error) {
	var md, js, table, csv bytes.Buffer
	err := errors.Join(
		plain.WriteMarkdown(&md, r.doc, true), r.WriteJSON(&js),
		plain.WriteTable(&table, r.doc, 0, false), r.WriteCSV(&csv))
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		markdownName: md.Bytes(), jsonName: js.Bytes(), tableName: table.Bytes(),
		csvName: csv.Bytes(),
	}, nil
}

// addPage writes the page, and returns its size.
func (r *Report) addPage(dir string) (size int64, err error) {
	var b bytes.Buffer
	if err := r.WritePage(&b); err != nil {
		return 0, err
	}
	return int64(b.Len()), os.WriteFile(filepath.Join(dir, PageName), b.Bytes(), 0o666)
}

// WritePage writes the page, which contains its pictures.
func (r *Report) WritePage(w io.Writer) error {
	return page.Write(w, r.doc, func(name string) ([]byte, error) {
		content, ok := r.files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return content(r.store)
	})
}

// sameFiles reports whether the folder has these texts. It then has the same pictures too: the
// texts name them by digest.
func sameFiles(dir string, files map[string][]byte) bool {
	for name, want := range files {
		if got, err := regular.Read(filepath.Join(dir, name), int64(len(want))); err != nil ||
			!bytes.Equal(got, want) {
			return false
		}
	}
	return true
}

// IsReportFolder reports whether WriteFolder may replace dir: it holds a report, is empty, or does
// not exist.
func IsReportFolder(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, name := range []string{jsonName, stampName} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true, nil
		}
	}
	return false, nil
}

// replace renames fresh to dir. If dir exists, it is exchanged with fresh in one step, or by two
// renames on a file system that cannot exchange.
func replace(fresh, dir string) error {
	err := os.Rename(fresh, dir)
	if err == nil {
		return nil
	}
	if err = exchange(fresh, dir); err == nil {
		return nil
	}
	old := fresh + draft.Replaced
	if err = os.Rename(dir, old); err == nil {
		if err = os.Rename(fresh, dir); err == nil {
			return os.RemoveAll(old)
		}
		err = errors.Join(err, os.Rename(old, dir))
	}
	return fmt.Errorf("write the report: %w", err)
}

// copyPictures writes the folder's pictures. It leaves out those that are gone from the store.
func (r *Report) copyPictures(dir string) error {
	for name, content := range r.files {
		data, err := content(r.store)
		// gc may have freed the picture, and a report without it is better than none.
		if errors.Is(err, store.ErrGone) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// fileName returns a file name for any text. Letters, digits, "-", "_" and inner "." stay. Any
// other byte becomes % and two hex digits, so that different texts have different names.
func fileName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if letter || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' && i > 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
