package document

import (
	"fmt"
	"strings"

	"snellen/steps/evaluate"
	"snellen/steps/term"
)

// An Evaluation holds what all trainings of one resolution found in one camera's picture, in its
// own size, or in whole pictures. Rates are means over the trainings.
//
// Of whole pictures, Areas is empty: Camera.Pictures has them, and each run's Answers what was
// found in them. Near-duplicates among them are one sample, whose rate is the mean over its
// pictures.
type Evaluation struct {
	Name string `json:"name"`
	// Share of judged areas or samples whose most probable class is the expected one.
	DetectionRate *float64  `json:"detection_rate"`
	Interval      *Interval `json:"interval"` // of DetectionRate
	// Areas that are right in more than half of the judged frames, or whole pictures that more than
	// half of the trainings got right.
	Recognised *int       `json:"recognised"`
	Grade      *string    `json:"grade"`
	Frames     *int       `json:"frames"` // judged by each training
	Areas      []Area     `json:"areas"`
	Confusion  *Confusion `json:"confusion"`
	// Some judged frames of the first training. Of whole pictures, those with the lowest
	// probability of the expected label, the worst first.
	Pictures []Picture    `json:"pictures"`
	Cells    []CameraCell `json:"cameras"`          // one for each of Camera.Sizes
	Labels   []LabelRate  `json:"labels,omitempty"` // of whole pictures, in class order
}

// A LabelRate is the result for the whole pictures that show one label.
type LabelRate struct {
	Label    string     `json:"label"`
	Pictures int        `json:"pictures"`
	Right    float64    `json:"right"` // pictures; the mean over the trainings
	Rate     float64    `json:"detection_rate"`
	Interval Interval   `json:"interval"`
	Grade    string     `json:"grade"` // of this label alone; "" for none
	Next     *NextGrade `json:"next"`  // null if it has the best grade
}

// An Area is one area of an evaluation.
type Area struct {
	evaluate.AreaSummary
	Recognised bool       `json:"recognised"` // right in more than half of the judged frames
	Grade      string     `json:"grade"`      // of this area alone; "" for none
	Next       *NextGrade `json:"next"`       // null if it has the best grade
	Pixels     Target     `json:"pixels"`
}

// A NextGrade is the next better grade of an area.
type NextGrade struct {
	Grade string  `json:"grade"`
	Lacks float64 `json:"lacks"` // what the detection rate is short of it
}

// A Confusion counts which label was found where one was expected, over areas, frames and
// trainings, or over whole pictures and trainings.
type Confusion struct {
	Expected []string `json:"expected"` // rows: labels that are expected somewhere
	Found    []string `json:"found"`    // columns: labels that are expected or were found
	Counts   [][]int  `json:"counts"`   // of judged areas or pictures
}

// A Camera is an evaluation as the spec declares it: of a video, of Stills, or of whole Pictures.
type Camera struct {
	Name      string  `json:"name"`
	Video     string  `json:"video"` // file name, without folders; "": it has none
	Width     int     `json:"width"` // of the camera's picture, pixels; 0: not probed yet
	Height    int     `json:"height"`
	Every     int     `json:"every"`
	Confident float64 `json:"confident"`
	// Sizes in which the picture is judged: "native", "320x240".
	Sizes       []string        `json:"at"`
	Grades      []Grade         `json:"grades"`
	Areas       []DeclaredArea  `json:"areas"`
	Flips       []Flip          `json:"flips"`            // between neighbouring resolutions
	FirstBroken []FirstBroken   `json:"first_broken"`     // empty for whole pictures
	Stills      []string        `json:"stills,omitempty"` // file names
	Pictures    []JudgedPicture `json:"pictures,omitempty"`
}

