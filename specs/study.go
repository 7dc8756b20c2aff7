// Package specs is the spec language: it turns an HCL file into a Study, with diagnostics that name the file, the line
// and the mend. It knows what a study may say and nothing of how one is carried out.
package specs

// A Position is a place in a spec file, for messages.
type Position struct {
	File string // as the person named it, slash-separated
	Line int    // from 1; 0 means: nowhere, a default
}

// Where maps an attribute's name to where its value was written; a default has no entry.
type Where map[string]Position

// A Study is one spec file, loaded: all that is declared, with defaults filled in and every rule checked.
type Study struct {
	Name        string
	File        string // the spec's path, as given
	Seed        int64
	Replicates  int          // trainings of each resolution
	Labels      []Label      // sorted by name: a label's class index is its place here
	Resolutions []Resolution // from the most pixels to the fewest
	Transcode   Transcode
	Dataset     Dataset
	Trainer     Trainer
	Budget      *Budget      // nil: none
	Evaluations []Evaluation // sorted by name
	Decision    DecisionRule
	Gates       []Gate    // in the order declared
	Where       Where     // of name, seed, replicates
	Arguments   Arguments // what it can be loaded with again
}

// A Label is a class to recognise.
type Label struct {
	Name   string
	Videos []string // paths that can be opened from the caller's folder, in the order declared
	Stream *int     // of each file, as ffmpeg counts its streams; nil: ffmpeg's own choice
	At     Position
}

// A Resolution is one size of the dataset: the thing that a study varies.
type Resolution struct {
	Name            string // "320x240"
	Width, Height   int    // pixels
	Endpoint        string // of SageMaker, that serves its model already; "": none
	Hyperparameters Hyperparameters
	At              Position
}

// Transcode says how the smaller videos are made; the defaults are those of plain ffmpeg.
type Transcode struct {
	Codec  string // "libx264"
	CRF    int    // 23
	Preset string // "medium"
	Filter string // swscale's name of the scaling filter: "bicubic"
	Fit    string // "squeeze", "pad" or "crop": what is done with a video of another shape
	Where  Where
}

// Dataset says which frames are taken and how they are packed.
type Dataset struct {
	Frames     int     // at most, for each label
	Validation float64 // share of the frames, 0 to 1, both excluded
	Split      string  // "blocks" or "random"
	Gap        float64 // seconds without frames between neighbouring train and validation blocks
	Format     string  // "recordio" or "image"
	Quality    int     // JPEG, 1 to 100
	Contrast   bool    // train once more on frames parted the other way
	Where      Where
}

// Hyperparameters have SageMaker's names, ranges and defaults (Image Classification - MXNet), but for NumLayers, where
// the local trainer also knows 8.
type Hyperparameters struct {
	NumLayers         int     `json:"num_layers"`
	ImageShape        string  `json:"image_shape"` // "3,224,224": channels, height, width
	Resize            int     `json:"resize"`      // pixels of the short side before the crop; 0: none, frames are squeezed to the shape
	Epochs            int     `json:"epochs"`
	MiniBatchSize     int     `json:"mini_batch_size"`
	Optimizer         string  `json:"optimizer"` // "sgd", "adam"; with SageMaker also "rmsprop", "nag"
	LearningRate      float64 `json:"learning_rate"`
	LRSchedulerFactor float64 `json:"lr_scheduler_factor"`
	LRSchedulerStep   string  `json:"lr_scheduler_step"` // epochs, "6,8"
	Momentum          float64 `json:"momentum"`
	WeightDecay       float64 `json:"weight_decay"`
	Beta1             float64 `json:"beta_1"`
	Beta2             float64 `json:"beta_2"`
	Eps               float64 `json:"eps"`
	AugmentationType  string  `json:"augmentation_type"` // "", "crop", "crop_color", "crop_color_transform"
	EarlyStopping     bool    `json:"early_stopping"`
	EarlyStoppingMin  int     `json:"early_stopping_min_epochs"`
	EarlyStoppingWait int     `json:"early_stopping_patience"`
	EarlyStoppingTol  float64 `json:"early_stopping_tolerance"`

	// Of trainer "sagemaker" alone.
	CheckpointFrequency int     `json:"checkpoint_frequency"` // 0: the best epoch's model alone
	Gamma               float64 `json:"gamma"`
	KVStore             string  `json:"kv_store"`
	PrecisionDtype      string  `json:"precision_dtype"`
	TopK                int     `json:"top_k"` // 0: none
	UsePretrained       int     `json:"use_pretrained_model"`

	Extra map[string]string `json:"extra,omitempty"` // of the user's own, for a program or a training image that knows them

	Where Where `json:"-"` // by SageMaker's name
}

// Trainer says who trains and judges.
type Trainer struct {
	Name      string     // "local", "sagemaker" or "command"
	Threads   int        // of one training; part of its key, since libtorch's sums depend on it
	Device    string     // "cpu" or "cuda"
	SageMaker *SageMaker // nil where another trains
	Command   *Command   // nil where another trains
	Where     Where
}

// An Evaluation is one camera's picture and the areas of it to be judged.
type Evaluation struct {
	Name          string
	Video         string  // path that can be opened from the caller's folder
	Stream        *int    // of its file, as ffmpeg counts its streams; nil: ffmpeg's own choice
	Width, Height int     // of the camera's frame, pixels
	Every         int     // every how many frames one is judged
	Sizes         []Size  // beside the native one, in which the picture is judged, in the order declared
	Confident     float64 // an area is sure when its probability is strictly over this
	Quality       int     // JPEG of the crops, 1 to 100
	Areas         []Area  // in the order declared: a grid's row by row
	Grades        []Grade // from the best to the worst
	At            Position
	Where         Where
}

// A Size is one to which a camera's picture is scaled before it is judged.
type Size struct {
	Name          string // "320x240"
	Width, Height int    // pixels
}

// An Area is a rectangle of the camera's frame with the label that stands there.
type Area struct {
	Name   string // "top-left"; a grid's areas are "row-column" from 1: "1-2"
	X, Y   int    // first pixel
	W, H   int    // pixels
	Expect string // a label's name
	At     Position
}

// A Grade is given when every area's detection rate is at least EveryArea; the last one has 0 and always holds.
type Grade struct {
	Name      string  // "◎"
	EveryArea float64 // share of an area's judged frames whose likeliest label is the expected one
}

// Names are the hyperparameters' names, SageMaker's.
func (Hyperparameters) Names() []string {
	var names []string
	for _, a := range hyperparametersBlock.attributes {
		names = append(names, a.name)
	}
	return names
}
