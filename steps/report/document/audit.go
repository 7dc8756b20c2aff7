package document

// An Audit tells whether the data can be trusted.
type Audit struct {
	State    string       `json:"state"` // "known", or "unknown" before the audit step has run
	Near     int          `json:"near"`  // bits of 64 in which the hashes of near-duplicates differ at most
	Labels   []LabelAudit `json:"labels"`
	Cameras  []Shared     `json:"cameras"` // label footage that a camera's video shows, too
	Twins    []Shared     `json:"twins"`   // one picture under two labels
	Balance  Balance      `json:"balance"`
	Findings []string     `json:"findings"` // in sentences; none: nothing was found
}

// A LabelAudit is one label's frames.
type LabelAudit struct {
	Label      string   `json:"label"`
	Footage    int      `json:"footage"`    // frames of its videos
	Train      int      `json:"train"`      // frames
	Validation int      `json:"validation"` // frames
	Gap        int      `json:"gap"`        // dropped: too near in time to a validation block
	Surplus    int      `json:"surplus"`    // dropped: more than dataset.frames asks for
	Seconds    *float64 `json:"seconds"`    // between the nearest train and validation frames; null: in no video together
	Near       *int     `json:"near"`       // validation frames with a near-duplicate among the label's train frames
	Nearest    *Pair    `json:"nearest"`    // the most alike of a validation and a train frame
}

// A Pair is two frames and how much they differ.
type Pair struct {
	Bits int        `json:"bits"` // of 64 in which the hashes differ
	A    FramePlace `json:"a"`
	B    FramePlace `json:"b"`
}

// A FramePlace is one frame.
type FramePlace struct {
	Of      string  `json:"of"`    // a label, or a camera's evaluation
	Video   string  `json:"video"` // file name
	Seconds float64 `json:"seconds"`
	Set     string  `json:"set"` // "train", "validation" or "camera"
}

// A Shared tells of near-duplicates between two sources.
type Shared struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Frames  int    `json:"frames"` // of A with a near-duplicate in B
	Of      int    `json:"of"`     // frames of A
	Nearest Pair   `json:"nearest"`
}

// A Balance compares the classes' training images.
type Balance struct {
	Fewest     int    `json:"fewest"`
	FewestName string `json:"fewest_label"`
	Most       int    `json:"most"`
	MostName   string `json:"most_label"`
	Even       bool   `json:"even"` // the most are at most 1.5 times the fewest
}
