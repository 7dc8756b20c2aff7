package picture

import (
	"fmt"
	"regexp"
	"strconv"
)

// countedNote is a note that counts the photographs to which it applies, among those of its step.
var countedNote = regexp.MustCompile(`^([0-9]+) of ([0-9]+) (pictures .*)$`)

// pixelSize is a size in a note.
var pixelSize = regexp.MustCompile(`[0-9]+x[0-9]+`)

// SumNotes returns the notes of several steps as one list. It adds up the counts of notes that say
// the same. Of notes that differ in sizes alone, such as those about several resolutions, it
// returns the first.
func SumNotes(notes []string) []string {
	type sum struct {
		text    string
		some, n int
	}
	var list []*sum
	known := map[string]*sum{}
	for _, note := range notes {
		s := &sum{text: note}
		if m := countedNote.FindStringSubmatch(note); m != nil {
			s.text = m[3]
			s.some, _ = strconv.Atoi(m[1])
			s.n, _ = strconv.Atoi(m[2])
		}
		alike := pixelSize.ReplaceAllString(s.text, "WxH")
		switch before := known[alike]; {
		case before == nil:
			known[alike] = s
			list = append(list, s)
		case before.text == s.text:
			before.some, before.n = before.some+s.some, before.n+s.n
		}
	}
	var texts []string
	for _, s := range list {
		if s.n > 0 {
			s.text = fmt.Sprintf("%d of %d %s", s.some, s.n, s.text)
		}
		texts = append(texts, s.text)
	}
	return texts
}
