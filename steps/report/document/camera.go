package document

import "snellen/steps/evaluate"

// An Evaluation holds what all trainings of one resolution found in one camera's picture, in its
// own size. Rates are means over the trainings.
type Evaluation struct {
	Name string `json:"name"`
	// Share of judged areas whose most probable class is the expected one.
	DetectionRate *float64  `json:"detection_rate"`
	Interval      *Interval `json:"interval"` // of DetectionRate
	// Areas that are right in more than half of the judged frames.
	Recognised *int         `json:"recognised"`
	Grade      *string      `json:"grade"`
	Frames     *int         `json:"frames"` // judged by each training
	Areas      []Area       `json:"areas"`
	Confusion  *Confusion   `json:"confusion"`
	Pictures   []Picture    `json:"pictures"` // some judged frames of the first training
	Cells      []CameraCell `json:"cameras"`  // one for each of Camera.Sizes
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
// trainings.
type Confusion struct {
	Expected []string `json:"expected"` // rows: labels that are expected somewhere
	Found    []string `json:"found"`    // columns: labels that are expected or were found
	Counts   [][]int  `json:"counts"`   // of judged areas
}

// A Camera is an evaluation as the spec declares it.
type Camera struct {
	Name      string  `json:"name"`
	Video     string  `json:"video"` // file name, without folders
	Width     int     `json:"width"` // of the camera's picture, pixels; 0: not probed yet
	Height    int     `json:"height"`
	Every     int     `json:"every"`
	Confident float64 `json:"confident"`
	// Sizes in which the picture is judged: "native", "320x240".
	Sizes       []string       `json:"at"`
	Grades      []Grade        `json:"grades"`
	Areas       []DeclaredArea `json:"areas"`
	Flips       []Flip         `json:"flips"` // between neighbouring resolutions
	FirstBroken []FirstBroken  `json:"first_broken"`
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

// A Flip lists the areas that are recognised at one of two neighbouring resolutions only.
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
}
