package document

import "snellen/steps/evaluate"

// An Evaluation is one camera's picture, in its own size, judged by all trainings of one resolution: rates are means
// over the trainings.
type Evaluation struct {
	Name          string       `json:"name"`
	DetectionRate *float64     `json:"detection_rate"` // share of judged areas whose likeliest class is the expected one
	Interval      *Interval    `json:"interval"`       // of DetectionRate
	Recognised    *int         `json:"recognised"`     // areas that were found right in more than half of the judged frames
	Grade         *string      `json:"grade"`
	Frames        *int         `json:"frames"` // judged, by each training
	Areas         []Area       `json:"areas"`
	Confusion     *Confusion   `json:"confusion"`
	Pictures      []Picture    `json:"pictures"` // some judged frames of the first training, as the report's folder has them
	Cells         []CameraCell `json:"cameras"`  // the same areas with the camera's picture in each size of Camera.Sizes
}

// An Area is one area of an evaluation.
type Area struct {
	evaluate.AreaSummary
	Recognised bool   `json:"recognised"` // found right in more than half of the judged frames
	Grade      string `json:"grade"`      // that this area alone would get; "" for none
	Next       *Next  `json:"next"`       // null: it has the best
	Pixels     Target `json:"pixels"`
}

// A Next is what an area lacked for the next better grade.
type Next struct {
	Grade string  `json:"grade"`
	Lacks float64 `json:"lacks"` // of the detection rate
}

// A Confusion counts what was found where a label was expected, over areas, frames and trainings.
type Confusion struct {
	Expected []string `json:"expected"` // rows: labels that are expected somewhere
	Found    []string `json:"found"`    // columns: labels that are expected or were found
	Counts   [][]int  `json:"counts"`   // of judged areas
}

// A Camera is an evaluation as the spec declares it.
type Camera struct {
	Name      string   `json:"name"`
	Video     string   `json:"video"` // file name, without folders
	Width     int      `json:"width"` // of the camera's picture, pixels
	Height    int      `json:"height"`
	Every     int      `json:"every"`
	Confident float64  `json:"confident"`
	Sizes     []string `json:"at"` // the sizes that the picture was judged in: "native", "320x240"
	Grades    []Grade  `json:"grades"`
	Areas     []Place  `json:"areas"`
	Flips     []Flips  `json:"flips"` // between neighbouring resolutions
	Broken    []Breaks `json:"first_broken"`
}

// A Grade is a grade as declared.
type Grade struct {
	Name      string  `json:"name"`
	EveryArea float64 `json:"every_area"`
}

// A Place is an area as declared.
type Place struct {
	Name   string `json:"name"`
	Expect string `json:"expect"`
	Rect   [4]int `json:"rect"` // x, y, width, height, pixels of the camera's picture
}

// A Flips tells which areas are recognised at one resolution and not at its neighbour.
type Flips struct {
	From   string   `json:"from"`   // the larger
	To     string   `json:"to"`     // the next smaller
	Lost   []string `json:"lost"`   // recognised at From and not at To
	Gained []string `json:"gained"` // the other way round
}

// A Breaks is the first resolution, going down, at which an area is no longer recognised.
type Breaks struct {
	Area       string  `json:"area"`
	Resolution *string `json:"resolution"` // null: recognised at all that have results
}

// A CameraCell is one cell of the matrix of model by camera size.
type CameraCell struct {
	Size          string     `json:"at"`     // "native", "320x240"
	Width         int        `json:"width"`  // of the camera's picture
	Height        int        `json:"height"` //
	DetectionRate *float64   `json:"detection_rate"`
	Interval      *Interval  `json:"interval"`
	Grade         *string    `json:"grade"`
	Runs          int        `json:"runs"`
	Areas         []CellArea `json:"areas"`
}

// A CellArea is one area in a cell.
type CellArea struct {
	Name string  `json:"name"`
	Rate float64 `json:"detection_rate"`
	Seen []Seen  `json:"seen"` // pictures as the network saw them
}

// A Picture is a judged frame, as the report's folder has it.
type Picture struct {
	File   string `json:"file"` // in the report's folder, slash-separated
	Digest string `json:"digest"`
}
