package specs

import "math"

// This file is the language: every block and every attribute, in the order in which the reference shows them.

// Bounds on what a study may hold: a spec is untrusted, and a mistyped one must fail rather than fill the machine.
const (
	maxSource      = 1 << 20 // bytes of a spec, and of what file() reads
	maxLabels      = 1000
	maxResolutions = 100
	maxEvaluations = 100
	maxAreas       = 10_000 // of one evaluation
	maxEach        = 10_000 // elements of one for_each
	maxVideos      = 1000   // of one label
	maxLocals      = 1000
	maxSide        = 16_384 // pixels
	maxSeed        = math.MaxInt32
	maxGates       = 100
	maxSizes       = 20 // sizes of a camera's picture
)

var language = &block{blocks: []*block{
	studyBlock, variableBlock, localsBlock, labelBlock, labelsBlock, resolutionBlock, resolutionsBlock,
	transcodeBlock, datasetBlock, hyperparametersBlock, trainerBlock, sagemakerBlock, commandBlock, budgetBlock, evaluationBlock, decideBlock, gateBlock,
}}

var studyBlock = &block{
	name: "study", label: "NAME", single: true, required: true, meaning: "What the study is called, and what its chance starts from.",
	attributes: []attribute{
		integer("seed", 2020, "start of every random choice; the same seed gives the same results").between(0, maxSeed),
		integer("replicates", 1, "trainings of each resolution, each from a seed of its own; one more runs none of the others again").between(1, 100),
	},
}

var variableBlock = &block{
	name: "variable", label: "NAME", meaning: "A value that the caller may set, read as `var.NAME`: by `-var NAME=VALUE` and `-var-file FILE`, of which the last counts; " +
		"else by a file of lines like `NAME = VALUE` beside the spec, which is `snacks.vars.hcl` for `snacks.hcl`; else by the environment's `SNELLEN_VAR_NAME`. " +
		"Relative paths in a spec start at the spec's folder. A text given for a variable that names, from the caller's folder (of a file of variables: from that file's), a file or folder that exists is made absolute, so that `-var footage=clips` means the caller's clips.",
	attributes: []attribute{
		anyValue("default", "the value where the caller sets none; without it the caller must"),
		anyValue("type", "`string`, `number`, `bool`, `list(string)`, ...").defaultText("the default's type, else `string`"),
		str("description", "", "what it is for"),
		boolean("sensitive", false, "keep its value out of saved plans; who applies one gives the value again"),
	},
}

var localsBlock = &block{
	name: "locals", anyAttribute: true, meaning: "Names for values that are used more than once, read as `local.NAME`. They may use one another.",
}

var videosAttr = strList("videos", "its videos, in order").required()

// streamNumber chooses one of several films in a file.
var streamAttr = integer("stream", 0, "which stream of a file is read, as `ffprobe` counts them, where it has several videos").between(0, 1000).
	defaultText("ffmpeg's own choice: the largest, with preference for a default one, and never a cover picture")

var labelBlock = &block{
	name: "label", label: "NAME", meaning: "A class to recognise. A study has at least two, by `label` or by `labels`.",
	attributes: []attribute{videosAttr, streamAttr},
}

var forEachAttr = anyValue("for_each", "a set, list or map: the block counts once for each element, with `each.key` and `each.value`. In a set, or a list of texts, both are the element").required()

var eachNameAttr = str("name", "", "its name").defaultText("`each.key`")

var labelsBlock = &block{
	name: "labels", meaning: "Several labels at once.",
	attributes: []attribute{forEachAttr, eachNameAttr, videosAttr, streamAttr},
}

var sizeAttributes = []attribute{
	integer("width", 0, "pixels; even").between(8, 8192).defaultText("as the name says: `320x240`"),
	integer("height", 0, "pixels; even").between(8, 8192).defaultText("as the name says: `320x240`"),
	str("endpoint", "", "a SageMaker endpoint that serves this resolution's model already, for trainer `\"sagemaker\"`; it is never deleted").defaultText("one is made for each evaluation"),
}

var overrideBlock = &block{name: "hyperparameters", single: true, meaning: "Hyperparameters for this resolution alone.", attributes: hyperparameters}

var resolutionBlock = &block{
	name: "resolution", label: "NAME", meaning: "A size of the dataset: what the study varies. At least one, by `resolution` or by `resolutions`.",
	attributes: sizeAttributes, blocks: []*block{overrideBlock},
}

var resolutionsBlock = &block{
	name: "resolutions", meaning: "Several resolutions at once.",
	attributes: append([]attribute{forEachAttr, eachNameAttr}, sizeAttributes...), blocks: []*block{overrideBlock},
}

