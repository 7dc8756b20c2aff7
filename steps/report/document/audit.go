package document

import "fmt"

// An Audit holds what may make the data misleading.
type Audit struct {
	// "known", or "unknown" before the audit step has run.
	State string `json:"state"`
	// Frames whose 64-bit hashes differ in at most so many bits are near-duplicates.
	MaxBits int          `json:"near"`
	Labels  []LabelAudit `json:"labels"`
	// Of a camera's video, or an evaluation's pictures, with the footage of a label.
	CameraOverlaps []Overlap `json:"cameras"`
	LabelOverlaps  []Overlap `json:"twins"` // of the footage of two labels
	// The judged areas that show a training picture, in the order of evaluations and areas; null:
	// not known yet, or the study has no such comparison.
	Areas []LeakedArea `json:"areas"`
	// Judged areas that were compared with the training frames; null like Areas.
	Compared *int     `json:"areas_compared"`
	Balance  Balance  `json:"balance"`
	Findings []string `json:"findings"` // what a reader should know, one sentence each
}

// A LabelAudit counts one label's frames.
type LabelAudit struct {
	Label      string `json:"label"`
	Footage    int    `json:"footage"`    // frames of its videos, and pictures
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
	Video   string  `json:"video"` // file name; "" for a photograph
	Seconds float64 `json:"seconds"`
	Set     string  `json:"set"`               // "train", "validation" or "camera"
	Picture string  `json:"picture,omitempty"` // file name of a photograph
}

// An Overlap counts the near-duplicates between two sources.
type Overlap struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Frames  int    `json:"frames"` // of A that have a near-duplicate in B
	Total   int    `json:"of"`     // frames of A
	Nearest Pair   `json:"nearest"`
	Pairs   []Pair `json:"pairs,omitempty"` // the most similar photographs of A that have one
}

// PairNames names the photographs of A that have a near-duplicate in B, each with that.
func (o Overlap) PairNames() []string {
	var list []string
	for _, p := range o.Pairs {
		list = append(list, p.A.Picture+" and "+p.B.Name()+" of "+p.B.Source)
	}
	return list
}

// Name names the frame within its source: "a.jpg", "BANANA.mp4 at 3.20 s".
func (f FrameRef) Name() string {
	if f.Picture != "" {
		return f.Picture
	}
	return fmt.Sprintf("%s at %.2f s", f.Video, f.Seconds)
}

// A LeakedArea is a judged area, or a whole picture, that shows a training picture. Of all its
// judged frames, it has the one that is most like a training frame.
type LeakedArea struct {
	Evaluation string  `json:"evaluation"`
	Area       string  `json:"area"`
	Seconds    float64 `json:"seconds"`         // of the judged frame; 0 for a still
	Still      string  `json:"still,omitempty"` // file name of a judged still or whole picture
	Label      string  `json:"label"`           // whose training frame it is
	Video      string  `json:"video"`           // file name; "" for a photograph
	Picture    string  `json:"picture,omitempty"`
	// Of the training frame in its video; 0 for a photograph.
	LabelSeconds float64 `json:"label_seconds"`
	Similarity   float64 `json:"similarity"` // correlation of their grey values, at most 1
	Frames       int     `json:"frames"`     // judged frames that show a training picture
}

// Judged names the area and the judged frame: "1-1 at 3.20 s", "1-1 of 3.jpg".
func (l LeakedArea) Judged() string {
	switch l.Still {
	case "":
		return fmt.Sprintf("%s at %.2f s", l.Area, l.Seconds)
	case l.Area:
		return l.Area
	}
	return l.Area + " of " + l.Still
}

// Trained names the training frame: "BANANA.mp4 at 5.10 s", "a.jpg".
func (l LeakedArea) Trained() string {
	return FrameRef{Video: l.Video, Picture: l.Picture, Seconds: l.LabelSeconds}.Name()
}

// ShowTraining says in a sentence that so many areas or pictures are leaked.
func ShowTraining(n int) string {
	if n == 1 {
		return "shows a picture of the training frames"
	}
	return "show pictures of the training frames"
}

// A Balance compares the numbers of the classes' training images.
type Balance struct {
	Fewest     int    `json:"fewest"`
	FewestName string `json:"fewest_label"`
	Most       int    `json:"most"`
	MostName   string `json:"most_label"`
	Even       bool   `json:"even"` // Most is at most 1.5 times Fewest
}
