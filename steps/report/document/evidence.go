package document

import "cmp"

// An Interval bounds a figure at a confidence.
type Interval struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"` // 0.95
	Samples    int     `json:"samples"`    // areas, or whole pictures; they count as independent
	Method     string  `json:"method"`     // name of a Method
}

// A Rate is a rate with its interval.
type Rate struct {
	Rate     float64  `json:"rate"`
	Interval Interval `json:"interval"`
	Areas    int      `json:"areas"`
	// Areas that are right in more than half of the judged frames.
	Recognised int `json:"recognised"`
}

// A Method describes how figures were computed.
type Method struct {
	Name string `json:"name"`
	Text string `json:"text"` // one paragraph
}

// The verdicts of a comparison.
const (
	// The first detects more than the second, and the interval excludes zero.
	VerdictBetter       = "better"
	VerdictWorse        = "worse" // the first detects less, and the interval excludes zero
	VerdictInconclusive = "not enough evidence"
)

// A Comparison compares two resolutions, paired by the areas of all evaluations.
type Comparison struct {
	A          string  `json:"a"`
	B          string  `json:"b"`
	Difference float64 `json:"difference"` // detection rate of A less that of B
	// Of Difference: Bootstrap if that shows a difference, else the wider of both.
	Interval   Interval `json:"interval"`
	Bootstrap  Interval `json:"bootstrap"` // paired block bootstrap
	Adjusted   Interval `json:"adjusted"`  // with two made-up areas, one for each side
	Sign       Sign     `json:"sign_test"`
	Verdict    string   `json:"verdict"`
	Needed     *Needed  `json:"needed"`     // null unless the verdict is "not enough evidence"
	Neighbours bool     `json:"neighbours"` // no resolution lies between the two
}

// A Sign is the result of the exact sign test over areas.
type Sign struct {
	Higher int     `json:"higher"` // areas with a higher rate at A
	Lower  int     `json:"lower"`
	Equal  int     `json:"equal"` // ties, which the test leaves out
	P      float64 `json:"p"`     // two-sided
}

// A Needed estimates how much more evidence would give a verdict, if the rates stay as they are.
// Null means that no number of these alone is enough.
type Needed struct {
	Areas      *int   `json:"areas"`      // in all, with the present number of trainings
	Replicates *int   `json:"replicates"` // in all, with the present areas
	Text       string `json:"text"`       // both in a sentence
}

// The states of a decision.
const (
	Decided  = "decided"
	Open     = "open"    // all resolutions have results, which are not enough evidence
	Unknown  = "unknown" // results are missing
	NoCamera = "none"    // the study has no evaluation to decide by
)

// A Decision is the answer to the study's question.
type Decision struct {
	State       string   `json:"state"`
	Declared    bool     `json:"declared"` // the spec has a decide block
	Within      float64  `json:"within"`   // the accepted loss against the best
	Confidence  float64  `json:"confidence"`
	Prefer      string   `json:"prefer"`      // "smallest" or "best"
	Evaluations []string `json:"evaluations"` // on which the decision is based
	// The chosen one; the smallest that is not shown to lose more than Within.
	Resolution *string   `json:"resolution"`
	Best       *string   `json:"best"`       // the one that detects most
	Difference *float64  `json:"difference"` // Resolution less Best
	Interval   *Interval `json:"interval"`   // of Difference
	Needed     *Needed   `json:"needed"`
	// Resolutions with results, from the most pixels to the fewest.
	Candidates []Candidate `json:"candidates"`
	Sentence   string      `json:"sentence"`
	// Areas of Evaluations that show a training picture; null: not known. The answer is not to be
	// trusted if there are any.
	Leaked *int `json:"leaked_areas"`
	// What the samples are, if they are not all areas: "pictures" or "areas and pictures". Pictures
	// that are near-duplicates are one sample.
	Samples string `json:"samples,omitempty"`
}

// Units returns what the samples are, in words: "areas".
func (d Decision) Units() string { return cmp.Or(d.Samples, "areas") }

// Unit returns what one sample is, in words: "area".
func (d Decision) Unit() string {
	switch d.Samples {
	case "":
		return "area"
	case "pictures":
		return "picture"
	}
	return "area or picture"
}

// The standings of a candidate.
const (
	GoodEnough = "good enough"         // shown to lose no more than Within
	TooWeak    = "worse"               // shown to lose more
	Undecided  = "not enough evidence" // neither
)

// A Candidate compares one resolution with the best.
type Candidate struct {
	Resolution string    `json:"resolution"`
	Rate       float64   `json:"detection_rate"`
	Difference float64   `json:"difference"` // its rate less that of the best
	Interval   *Interval `json:"interval"`   // null for the best itself
	Standing   string    `json:"standing"`
	Needed     *Needed   `json:"needed"`
}

// A Gate is a gate of the spec, and whether the results meet it.
type Gate struct {
	Name         string        `json:"name"`
	Met          *bool         `json:"met"` // null: a required result is missing
	Requirements []Requirement `json:"requirements"`
	Message      string        `json:"message"` // from the spec; "" for none
}

// A Requirement is one requirement of a gate.
type Requirement struct {
	Text string `json:"text"` // "320x240: grade ○ or better", or the expression as written
	Met  *bool  `json:"met"`
	// "the grade is ×", "no result yet: type snellen apply"; "" if it is met.
	Reason string `json:"why"`
}

// A Target is the width and height of an area's product in pixels, on its way to the network.
type Target struct {
	Source     [2]float64 `json:"source"`     // in the camera's picture
	Resolution [2]float64 `json:"resolution"` // scaled to the resolution of the training frames
	Network    [2]float64 `json:"network"`    // at the network's input, before the crop
	// From the camera's picture to the network's input; over 1 it is enlarged.
	Scale float64 `json:"scale"`
}

// Pixels relates the detection to the size of the product in pixels.
type Pixels struct {
	Frames []Frame `json:"frames"` // for each resolution
	Points []Point `json:"points"`
	Rule   *Rule   `json:"rule"` // null while there are no results
}

// A Frame describes how a resolution's training frames are scaled for the network.
type Frame struct {
	Resolution string `json:"resolution"`
	// Width and height of the labels' smallest video; null: not probed yet.
	Source *[2]int `json:"source"`
	Scale  float64 `json:"scale"` // from the frame to the network's input
	Input  [2]int  `json:"input"` // width and height of the network's input
	// Short side in pixels before Input is cropped from the middle; 0: squeezed to Input.
	Resize   int  `json:"resize"`
	Upscaled bool `json:"larger_than_source"`
	// The next smaller resolution fills the network's input too.
	DetailLost bool `json:"detail_lost"`
}

// A Point is one area at one resolution and camera size, with its mean over all trainings.
type Point struct {
	Resolution string `json:"resolution"`
	Evaluation string `json:"evaluation"`
	Size       string `json:"at"`
	Area       string `json:"area"`
	// Of the product in pixels, at the smaller of resolution and camera size.
	Width  float64 `json:"width"`
	Height float64 `json:"height"` // likewise
	Rate   float64 `json:"detection_rate"`
}

// A Rule is the smallest height in pixels from which on the mean rate at every tried height is at
// least Target.
type Rule struct {
	Target float64  `json:"target"` // every_area of the best grade
	Height *float64 `json:"height"` // null: no height reaches Target
	// The largest tried height that does not reach Target; null: none.
	Below *float64 `json:"below"`
	Text  string   `json:"text"` // "needs 24 pixels of height"
}
