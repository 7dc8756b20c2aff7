package sides

import (
	"encoding/json"
	"io"

	"snellen/steps/report/document"
)

// Version is the version of Document's form. Under one version a name is never removed and never
// changes its meaning. New names may be added.
const Version = 1

// A Document is what compare -json prints. A figure without a result is null. A list is empty and
// never null. Rates are shares from 0 to 1, and a difference is now less before. The file
// comparison.schema.json describes the same form.
type Document struct {
	Version     int          `json:"version"`
	Answer      string       `json:"answer"` // the decision before and now, in a sentence
	Effect      string       `json:"effect"` // what was shown to change, in a sentence
	Before      Point        `json:"before"`
	Now         Point        `json:"now"`
	Changes     []Change     `json:"changes"`
	Resolutions []Resolution `json:"resolutions"` // from the most pixels to the fewest
	Steps       Steps        `json:"steps"`
	Remarks     []string     `json:"remarks"` // what a reader should know, in sentences
}

// A Point is one side.
type Point struct {
	Title    string             `json:"title"`
	Study    string             `json:"study"`    // name; "" where the spec cannot be read
	Decision *document.Decision `json:"decision"` // null: no results
	Missing  bool               `json:"missing"`  // results that it had are gone
	Again    string             `json:"again"`    // what to type to have them again, or ""
}

// The kinds of a Change, in the order in which they are listed.
const (
	LabelChange      = "label"
	ResolutionChange = "resolution"
	EvaluationChange = "evaluation"
	FootageChange    = "footage"
	SettingChange    = "setting"
	DecisionChange   = "decision"
	GateChange       = "gate"
	ToolChange       = "tool"
)

// A Change is one thing that was changed.
type Change struct {
	Kind  string   `json:"kind"`
	Text  string   `json:"text"`  // "hyperparameters.epochs 30 -> 40 (demo.hcl:22)"
	Where string   `json:"where"` // "40x30"; "" where it holds everywhere
	Steps []string `json:"steps"` // addresses that it is about; empty unless the kind is "setting"
}

// How the detection of a resolution was compared.
const (
	Paired    = "paired"     // area by area
	Same      = "same"       // area by area, and all are the same
	NotPaired = "not paired" // no area is in both: nothing is said but the two rates
	Unknown   = "unknown"    // a result is missing
)

// A Resolution is one resolution on both sides.
type Resolution struct {
	Resolution string   `json:"resolution"`
	Before     *Figures `json:"before"` // null: it was not there
	Now        *Figures `json:"now"`    // null: it is not there any more
	Compared   string   `json:"compared"`
	Why        string   `json:"why"`    // it is not paired, or not all areas are; "" otherwise
	Change     *Effect  `json:"change"` // null unless Compared is "paired" or "same"
	Lost       []Area   `json:"lost"`   // recognised before, and not any more
	Found      []Area   `json:"found"`  // recognised now, and not before
	// Of the steps that both sides have: how many, and those that did not make the same bytes.
	Steps   int      `json:"steps"`
	Differs []string `json:"differs"`
}

// Figures are the results of a resolution on one side, as report.json has them.
type Figures struct {
	Detection    *document.Rate `json:"detection"`
	Grade        *string        `json:"grade"`
	Accuracy     *float64       `json:"accuracy"`
	BestEpoch    *int           `json:"best_epoch"`
	Epochs       *int           `json:"epochs"`
	TrainSeconds *float64       `json:"train_seconds"`
	DatasetBytes *int64         `json:"dataset_bytes"`
	Trainings    int            `json:"trainings"` // judged
}

// An Effect is how the detection rate differs, over the areas that both sides have.
type Effect struct {
	Difference float64           `json:"difference"`
	Interval   document.Interval `json:"interval"` // of Difference
	Sign       document.Sign     `json:"sign_test"`
	Verdict    string            `json:"verdict"`  // of document.Comparison
	LeftOut    int               `json:"left_out"` // samples that are not the same on both sides
}

// An Area is a judged area, or a whole picture.
type Area struct {
	Evaluation string `json:"evaluation"`
	Area       string `json:"area"`
	Expect     string `json:"expect"`
	Picture    bool   `json:"picture"` // it is a whole picture
}

// Steps counts the steps of both sides.
type Steps struct {
	Same    int `json:"same"`    // with the same key
	Differ  int `json:"differ"`  // with another key
	Added   int `json:"added"`   // only now
	Removed int `json:"removed"` // only before
	// Of those with another key, the ones that made the same bytes.
	SameBytes int `json:"same_bytes"`
	// Steps with the same key that made other bytes.
	Irreproducible []string `json:"irreproducible"`
}

// WriteJSON writes the document as one JSON value.
func (d *Document) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}
