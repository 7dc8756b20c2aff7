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
	A          string   `json:"a"`
	B          string   `json:"b"`
	Difference float64  `json:"difference"` // detection rate of A less that of B
	Interval   Interval `json:"interval"`   // of Difference
	Sign       Sign     `json:"sign_test"`
	Verdict    string   `json:"verdict"`
	Neighbours bool     `json:"neighbours"` // no resolution lies between the two
}

// A Sign is the result of the exact sign test over areas.
type Sign struct {
	Higher int     `json:"higher"` // areas with a higher rate at A
	Lower  int     `json:"lower"`
	Equal  int     `json:"equal"` // ties, which the test leaves out
	P      float64 `json:"p"`     // two-sided
}

// A Needed estimates how much more evidence would settle a candidate in four of five studies, if the
// rates stay as they are. Null means that no number of these alone is enough.
type Needed struct {
	Areas      *int   `json:"areas"`      // in all, with the present number of trainings
	Replicates *int   `json:"replicates"` // in all, with the present areas
	Text       string `json:"text"`       // both in a sentence
}

// The states of a decision.
const (
	// Resolution is shown to lose no more than Within against Reference, and so are all between.
	Enough = "enough"
	// Resolution is Reference: the next smaller one is shown to lose more, or there is none.
	Largest  = "largest"
	Observed = "observed" // Resolution follows from what was observed, as the spec asks
	Open     = "open"     // the next smaller one than Reference is neither: there is no answer
	Unknown  = "unknown"  // results are missing
	NoCamera = "none"     // the study has no evaluation to decide by
)

// A Decision is the answer to the study's question.
type Decision struct {
	State       string   `json:"state"`
	Declared    bool     `json:"declared"` // the spec has a decide block
	Within      float64  `json:"within"`   // the accepted loss against Reference
	Confidence  float64  `json:"confidence"`
	Prefer      string   `json:"prefer"`      // "smallest" or "best"
	By          string   `json:"by"`          // "loss" or "grade"
	AtLeast     string   `json:"at_least"`    // the grade that is enough; "" unless By is "grade"
	Evaluations []string `json:"evaluations"` // on which the decision is based
	Reference   *string  `json:"reference"`   // what the candidates are compared with
	// The answer; null unless State is "enough", "largest" or "observed". It is null there too
	// where no resolution has the grade.
	Resolution *string   `json:"resolution"`
	Best       *string   `json:"best"`       // the one that detects most
	Difference *float64  `json:"difference"` // Resolution less Reference; null if it is the latter
	Interval   *Interval `json:"interval"`   // of Difference
	// What would settle the candidate on which an open decision depends; null for other states.
	Needed *Needed `json:"needed"`
	// Resolutions with results, from the most pixels to the fewest.
	Candidates []Candidate `json:"candidates"`
	Sentence   string      `json:"sentence"`
	Meaning    string      `json:"meaning"` // what that means and what was assumed; "" if no answer
	// Areas of Evaluations that show a training picture; null: not known. The answer is not to be
	// trusted if there are any.
	Leaked *int `json:"leaked_areas"`
	// What the samples are, if they are not all areas: "pictures" or "areas and pictures". Pictures
	// that are near-duplicates are one sample.
	Samples string `json:"samples,omitempty"`
}

// Decided reports whether the decision has an answer that its evidence supports, or that the spec
// wants by what was observed.
func (d Decision) Decided() bool { return d.Resolution != nil }

// Together reports whether several evaluations count together, so that the rate over all of them is
// more than one evaluation's.
func (d Decision) Together() bool { return len(d.Evaluations) > 1 }

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

// The verdicts on a candidate.
const (
	CandidateEnough = "enough" // shown to lose no more than Within
	CandidateWorse  = "worse"  // shown to lose more
	CandidateOpen   = "open"   // neither
)

// A Candidate compares one resolution with the reference.
type Candidate struct {
	Resolution string  `json:"resolution"`
	Rate       float64 `json:"detection_rate"`
	Difference float64 `json:"difference"` // its rate less that of the reference
	// Of Difference. Each end holds at the decision's confidence. Null for the reference itself.
	Interval *Interval `json:"interval"`
	Verdict  string    `json:"verdict"`
	// It is open only because a larger one is not shown to be enough.
	Untested bool    `json:"untested"`
	Needed   *Needed `json:"needed"` // null unless it is open and was tested
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
