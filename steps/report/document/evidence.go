package document

// An Interval is where a figure lies, so far as the data tell.
type Interval struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"` // 0.95
	Samples    int     `json:"samples"`    // what was counted as independent: areas
	Method     string  `json:"method"`     // a Method's name
}

// A Rate is a rate with its interval.
type Rate struct {
	Rate       float64  `json:"rate"`
	Interval   Interval `json:"interval"`
	Areas      int      `json:"areas"`
	Recognised int      `json:"recognised"` // areas found right in more than half of the judged frames
}

// A Method says how figures were computed.
type Method struct {
	Name string `json:"name"`
	Text string `json:"text"` // one paragraph
}

// The verdicts of a comparison.
const (
	ShownBetter = "better" // the first detects more than the second, and the interval excludes the contrary
	ShownWorse  = "worse"  //
	NotEnough   = "not enough evidence"
)

// A Comparison compares two resolutions by the areas of all evaluations, paired.
type Comparison struct {
	A          string   `json:"a"`
	B          string   `json:"b"`
	Difference float64  `json:"difference"` // detection rate of A less that of B
	Interval   Interval `json:"interval"`   // of Difference: Bootstrap where that shows something, else the wider of the two on each side
	Bootstrap  Interval `json:"bootstrap"`  // paired block bootstrap
	Adjusted   Interval `json:"adjusted"`   // with two areas made up, one for each side
	Sign       Sign     `json:"sign_test"`
	Verdict    string   `json:"verdict"`
	Needed     *Needed  `json:"needed"`     // for a verdict, where there is not enough evidence
	Neighbours bool     `json:"neighbours"` // no resolution lies between the two
}

// A Sign is the exact sign test over areas.
type Sign struct {
	Higher int     `json:"higher"` // areas with a higher rate at A
	Lower  int     `json:"lower"`
	Equal  int     `json:"equal"` // ties, which the test leaves out
	P      float64 `json:"p"`     // two-sided
}

// A Needed says what more would tell, if the rates stay as they are; null is: no number of these alone.
type Needed struct {
	Areas      *int   `json:"areas"`      // in all, with as many trainings as there are
	Replicates *int   `json:"replicates"` // in all, with the areas there are
	Text       string `json:"text"`       // "about 64 areas, or 5 replicates"
}

// The states of a decision.
const (
	Decided  = "decided"
	Open     = "open"    // there are results, and they are not enough evidence
	Unknown  = "unknown" // results are missing
	NoCamera = "none"    // the study has no evaluation to decide by
)

// A Decision is the answer to the study's question.
type Decision struct {
	State       string      `json:"state"`
	Declared    bool        `json:"declared"` // by a decide block; else by its defaults
	Within      float64     `json:"within"`   // how much less than the best is accepted
	Confidence  float64     `json:"confidence"`
	Prefer      string      `json:"prefer"`      // "smallest" or "best"
	Evaluations []string    `json:"evaluations"` // that it goes by
	Resolution  *string     `json:"resolution"`  // the smallest that is not shown to be worse than the best by more than Within
	Best        *string     `json:"best"`        // that detects most
	Difference  *float64    `json:"difference"`  // Resolution less Best
	Interval    *Interval   `json:"interval"`    // of Difference
	Needed      *Needed     `json:"needed"`
	Candidates  []Candidate `json:"candidates"` // every resolution with results, from the most pixels to the fewest
	Sentence    string      `json:"sentence"`
}

// The standings of a candidate.
const (
	GoodEnough = "good enough"         // shown to lose no more than Within
	TooWeak    = "worse"               // shown to lose more
	Undecided  = "not enough evidence" // neither
)

// A Candidate is one resolution against the best.
type Candidate struct {
	Resolution string    `json:"resolution"`
	Rate       float64   `json:"detection_rate"`
	Difference float64   `json:"difference"` // to the best's
	Interval   *Interval `json:"interval"`   // null for the best itself
	Standing   string    `json:"standing"`
	Needed     *Needed   `json:"needed"`
}

// A Gate is a gate as declared, and whether the results meet it.
type Gate struct {
	Name         string        `json:"name"`
	Met          *bool         `json:"met"` // null: a result that it asks for is missing
	Requirements []Requirement `json:"requirements"`
	Message      string        `json:"message"` // as declared, "" for none
}

// A Requirement is one thing that a gate asks for.
type Requirement struct {
	Text string `json:"text"` // "320x240: grade ○ or better", or the expression as written
	Met  *bool  `json:"met"`
	Why  string `json:"why"` // "it has ×", "no result yet: type snellen apply"; "" where it is met
}

// A Target is an area's product in pixels, on its way to the network.
type Target struct {
	Source     [2]float64 `json:"source"`     // width and height in the camera's picture
	Resolution [2]float64 `json:"resolution"` // had the camera filmed in this resolution: the detail that the model learned from
	Network    [2]float64 `json:"network"`    // at the network's input, before what is beyond it is cut off
	Scale      float64    `json:"scale"`      // from the camera's picture to the network's input; over 1: blown up
}

// A Pixels is detection against pixels on target.
type Pixels struct {
	Frames []Frame `json:"frames"` // for each resolution
	Points []Point `json:"points"`
	Rule   *Rule   `json:"rule"` // null while there are no results
}

// A Frame is a resolution's training frame on its way to the network.
type Frame struct {
	Resolution string  `json:"resolution"`
	Source     *[2]int `json:"source"` // the smallest of the labels' videos, width and height; null: not probed yet
	Scale      float64 `json:"scale"`  // from the frame to the network's input
	Input      [2]int  `json:"input"`  // width and height of the network's input
	Resize     int     `json:"resize"` // the short side, pixels, to which a frame is brought before Input is cut out of its middle; 0: it is squeezed to Input
	Upscaled   bool    `json:"larger_than_source"`
	Lost       bool    `json:"detail_lost"` // the next smaller resolution already fills the network's input
}

// A Point is one area at one resolution and camera size, over all trainings.
type Point struct {
	Resolution string  `json:"resolution"`
	Evaluation string  `json:"evaluation"`
	Size       string  `json:"at"`
	Area       string  `json:"area"`
	Width      float64 `json:"width"`  // of the product in pixels: the fewer of the model's resolution and the camera's size
	Height     float64 `json:"height"` //
	Rate       float64 `json:"detection_rate"`
}

// A Rule is what the points say: from so many pixels of height on, the mean rate at every height is at least Target.
type Rule struct {
	Target float64  `json:"target"` // the best grade's every_area
	Height *float64 `json:"height"` // null: no height reaches the target
	Below  *float64 `json:"below"`  // the next smaller height that was tried, which does not; null: none was
	Text   string   `json:"text"`   // "needs 24 pixels of height"
}
