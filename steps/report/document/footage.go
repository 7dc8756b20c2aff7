package document

import (
	"strconv"
	"strings"

	"snellen/steps/video"
)

// A Footage is one video, and how its frames became pictures.
type Footage struct {
	Of      string         `json:"of"`      // "label BANANA" or "evaluation shelf"
	Video   string         `json:"video"`   // file name
	Address string         `json:"address"` // of its probe
	Width   int            `json:"width"`   // pixels, as shown
	Height  int            `json:"height"`
	Frames  int            `json:"frames"`
	Seconds float64        `json:"seconds"` // from its first frame to its last
	Codec   string         `json:"codec"`
	Reading *video.Reading `json:"reading"` // null: it was probed by an earlier version
	Text    string         `json:"text"`    // the reading in words
	Notes   []string       `json:"notes"`   // what a person should know of the file
}

// OfLabel reports whether the video is a label's.
func (f Footage) OfLabel() bool { return strings.HasPrefix(f.Of, "label ") }

// A Readings is several videos that are read alike.
type Readings struct {
	Text   string // the reading in words
	Videos []string
}

// Count says how many videos there are.
func (r Readings) Count() string {
	if len(r.Videos) == 1 {
		return "1 video"
	}
	return strconv.Itoa(len(r.Videos)) + " videos"
}

// Files are the videos' names.
func (r Readings) Files() string { return strings.Join(r.Videos, ", ") }

// Readings are the ways in which the footage was read, in the order of their first videos.
func (d *Document) Readings() []Readings {
	var list []Readings
	at := map[string]int{}
	for _, f := range d.Footage {
		if f.Text == "" {
			continue
		}
		i, known := at[f.Text]
		if !known {
			i, at[f.Text] = len(list), len(list)
			list = append(list, Readings{Text: f.Text})
		}
		list[i].Videos = append(list[i].Videos, f.Video)
	}
	return list
}