var transcodeBlock = &block{
	name: "transcode", single: true, meaning: "How the smaller videos are made. The defaults are those of plain ffmpeg.",
	attributes: []attribute{
		str("codec", "libx264", "encoder").oneOf("libx264", "libx265"),
		integer("crf", 23, "constant rate factor; lower is better and larger").between(0, 51),
		str("preset", "medium", "the encoder's trade of time for size").
			oneOf("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"),
		str("filter", "bicubic", "how frames are scaled").
			oneOf("fast_bilinear", "bilinear", "bicubic", "neighbor", "area", "bicublin", "gauss", "sinc", "lanczos", "spline"),
		str("fit", "squeeze", "what is done with a video of another shape than the resolution: `squeeze` stretches it, `pad` puts black beside it, `crop` cuts off what is beyond").
			oneOf("squeeze", "pad", "crop"),
	},
}

var qualityAttr = integer("quality", 95, "of the JPEG pictures").between(1, 100)

var datasetBlock = &block{
	name: "dataset", single: true, meaning: "Which frames are taken, and how they are packed.",
	attributes: []attribute{
		integer("frames", 200, "frames of each label, at most").between(2, 100_000),
		number("validation", 0.2, "share of the frames kept for validation").strictlyBetween(0, 1),
		str("split", "blocks", "how the two sets are parted: `blocks` of time, or frame by frame at `random`, which lets near-equal frames into both").oneOf("blocks", "random"),
		number("gap", 0.5, "seconds without frames between neighbouring blocks of different sets").between(0, 3600),
		str("format", "recordio", "how the frames are packed").oneOf("recordio", "image"),
		qualityAttr,
		boolean("contrast", false, "train each resolution once more on frames that are parted the other way, to show what that does to the validation score"),
	},
}

// hyperparameters have the names, ranges and defaults of SageMaker's Image Classification (MXNet).
var hyperparameters = append([]attribute{
	integer("num_layers", 152, "depth of the residual network; the numbers from 8 to 110 but 18, 34, 50 and 101 are for small input, 8 is the local trainer's own, and 200 is SageMaker's").
		oneOf("8", "20", "32", "44", "56", "110", "18", "34", "50", "101", "152", "200"),
	str("image_shape", "3,224,224", "the network's input: channels, height, width"),
	integer("resize", 0, "pixels of a frame's short side before it is cropped to the input; 0: none, frames are squeezed to it").between(0, 4096),
	integer("epochs", 30, "passes over the training set").between(1, 100_000),
	integer("mini_batch_size", 32, "images of one step").between(1, 65_536),
	str("optimizer", "sgd", "how weights follow the gradient; the last two not for trainer `\"local\"`").oneOf("sgd", "adam", "rmsprop", "nag"),
	number("learning_rate", 0.1, "length of a step").between(0, 1),
	number("lr_scheduler_factor", 0.1, "what the learning rate is multiplied by at each epoch of lr_scheduler_step").between(0, 1),
	str("lr_scheduler_step", "", "epochs at which the learning rate changes: `\"6,8\"`"),
	number("momentum", 0.9, "of sgd").between(0, 1),
	number("weight_decay", 0.0001, "of sgd").between(0, 1),
	number("beta_1", 0.9, "of adam").between(0, 1),
	number("beta_2", 0.999, "of adam").between(0, 1),
	number("eps", 1e-8, "of adam").between(0, 1),
	str("augmentation_type", "", "what is changed at random in training frames; each includes the one before").oneOf("", "crop", "crop_color", "crop_color_transform"),
	boolean("early_stopping", false, "stop when validation no longer gets better"),
	integer("early_stopping_min_epochs", 10, "epochs that run in any case").between(1, 100_000),
	integer("early_stopping_patience", 5, "epochs to wait for something better").between(1, 100_000),
	number("early_stopping_tolerance", 0, "relative gain that counts as better").between(0, 1),
	integer("num_classes", 0, "the number of labels").between(1, math.Inf(1)).computed(),
	integer("num_training_samples", 0, "the number of training frames").between(1, math.Inf(1)).computed(),
}, sagemakerAttributes()...)

var hyperparametersBlock = &block{
	name: "hyperparameters", single: true, attributes: hyperparameters,
	meaning: "How the networks are trained, by SageMaker's names, ranges and defaults (Image Classification - MXNet).",
}

var trainerBlock = &block{
	name: "trainer", label: "local", single: true, meaning: "This machine trains and judges; so it does where there is no trainer block.",
	attributes: []attribute{
		integer("threads", 1, "threads of one training; several resolutions at once use the cores better than one with more threads, and another number gives slightly other results").between(1, 256),
		str("device", "cpu", "what it computes on").oneOf("cpu", "cuda"),
	},
}

var expectAttr = str("expect", "", "the label that stands there").required()

