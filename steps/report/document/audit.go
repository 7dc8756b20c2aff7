package document

// An Audit holds what may make the data misleading.
type Audit struct {
	// "known", or "unknown" before the audit step has run.
	State string `json:"state"`
	// Frames whose 64-bit hashes differ in at most so many bits are near-duplicates.
	MaxBits        int          `json:"near"`
	Labels         []LabelAudit `json:"labels"`
	CameraOverlaps []Overlap    `json:"cameras"` // of a camera's video with the footage of a label
	LabelOverlaps  []Overlap    `json:"twins"`   // of the footage of two labels
	Balance        Balance      `json:"balance"`
	Findings       []string     `json:"findings"` // what a reader should know, one sentence each
}

// A LabelAudit counts one label's frames.
type LabelAudit struct {
	Label      string `json:"label"`
	Footage    int    `json:"footage"`    // frames of its videos
	Train      int    `json:"train"`      // frames
	Validation int    `json:"validation"` // frames
	Gap        int    `json:"gap"`        // dropped: too near in time to a validation block
	Surplus    int    `json:"surplus"`    // dropped: more than dataset.frames
	// Between the nearest train and validation frames; null: no video has both.
	Seconds *float64 `json:"seconds"`
	// Validation frames with a near-duplicate among the label's train frames.
	NearDuplicates *int  `json:"near"`
	Nearest        *Pair `json:"nearest"` // the most similar pair of a validation and a train frame
}

// A Pair is two frames and the distance of their hashes.
type Pair struct {
	Bits int      `json:"bits"` // bits of 64 that differ
	A    FrameRef `json:"a"`
	B    FrameRef `json:"b"`
}

// A FrameRef identifies a frame.
type FrameRef struct {
	Source  string  `json:"of"`    // a label, or a camera's evaluation
	Video   string  `json:"video"` // file name
	Seconds float64 `json:"seconds"`
	Set     string  `json:"set"` // "train", "validation" or "camera"
}

// An Overlap counts the near-duplicates between two sources.
type Overlap struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Frames  int    `json:"frames"` // of A that have a near-duplicate in B
	Total   int    `json:"of"`     // frames of A
	Nearest Pair   `json:"nearest"`
}

// A Balance compares the numbers of the classes' training images.
type Balance struct {
	Fewest     int    `json:"fewest"`
	FewestName string `json:"fewest_label"`
	Most       int    `json:"most"`
	MostName   string `json:"most_label"`
	Even       bool   `json:"even"` // Most is at most 1.5 times Fewest
}
