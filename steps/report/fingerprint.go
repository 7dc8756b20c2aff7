package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"snellen/engine"
	"snellen/engine/regular"
	"snellen/specs"
)

// A Fingerprint is a hash of everything that a report depends on: the study, the records of its
// steps and the program that writes it. Reports with the same fingerprint are the same.
type Fingerprint [sha256.Size]byte

// FingerprintOf returns the fingerprint of a study's report. program identifies the running
// program.
func FingerprintOf(program string, study *specs.Study,
	decisions []*engine.Decision) (Fingerprint, error) {
	h := sha256.New()
	text, err := json.Marshal(study)
	if err != nil {
		return Fingerprint{}, fmt.Errorf("hash the study of a report: %w", err)
	}
	fmt.Fprintf(h, "%s\n%s\n", program, text)
	for _, d := range decisions {
		fmt.Fprintf(h, "%s %s", d.Node.Address, d.Verdict)
		if d.Record != nil {
			// The times are not in the key, but the report shows them.
			fmt.Fprintf(h, " %s %d %d", d.Record.Key(), d.Record.Took, d.Record.Ended.UnixNano())
		}
		fmt.Fprintln(h)
	}
	return Fingerprint(h.Sum(nil)), nil
}

// stampName is the folder's file that holds its stamp: the report's fingerprint, the digest of each
// text, and the size of the page.
const stampName = ".made"

// newStamp returns a stamp without the page.
func newStamp(source Fingerprint, texts map[string][]byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "made %s\n", hex.EncodeToString(source[:]))
	for _, name := range stampedTexts {
		fmt.Fprintf(&b, "%x %s\n", sha256.Sum256(texts[name]), name)
	}
	return b.Bytes()
}

// Bounds of a folder's files that are read, in bytes. Larger ones are no report's.
const (
	maxStamp = 64 << 10
	maxText  = 256 << 20
)

var stampedTexts = []string{jsonName, markdownName, tableName, csvName}

// withPage completes a stamp. It has the size of the page alone, since the fingerprint determines
// the content: reading its megabytes again would be a tenth of an apply without changes.
func withPage(stamp []byte, size int64) []byte {
	return fmt.Appendf(bytes.Clone(stamp), "%d %s\n", size, PageName)
}

// hasStamp reports whether the folder has this stamp, a page of the size in it, and nothing that was
// changed later.
func hasStamp(dir string, stamp []byte) bool {
	got, err := regular.Read(filepath.Join(dir, stampName), maxStamp)
	if err != nil {
		return false
	}
	page, err := os.Stat(filepath.Join(dir, PageName))
	return err == nil && bytes.Equal(got, withPage(stamp, page.Size())) && untouched(dir)
}

// untouched reports whether nothing in a report's folder was changed after its stamp was written,
// which is written last. So a picture that was damaged or removed is written again, and none has to
// be read. What a version control system has just brought may have any times: it is written again
// once, as it is.
func untouched(dir string) bool {
	stamp, err := os.Lstat(filepath.Join(dir, stampName))
	if err != nil {
		return false
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err == nil && fi.ModTime().After(stamp.ModTime()) {
			err = errors.New("changed later")
		}
		return err
	}) == nil
}

// CachedTable returns the table of the report in dir. It reports false unless the report has this
// fingerprint and its files are unchanged. Then the report need not be computed again.
func CachedTable(dir string, source Fingerprint) (table []byte, ok bool) {
	texts := map[string][]byte{}
	for _, name := range stampedTexts {
		data, err := regular.Read(filepath.Join(dir, name), maxText)
		if err != nil {
			return nil, false
		}
		texts[name] = data
	}
	// An edited text has another digest, and so another stamp than the folder's.
	return texts[tableName], hasStamp(dir, newStamp(source, texts))
}