var rectAttr = intList("rect", 4, "x, y, width and height in pixels of the camera's frame").between(0, maxSide).required()

var frameBlock = &block{
	name: "frame", single: true, required: true, meaning: "The size that the camera's frames have.",
	attributes: []attribute{integer("width", 0, "pixels").between(1, maxSide).required(), integer("height", 0, "pixels").between(1, maxSide).required()},
}

var areaBlock = &block{
	name: "area", label: "NAME", meaning: "A rectangle of the camera's frame with one label. At least one, by `area`, `areas` or `grid`; no two overlap.",
	attributes: []attribute{rectAttr, expectAttr},
}

var areasBlock = &block{
	name: "areas", meaning: "Several areas at once.", attributes: []attribute{forEachAttr, eachNameAttr, rectAttr, expectAttr},
}

var gridBlock = &block{
	name: "grid", single: true, meaning: "Areas of one size in rows and columns. They are named `row-column`, from `1-1`.",
	attributes: []attribute{
		integer("columns", 0, "areas side by side").between(1, maxAreas).required(),
		integer("rows", 0, "rows of areas").between(1, maxAreas).required(),
		intList("origin", 2, "x and y of the first area's corner, pixels").between(0, maxSide).required(),
		intList("size", 2, "width and height of an area, pixels").between(1, maxSide).required(),
		intList("step", 2, "pixels from one column to the next, and from one row to the next").between(1, maxSide).defaultText("`size`"),
		strList("expect", "the labels that stand there, row by row").required(),
	},
}

var gradeBlock = &block{
	name: "grade", label: "NAME", meaning: "A mark, from the best to the worst: the first that holds is given. They go by `every_area`, and the last has none. Without any: ◎ 0.8, ○ 0.6, ×.",
	attributes: []attribute{
		number("every_area", 0, "every area's share of judged frames that were found right is at least this").between(0, 1),
	},
}

var evaluationBlock = &block{
	name: "evaluation", label: "NAME", meaning: "A camera's video, shown to every model, area by area.",
	attributes: []attribute{
		str("video", "", "the camera's video").required(),
		streamAttr,
		integer("every", 1, "one of so many frames is judged").between(1, 1_000_000),
		strList("at", "sizes in which the camera's picture is judged, by the same models: `native`, and sizes to which it is scaled first, like `320x240`").defaultText("`[\"native\"]`"),
		number("confident", 0.7, "an area is sure when its probability is strictly over this").between(0, 1),
		qualityAttr,
		unsupported("camera", "this version judges a video, not a camera"),
	},
	blocks: []*block{frameBlock, areaBlock, areasBlock, gridBlock, gradeBlock},
}

var decideBlock = &block{
	name: "decide", single: true, meaning: "Which resolution is enough: the report begins with it. Without the block its defaults hold.",
	attributes: []attribute{
		number("within", 0.03, "how much less than the best a detection rate may be, as a share of the judged areas").between(0, 1),
		number("confidence", 0.95, "of all intervals and tests").strictlyBetween(0.5, 1),
		str("prefer", "smallest", "the smallest resolution that is not shown to be worse than the best by more than `within`, or the best itself").oneOf("smallest", "best"),
		strList("evaluations", "the evaluations whose areas count").defaultText("all"),
	},
}

var requireBlock = &block{
	name: "require", label: "RESOLUTION", meaning: "What a resolution must reach: at least one of these.",
	attributes: []attribute{
		str("grade", "", "this grade of the evaluations, or a better one").defaultText(""),
		number("detection_rate", 0, "at least this share of the judged areas").between(0, 1).defaultText(""),
		number("accuracy", 0, "at least this, on the validation frames").between(0, 1).defaultText(""),
		str("evaluation", "", "the evaluation that grade and detection_rate are of").defaultText("each"),
	},
}

var gateBlock = &block{
	name: "gate", label: "NAME", meaning: "What the results must be. `apply` ends with exit code 3 where they are not, and says which gate failed. A gate holds when all that it requires holds, and its condition.",
	attributes: []attribute{
		{name: "condition", kind: deferredKind, meaning: "what must be true of the results: `resolution[\"320x240\"].detection_rate > 0.8 && decision.decided`. " +
			"A resolution has `accuracy`, `epoch`, `train_seconds`, `dataset_bytes`, `detection_rate`, `low` and `high` (its interval), `grade`, and `evaluation[NAME]` with `detection_rate`, `low`, `high`, `grade` and `area[NAME].detection_rate`; " +
			"there are `decision.resolution`, `decision.best`, `decision.difference` and `decision.decided`, and `leakage_seconds`"},
		str("message", "", "what to say when it fails"),
	},
	blocks: []*block{requireBlock},
}
