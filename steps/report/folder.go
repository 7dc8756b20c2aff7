package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"snellen/engine/store"
	"snellen/steps/report/page"
)

// WriteFolder makes dir the report as a person wants to look at it:
//
//	index.html                   the page: all of it, in one file
//	report.md                    the table, the areas, the curves, and links to the pictures
//	report.json                  the same for machines
//	report.txt                   the table as a terminal shows it
//	results.csv                  the figures, a row for each resolution, training, evaluation and size
//	RESOLUTION/EVALUATION/*.jpg  a few judged frames, copied: the store's own are nobody's to change
//	RESOLUTION/frames/*.jpg      a training frame of each label that a camera expects, the same moment at every resolution
//	seen/*.jpg                   what the network saw of the areas
//
// The folder is replaced as a whole, or not at all, and left alone where it already says the same. A folder that holds no
// report.json is somebody's own, and an error.
func (r *Report) WriteFolder(dir string, source Source) error {
	files, err := r.texts()
	stamp := note(source, files)
	if err != nil || same(dir, files) && stamped(dir, stamp) {
		return err
	}
	if err := Ours(dir); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer os.RemoveAll(fresh) // once the folders are exchanged, this is the old one
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), data, 0o666); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if err := errors.Join(r.addPage(fresh, stamp), r.copyPictures(fresh)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return replace(fresh, dir)
}

// The texts of a report's folder.
const (
	PageName     = "index.html"
	jsonName     = "report.json"
	markdownName = "report.md"
	tableName    = "report.txt"
	csvName      = "results.csv"
)

// texts are the folder's, all but the page, which takes longer to make.
func (r *Report) texts() (map[string][]byte, error) {
	var md, js, table, csv bytes.Buffer
	if err := errors.Join(r.WriteMarkdown(&md), r.WriteJSON(&js), r.WriteTable(&table, 0, false), r.WriteCSV(&csv)); err != nil {
		return nil, err
	}
	r.gallery(&md)
	return map[string][]byte{markdownName: md.Bytes(), jsonName: js.Bytes(), tableName: table.Bytes(), csvName: csv.Bytes()}, nil
}

// addPage writes the page, and the stamp, which tells its size.
func (r *Report) addPage(dir string, stamp []byte) error {
	var b bytes.Buffer
	if err := r.WritePage(&b); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, PageName), b.Bytes(), 0o666),
		os.WriteFile(filepath.Join(dir, made), withPage(stamp, int64(b.Len())), 0o666),
	)
}

// WritePage writes index.html.
func (r *Report) WritePage(w io.Writer) error {
	return page.Write(w, r.doc, func(name string) ([]byte, error) {
		content, ok := r.files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return content(r.store)
	})
}

// same tells whether the folder has these texts, and with them the pictures that they name by digest.
func same(dir string, files map[string][]byte) bool {
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}

// Ours tells by an error that a folder holds something, and no report.
func Ours(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range []string{jsonName, made} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s holds other things than a report; move them away", dir)
}

// replace gives the fresh folder its name; an old folder of that name gets the fresh one's.
func replace(fresh, dir string) error {
	err := os.Rename(fresh, dir)
	if err == nil {
		return nil
	}
	if err = unix.Renameat2(unix.AT_FDCWD, fresh, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE); err == nil {
		return nil
	}
	old := fresh + ".old" // a file system that cannot exchange
	if err = os.Rename(dir, old); err == nil {
		if err = os.Rename(fresh, dir); err == nil {
			return os.RemoveAll(old)
		}
		err = errors.Join(err, os.Rename(old, dir))
	}
	return fmt.Errorf("write the report: %w", err)
}

// copyPictures makes the folder's pictures; those that are gone from the store are left out.
func (r *Report) copyPictures(dir string) error {
	for name, content := range r.files {
		data, err := content(r.store)
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

// gallery writes the part of report.md that shows the pictures.
func (r *Report) gallery(b *bytes.Buffer) {
	title := "## Pictures\n\nA few judged frames. An area's frame is cyan where its label was found and sure, yellow where it was found and not sure, red where another was found.\n\n"
	for _, row := range r.doc.Resolutions {
		for _, e := range row.Evaluations {
			for i, p := range e.Pictures {
				if i == 0 {
					fmt.Fprintf(b, "%s### %s, %s\n\n", title, escape(row.Resolution), escape(e.Name))
					title = ""
				}
				fmt.Fprintf(b, "![%s](%s)\n\n", escape(path.Base(p.File)), strings.ReplaceAll(p.File, "%", "%25"))
			}
		}
	}
}

// fileName makes any name one that a folder can hold: other characters than letters, digits, "-", "_" and "." inside
// become % and two digits, so that two names never fall together.
func fileName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' && i > 0
		if plain {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
