package document

import (
	"fmt"
	"slices"
	"strings"

	"snellen/steps/term"
)

// An Album is the photographs of a label or of an evaluation.
type Album struct {
	Source   string `json:"of"`      // "label BANANA" or "evaluation shelf"
	Address  string `json:"address"` // of the step that read them
	Pictures int    `json:"pictures"`
	Smallest [2]int `json:"smallest"` // width and height as shown, pixels, of the fewest pixels
	Largest  [2]int `json:"largest"`  // likewise, of the most
	// How many have each format, the most frequent first, by the endings of their names: "JPEG".
	Formats []PicturesAlike `json:"formats"`
	// How they are read, the most frequent way first.
	Readings []PicturesAlike `json:"readings"`
	// How a label's are divided into train and validation; "" for those of an evaluation.
	Split string `json:"split"`
	// The near-duplicates: those of a label are in one set together, unless the split is another;
	// those of an evaluation are one sample. The largest groups come first.
	Groups []PicturesAlike `json:"groups"`
	Notes  []string        `json:"notes"` // what a reader should know about them
}

// The ways to divide a label's photographs.
const (
	SplitGroups   = "near-duplicates together"
	SplitRandom   = "random"
	SplitDeclared = "as declared" // the spec names those for validation
)

// OfLabel reports whether the photographs belong to a label.
func (a Album) OfLabel() bool { return Footage{Source: a.Source}.OfLabel() }

// Grouped returns the number of pictures that have a near-duplicate.
func (a Album) Grouped() int {
	n := 0
	for _, g := range a.Groups {
		n += g.Count
	}
	return n
}

// PictureReadings returns how the photographs were read, the most frequent way first.
func (d *Document) PictureReadings() []PicturesAlike {
	var list []PicturesAlike
	at := map[string]int{}
	for _, a := range d.Albums {
		for _, r := range a.Readings {
			i, known := at[r.Text]
			if !known {
				i, at[r.Text] = len(list), len(list)
				list = append(list, PicturesAlike{Text: r.Text})
			}
			list[i].Count += r.Count
			for _, name := range r.Files {
				_, source, _ := strings.Cut(a.Source, " ")
				list[i].Files = append(list[i].Files, name+" of "+source)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b PicturesAlike) int { return b.Count - a.Count })
	return list
}

// Sizes returns the range of the sizes: "640x480 to 4032x3024".
func (a Album) Sizes() string {
	small := fmt.Sprintf("%dx%d", a.Smallest[0], a.Smallest[1])
	if a.Smallest == a.Largest {
		return small
	}
	return small + fmt.Sprintf(" to %dx%d", a.Largest[0], a.Largest[1])
}

// FormatNames returns the formats, with counts if there are several: "118 JPEG, 2 PNG".
func (a Album) FormatNames() string {
	var list []string
	for _, f := range a.Formats {
		if len(a.Formats) == 1 {
			return f.Text
		}
		list = append(list, fmt.Sprintf("%d %s", f.Count, f.Text))
	}
	return strings.Join(list, ", ")
}

// GroupCounts returns how many near-duplicates there are: "12 in 5 groups", or "none".
func (a Album) GroupCounts() string {
	switch {
	case a.OfLabel() && a.Split != SplitGroups:
		return "not grouped"
	case len(a.Groups) == 0:
		return "none"
	}
	return fmt.Sprintf("%d in %s", a.Grouped(), term.Count(len(a.Groups), "group"))
}

// PicturesAlike are pictures that have something in common.
type PicturesAlike struct {
	Text  string   `json:"text"` // what that is; "" for near-duplicates
	Count int      `json:"count"`
	Files []string `json:"files"` // file names of the first ones, at most MaxFiles
}

// Names names the first files and counts the others.
func (p PicturesAlike) Names() string { return FirstNames(p.Files, p.Count) }

// MaxFiles is the largest number of files that a sentence names.
const MaxFiles = 4

// FirstNames names the first of so many files and counts the others. names has at least MaxFiles of
// them, or all: "a.jpg, b.jpg, c.jpg, d.jpg and 6 more".
func FirstNames(names []string, all int) string {
	if all <= MaxFiles {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:MaxFiles], ", "), all-MaxFiles)
}
