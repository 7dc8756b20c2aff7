// Package specs is the spec language. It turns an HCL file into a Study, with diagnostics that name
// the file and the line and say what to write instead. It knows what a study may say, and nothing
// about how one is carried out.
//
// The flow: Load parses the file within bounds (syntax.go), evaluates variables and locals
// (variables.go, scope.go), decodes each block by the language's table (language.go, section.go),
// and applies the rules over several blocks. All mistakes are collected, not only the first. The
// same table is the reference (reference.go) and what editors show (blockdoc.go).
package specs

import "snellen/specs/hyper"

// A Position is a place in a spec file, for messages.
type Position struct {
	File string // as the caller named it, slash-separated
	Line int    // from 1; 0: nowhere, as for a default
}

// Where maps an attribute's name to where its value is written. A default has no entry.
type Where map[string]Position

// A Study is one loaded spec: all that is declared, with defaults filled in and every rule checked.
type Study struct {
	Name        string
	File        string // the spec's path
	Seed        int64
	Replicates  int          // trainings of each resolution
	Labels      []Label      // sorted by name; a label's position is its class index
	Resolutions []Resolution // from the most pixels to the fewest
	Transcode   Transcode
	Dataset     Dataset
	Trainer     Trainer
	Budget      *Budget      // nil: none
	Shared      *Shared      // nil: none
	Evaluations []Evaluation // sorted by name
	Decision    DecisionRule
	Gates       []Gate    // in the order declared
	Where       Where     // of name, seed, replicates
	Arguments   Arguments // the values it was loaded with
	Secrets     []string  // sensitive variables, sorted
}

// A Label is a class to recognise.
type Label struct {
	Name   string
	Videos []string // relative to the caller's folder, in the order declared
	Stream *int     // stream of each file, as ffmpeg counts; nil: ffmpeg's choice

	// Pictures are relative to the caller's folder, each once and sorted. Those from Validation on
	// are for the validation set; nil lets the split choose.
	Pictures   []string
	Validation *int

	At    Position
	Where Where
}

// A Resolution is one size of the dataset: what a study varies.
type Resolution struct {
	Name            string // "320x240"
	Width, Height   int    // pixels
	Endpoint        string // existing SageMaker endpoint that serves its model; "": none
	Hyperparameters Hyperparameters
	At              Position
}

// Transcode says how the smaller videos are made. The defaults are plain ffmpeg's.
type Transcode struct {
	Codec  string // "libx264"
	CRF    int    // 23
	Preset string // "medium"
	Filter string // scaling filter, by swscale's name: "bicubic"
	Fit    string // "squeeze", "pad" or "crop": for a video of another shape
	Where  Where
}

// Dataset says which frames are used, and how they are packed.
type Dataset struct {
	Frames     int     // of each label, at most
	Validation float64 // share of the frames, between 0 and 1, both excluded
	Split      string  // "blocks" or "random"
	Gap        float64 // seconds without frames between blocks of different sets
	Format     string  // "recordio" or "image"
	Quality    int     // JPEG quality, 1 to 100
	Contrast   bool    // train once more with the other kind of split
	Where      Where
}

// Hyperparameters are a resolution's, with the defaults filled in.
type Hyperparameters struct {
	hyper.Parameters

	Where Where `json:"-"` // by SageMaker's name
}

// Trainer says who trains and judges. Threads to Copies are the local trainer's. Pretrained,
// FineTune and Copies are read where a resolution's hyperparameters have use_pretrained_model = 1.
type Trainer struct {
	Name       string     // "local", "sagemaker" or "command"
	Threads    int        // part of a training's key: libtorch's sums depend on it
	Device     string     // "cpu" or "cuda"
	Pretrained string     // path of a pretrained network's weights; "": the built-in network's
	FineTune   bool       // train a pretrained network whole; else its last layer, the head, alone
	Copies     int        // augmented copies of each training frame for a pretrained network's head
	SageMaker  *SageMaker // nil: another trainer
	Command    *Command   // nil: another trainer
	Where      Where
}

// An Evaluation is what models are judged by: a camera's video or stills with the areas of its
// picture, or whole pictures. One of Video, Stills and Samples is given.
type Evaluation struct {
	Name          string
	Video         string   // path, relative to the caller's folder
	Stills        []string // paths as well, in the order of their names
	Samples       []Sample // sorted by path
	Stream        *int     // stream of the file, as ffmpeg counts; nil: ffmpeg's choice
	Width, Height int      // of the camera's frame, pixels; 0: the video's own
	Every         int      // one in this many frames is judged
	Sizes         []Size   // other than the native one, in the order declared
	Confident     float64  // an answer is confident when its probability is greater
	Quality       int      // JPEG quality of the crops, 1 to 100
	Areas         []Area   // in the order declared: a grid's row by row
	Grades        []Grade  // from the best to the worst
	At            Position
	Where         Where
}

// A Size is a size to which a camera's picture is scaled before it is judged.
type Size struct {
	Name          string // "320x240"
	Width, Height int    // pixels
}

// An Area is a rectangle of the camera's frame, and the label that it shows.
type Area struct {
	Name   string // "top-left"; a grid's areas are "row-column" from 1: "1-2"
	X, Y   int    // first pixel
	W, H   int    // pixels
	Expect string // a label's name
	At     Position
}

// A Sample is a whole picture to be judged, and the label that it shows.
type Sample struct {
	Name   string // its path as the spec has it
	Path   string // relative to the caller's folder
	Expect string // a label's name
	At     Position
}

// A Grade is awarded when every area's detection rate is at least EveryArea. The last one has 0 and
// always holds.
type Grade struct {
	Name      string  // "◎"
	EveryArea float64 // share of judged frames with the expected label as the likeliest
}

// Names returns the names of all hyperparameters, which are SageMaker's.
func (Hyperparameters) Names() []string { return hyperparametersBlock.attributeNames() }