// A JudgedPicture is a whole picture that an evaluation judges.
type JudgedPicture struct {
	Name   string `json:"name"` // its path, without the folders that all of them share
	Expect string `json:"expect"`
	// The place of the first of the near-duplicates that it belongs to, from 1: they are one
	// sample. 0, or left out: it is a sample of its own, or that is not known yet.
	Group int `json:"group,omitempty"`
}

// A Grade is a grade as declared.
type Grade struct {
	Name      string  `json:"name"`
	EveryArea float64 `json:"every_area"`
}

// A DeclaredArea is an area as the spec declares it.
type DeclaredArea struct {
	Name   string `json:"name"`
	Expect string `json:"expect"`
	Rect   [4]int `json:"rect"` // x, y, width, height, pixels of the camera's picture
}

// Footage names what the areas are judged on: "shelf.mp4", "12 stills, a.jpg to l.jpg".
func (c Camera) Footage() string {
	if len(c.Stills) == 0 {
		return c.Video
	}
	return fmt.Sprintf("%s, %s to %s", term.Count(len(c.Stills), "still"), c.Stills[0],
		c.Stills[len(c.Stills)-1])
}

// AreaName names an area and the label that is expected there: "area 2-3, BISCUITS". The name alone
// could be read as a range.
func AreaName(name, expect string) string {
	if name == expect {
		return "area " + name
	}
	return "area " + name + ", " + expect
}

// AreaNames returns the areas' names with their labels.
func (c Camera) AreaNames(names []string) []string {
	var list []string
	for _, name := range names {
		expect := name
		for _, a := range c.Areas {
			if a.Name == name {
				expect = a.Expect
			}
		}
		list = append(list, AreaName(name, expect))
	}
	return list
}

// FlipNames names a few areas or whole pictures, or counts them and names the first ones:
// "area 2-3, BISCUITS; area 2-4, TEA", "14 pictures (a.jpg, b.jpg, c.jpg, d.jpg and 10 more)".
// There is at least one.
func (c Camera) FlipNames(names []string) string {
	if c.Pictures != nil {
		return term.Count(len(names), "picture") + " (" + FirstNames(names, len(names)) + ")"
	}
	if len(names) <= MaxFiles {
		return strings.Join(c.AreaNames(names), "; ")
	}
	return fmt.Sprintf("%s (%s; and %d more)", term.Count(len(names), "area"),
		strings.Join(c.AreaNames(names[:MaxFiles]), "; "), len(names)-MaxFiles)
}

// A Flip lists the areas or whole pictures that are recognised at one of two neighbouring
// resolutions only.
type Flip struct {
	From   string   `json:"from"`   // the larger resolution
	To     string   `json:"to"`     // the next smaller one
	Lost   []string `json:"lost"`   // recognised at From and not at To
	Gained []string `json:"gained"` // recognised at To and not at From
}

// A FirstBroken is the largest resolution at which an area is not recognised.
type FirstBroken struct {
	Area       string  `json:"area"`
	Resolution *string `json:"resolution"` // null if it is recognised at all that have results
}

// A CameraCell is the result of one resolution's models with the camera's picture in one size.
type CameraCell struct {
	Size          string     `json:"at"`    // "native", "320x240"
	Width         int        `json:"width"` // of the camera's picture
	Height        int        `json:"height"`
	DetectionRate *float64   `json:"detection_rate"`
	Interval      *Interval  `json:"interval"`
	Grade         *string    `json:"grade"`
	Runs          int        `json:"runs"`
	Areas         []CellArea `json:"areas"`
}

// A CellArea is one area of a CameraCell.
type CellArea struct {
	Name   string         `json:"name"`
	Rate   float64        `json:"detection_rate"`
	Inputs []NetworkInput `json:"seen"` // pictures as the network saw them
}

// A Picture is a judged frame in the report's folder.
type Picture struct {
	File   string `json:"file"` // in the report's folder, slash-separated
	Digest string `json:"digest"`
	Place  *int   `json:"picture,omitempty"` // in Camera.Pictures, from 0; null: a frame of a camera
}
