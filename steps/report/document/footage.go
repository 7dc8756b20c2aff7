package document

import (
	"strconv"
	"strings"

	"snellen/steps/video"
)

// A Footage is one video and how its frames were decoded into pictures.
type Footage struct {
	Source  string         `json:"of"`      // "label BANANA" or "evaluation shelf"
	Video   string         `json:"video"`   // file name
	Address string         `json:"address"` // of its probe
	Width   int            `json:"width"`   // pixels, as shown
	Height  int            `json:"height"`
	Frames  int            `json:"frames"`
	Seconds float64        `json:"seconds"` // from its first frame to its last
	Codec   string         `json:"codec"`
	Reading *video.Reading `json:"reading"` // null if an earlier version probed it
	Text    string         `json:"text"`    // Reading in words
	Notes   []string       `json:"notes"`   // what a reader should know about the file
}

// OfLabel reports whether the video belongs to a label.
func (f Footage) OfLabel() bool { return strings.HasPrefix(f.Source, "label ") }

// A ReadingGroup is the videos that are read in the same way.
type ReadingGroup struct {
	Text   string // the reading in words
	Videos []string
}

// Count returns the number of videos in words.
func (r ReadingGroup) Count() string {
	if len(r.Videos) == 1 {
		return "1 video"
	}
	return strconv.Itoa(len(r.Videos)) + " videos"
}

// Files returns the names of the videos.
func (r ReadingGroup) Files() string { return strings.Join(r.Videos, ", ") }

// Readings groups the footage by how it was read, in the order of each group's first video.
func (d *Document) Readings() []ReadingGroup {
	var list []ReadingGroup
	at := map[string]int{}
	for _, f := range d.Footage {
		if f.Text == "" {
			continue
		}
		i, known := at[f.Text]
		if !known {
			i, at[f.Text] = len(list), len(list)
			list = append(list, ReadingGroup{Text: f.Text})
		}
		list[i].Videos = append(list[i].Videos, f.Video)
	}
	return list
}
