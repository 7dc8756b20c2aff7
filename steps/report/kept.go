package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"snellen/engine"
	"snellen/specs"
)

// A Source names all that a report is made of: the study, the records of its steps, and the program that makes it. Reports
// of one source are the same.
type Source [sha256.Size]byte

// SourceOf is the source of a study's report, as the program does it.
func SourceOf(program string, study *specs.Study, decisions []*engine.Decision) (Source, error) {
	h := sha256.New()
	text, err := json.Marshal(study)
	if err != nil {
		return Source{}, fmt.Errorf("name a report: %w", err)
	}
	fmt.Fprintf(h, "%s\n%s\n", program, text)
	for _, d := range decisions {
		fmt.Fprintf(h, "%s %s", d.Node.Address, d.Verdict)
		if d.Record != nil {
			fmt.Fprintf(h, " %s %d %d", d.Record.Key(), d.Record.Took, d.Record.Ended.UnixNano())
		}
		fmt.Fprintln(h)
	}
	return Source(h.Sum(nil)), nil
}

// made is the folder's file that says of which source its texts are, what is in them, and how long the page is.
const made = ".made"

// note is the beginning of made: the source, and each text's digest.
func note(source Source, texts map[string][]byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "made %s\n", hex.EncodeToString(source[:]))
	for _, name := range stampedTexts {
		fmt.Fprintf(&b, "%x %s\n", sha256.Sum256(texts[name]), name)
	}
	return b.Bytes()
}

var stampedTexts = []string{jsonName, markdownName, tableName, csvName}

// withPage is all of made. Of the page it has the size alone: the source tells what is in it, and to read its megabytes
// again would be a tenth of an apply without changes.
func withPage(note []byte, size int64) []byte {
	return fmt.Appendf(bytes.Clone(note), "%d %s\n", size, PageName)
}

// stamped tells whether the folder's made begins with the note, and its page is as long as that says.
func stamped(dir string, note []byte) bool {
	got, err := os.ReadFile(filepath.Join(dir, made))
	if err != nil {
		return false
	}
	page, err := os.Stat(filepath.Join(dir, PageName))
	return err == nil && bytes.Equal(got, withPage(note, page.Size()))
}

// Kept gives the table of the report in dir, if that is of this source and nobody changed it: then nothing of it has to be
// worked out again.
func Kept(dir string, source Source) (table []byte, ok bool) {
	texts := map[string][]byte{}
	for _, name := range stampedTexts {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, false
		}
		texts[name] = data
	}
	return texts[tableName], stamped(dir, note(source, texts))
}
