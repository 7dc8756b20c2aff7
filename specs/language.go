package specs

import "math"

// This file is the language: the one table of every block and every attribute, in the order in
// which the reference shows them. The decoder, the reference and the language server all read it,
// so they cannot disagree.

// Bounds on a study. A spec is untrusted, and a mistyped one must fail rather than fill the
// machine.
const (
	maxLabels      = 1000
	maxResolutions = 100
	maxEvaluations = 100
	maxAreas       = 10_000 // in one evaluation
	maxEach        = 10_000 // elements of one for_each
	maxVideos      = 1000   // of one label
	maxPictures    = 10_000 // of one label, and of one evaluation
	maxLocals      = 1000
	maxSide        = 16_384 // pixels
	maxSeed        = math.MaxInt32
	maxGates       = 100
	maxSizes       = 20 // in an evaluation's at
)

// language is the root block: its children may stand at the top level of a spec.
var language = &block{blocks: []*block{
	studyBlock, variableBlock, localsBlock, labelBlock, labelsBlock, resolutionBlock,
	resolutionsBlock, transcodeBlock, datasetBlock, hyperparametersBlock, trainerBlock,
	sagemakerBlock, commandBlock, budgetBlock, sharedBlock, evaluationBlock, decideBlock,
	gateBlock,
}}

var studyBlock = &block{
	name: "study", label: "NAME", single: true, required: true,
	meaning: "The study's name, and the seed of its random choices.",
	attributes: []attribute{
		integer("seed", 2020, "seed of every random choice; the same seed gives the same results").
			between(0, maxSeed),
		integer("replicates", 1, "trainings of each resolution, each with its own seed; adding "+
			"one runs none of the others again").between(1, 100),
	},
}

var variableBlock = &block{
	name: "variable", label: "NAME",
	meaning: "A value that the caller may set, read as `var.NAME`. It is taken from `-var " +
		"NAME=VALUE` and `-var-file FILE`, where the last one wins; else from a file of lines " +
		"like `NAME = VALUE` beside the spec, which is `snacks.vars.hcl` for `snacks.hcl`; else " +
		"from the environment variable `SNELLEN_VAR_NAME`. Relative paths in a spec start at the " +
		"spec's folder. A string given for a variable is made absolute when it names an existing " +
		"file or folder, seen from the caller's folder or from the folder of the variables file. " +
		"So `-var footage=clips` means the caller's `clips`.",
	attributes: []attribute{
		anyValue("default", "the value when the caller sets none; without a default the caller "+
			"must set one"),
		anyValue("type", "`string`, `number`, `bool`, `list(string)`, ...").
			defaultText("the default's type, else `string`"),
		str("description", "", "what the variable is for"),
		boolean("sensitive", false,
			"keep the value secret: it is in no file and in no output, so nothing that is "+
				"recorded may be made of it. Give it by `SNELLEN_VAR_NAME`"),
	},
}

var localsBlock = &block{
	name: "locals", anyAttribute: true,
	meaning: "Names for values that are used more than once, read as `local.NAME`. They may " +
		"refer to one another.",
}

var videosAttr = paths("videos", "its videos, in order").defaultText("none")

// The attributes of a label that has photographs.
var (
	picturesAttr = paths("pictures", "its pictures: photographs, each a moment of its own. A "+
		"label has videos, pictures, or both").defaultText("none")
	validationAttr = paths("validation", "pictures for the validation set. Then all videos and "+
		"other pictures of the label are for training; a picture that `pictures` lists as well "+
		"is for validation alone").defaultText("chosen from the pictures")
)

// streamAttr selects one video stream of a file that has several.
var streamAttr = integer("stream", 0, "the stream of each file to read, as `ffprobe` counts "+
	"them, for files with several video streams").between(0, 1000).
	defaultText("ffmpeg's own choice: the largest, preferring one marked as default, never a " +
		"cover picture")

var labelBlock = &block{
	name: "label", label: "NAME",
	meaning:    "A class to recognise. A study has at least two, from `label` and `labels` blocks.",
	attributes: labelAttributes,
}

var labelAttributes = []attribute{videosAttr, streamAttr, picturesAttr, validationAttr}

var forEachAttr = anyValue("for_each", "a set, list or map: the block is repeated for each "+
	"element, with `each.key` and `each.value`. In a set or a list of strings, both are the "+
	"element").required()

var eachNameAttr = str("name", "", "its name").defaultText("`each.key`")

var labelsBlock = &block{
	name: "labels", meaning: "Several labels at once.",
	attributes: append([]attribute{forEachAttr, eachNameAttr}, labelAttributes...),
}

// sizeAttributes are common to resolution and resolutions. Sides are even, since video stores
// colour at half the frame's sides.
var sizeAttributes = []attribute{
	integer("width", 0, "pixels; even").between(8, 8192).defaultText("from the name: `320x240`"),
	integer("height", 0, "pixels; even").between(8, 8192).defaultText("from the name: `320x240`"),
	str("endpoint", "", "an existing SageMaker endpoint that serves this resolution's model, for "+
		"trainer `\"sagemaker\"`; it is never deleted").
		defaultText("one is created for each evaluation"),
}

// overrideBlock has the same attributes as the study's hyperparameters block. Only those that are
// set override the study's.
var overrideBlock = &block{
	name: "hyperparameters", single: true, meaning: "Hyperparameters for this resolution only.",
	attributes: hyperparameterAttributes,
}

var resolutionBlock = &block{
	name: "resolution", label: "NAME",
	meaning: "A size of the dataset: what the study varies. A study has at least one, from " +
		"`resolution` and `resolutions` blocks.",
	attributes: sizeAttributes, blocks: []*block{overrideBlock},
}

var resolutionsBlock = &block{
	name: "resolutions", meaning: "Several resolutions at once.",
	attributes: append([]attribute{forEachAttr, eachNameAttr}, sizeAttributes...),
	blocks:     []*block{overrideBlock},
}

var transcodeBlock = &block{
	name: "transcode", single: true,
	meaning: "How the smaller videos are made, and with `filter` and `fit` the smaller pictures. " +
		"The defaults are plain ffmpeg's.",
	attributes: []attribute{
		str("codec", "libx264", "the encoder").oneOf("libx264", "libx265"),
		integer("crf", 23, "constant rate factor; lower means better quality and larger files").
			between(0, 51),
		str("preset", "medium", "the encoder's trade-off between time and file size").
			oneOf("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow",
				"slower",
				"veryslow", "placebo"),
		str("filter", "bicubic", "how frames are scaled").
			oneOf("fast_bilinear", "bilinear", "bicubic", "neighbor", "area", "bicublin", "gauss",
				"sinc", "lanczos", "spline"),
		str("fit", "squeeze", "what to do with footage whose shape differs from the "+
			"resolution's: `squeeze` stretches it, `pad` adds black bars, `crop` cuts off what "+
			"does not fit").
			oneOf("squeeze", "pad", "crop"),
	},
}

// DefaultQuality is the JPEG quality of pictures where a spec names none.
const DefaultQuality = 95

// qualityAttr is used by dataset and evaluation: what is trained on and what is judged are both
// JPEG.
var qualityAttr = integer("quality", DefaultQuality, "JPEG quality of the pictures").between(1, 100)

var datasetBlock = &block{
	name: "dataset", single: true, meaning: "Which frames are used, and how they are packed.",
	attributes: []attribute{
		integer("frames", 200, "frames of each label, at most. Pictures count as frames, and "+
			"come before those of videos").between(2, 100_000),
		number("validation", 0.2, "share of the frames set aside for validation").
			strictlyBetween(0, 1),
		str("split", "blocks", "how frames are divided between the two sets: in `blocks` of "+
			"time, or each frame at `random`, which puts near-identical frames in both. "+
			"Pictures have no time: for them `blocks`, which may be written `groups`, keeps "+
			"near-duplicates together").
			oneOf("blocks", "groups", "random"),
		number("gap", 0.5, "seconds without frames between neighbouring blocks of different sets").
			between(0, 3600),
		str("format", "recordio", "how the frames are packed").oneOf("recordio", "image"),
		qualityAttr,
		boolean("contrast", false, "train each resolution once more with the other kind of "+
			"split, to show its effect on the validation score"),
	},
}

var hyperparametersBlock = &block{
	name: "hyperparameters", single: true, attributes: hyperparameterAttributes,
	meaning: "How the networks are trained, with SageMaker's names, ranges and defaults (Image " +
		"Classification - MXNet). With `use_pretrained_model = 1`, trainer `\"local\"` has the " +
		"defaults that follow `pretrained:`, and needs no more than that line. The network then " +
		"keeps its depth and its input; with `fine_tune`, any input of at least 64x64 pixels " +
		"will do. Resolutions may differ in it.",
}

var trainerBlock = &block{
	name: "trainer", label: "local", single: true,
	meaning: "This machine trains and judges. That is also the default without a trainer block.",
	attributes: []attribute{
		integer("threads", 1, "threads of one training. Training several resolutions at once "+
			"uses the cores better than one training with more threads, and another number "+
			"changes results slightly").between(1, 256),
		str("device", "cpu", "the device to compute on").oneOf("cpu", "cuda"),
		str("pretrained", "", "a `.safetensors` file with the weights of a network that was "+
			"trained on ImageNet: ResNet-18, 34, 50, 101 or 152, of torchvision or of MXNet. "+
			"`snellen docs pretrained` says how to get one").
			defaultText("the built-in SqueezeNet 1.1"),
		boolean("fine_tune", false, "train a pretrained network whole; else its last layer alone, "+
			"which takes a second"),
		integer("augment_copies", 2, "changed copies of each training frame from which a "+
			"pretrained network's last layer learns as well").between(0, 20),
	},
}

var expectAttr = str("expect", "", "the label that stands there").required()

var rectAttr = intList("rect", 4, "x, y, width and height, in pixels of the camera's frame").
	between(0, maxSide).required()

var frameBlock = &block{
	name: "frame", single: true,
	meaning: "The size of the camera's frames, which the video must have. Without this block it " +
		"is the video's own, as shown: upright, with square pixels.",
	attributes: []attribute{
		integer("width", 0, "pixels").between(1, maxSide).required(),
		integer("height", 0, "pixels").between(1, maxSide).required(),
	},
}

var areaBlock = &block{
	name: "area", label: "NAME",
	meaning: "A rectangle of the camera's frame that shows one label. An evaluation has at least " +
		"one area, from `area`, `areas` and `grid` blocks, and no two overlap.",
	attributes: []attribute{rectAttr, expectAttr},
}

var areasBlock = &block{
	name: "areas", meaning: "Several areas at once.",
	attributes: []attribute{forEachAttr, eachNameAttr, rectAttr, expectAttr},
}

var gridBlock = &block{
	name: "grid", single: true,
	meaning: "Areas of one size in rows and columns. They are named `ROW-COLUMN`, from `1-1`.",
	attributes: []attribute{
		integer("columns", 0, "the number of columns").between(1, maxAreas).required(),
		integer("rows", 0, "the number of rows").between(1, maxAreas).required(),
		intList("origin", 2, "x and y of the first area's corner, in pixels").
			between(0, maxSide).required(),
		intList("size", 2, "width and height of an area, in pixels").between(1, maxSide).required(),
		intList("step", 2, "pixels from one column to the next, and from one row to the next").
			between(1, maxSide).defaultText("`size`"),
		strList("expect", "the labels that stand there, row by row").required(),
	},
}

// samplesBlock is an evaluation's pictures block. It may be repeated by for_each, or stand for
// itself.
var samplesBlock = &block{
	name: "pictures",
	meaning: "Whole pictures to judge, each a sample of its own, in place of a camera and its " +
		"areas. With `for_each`, several labels at once.",
	attributes: []attribute{
		anyValue("for_each", plain(forEachAttr.meaning)).defaultText("one block"),
		paths("files", "the pictures").defaultText("`each.value`, a path or a list of them"),
		str("expect", "", "the label that they show").required(),
	},
}

var gradeBlock = &block{
	name: "grade", label: "NAME",
	meaning: "A mark for the result. The best grade that holds is awarded; exactly one grade has " +
		"no `every_area` and always holds. Without grade blocks: ◎ 0.8, ○ 0.6, ×.",
	attributes: []attribute{
		number("every_area", 0, "the share of judged frames that must be right, in every area; "+
			"of whole pictures, the share of each label's pictures").between(0, 1),
	},
}

var evaluationBlock = &block{
	name: "evaluation", label: "NAME",
	meaning: "What every model is shown and judged by: a camera's `video` or `stills`, area by " +
		"area, or whole `pictures`.",
	attributes: []attribute{
		str("video", "", "the camera's video").defaultText("none"),
		streamAttr,
		paths("stills", "pictures that a fixed camera took, all of one size, in place of a video").
			defaultText("none"),
		integer("every", 1, "judge one in this many frames").between(1, 1_000_000),
		strList("at", "the sizes at which the camera's picture is judged, by the same models: "+
			"`native`, and sizes to which it is scaled first, like `320x240`").
			defaultText("`[\"native\"]`"),
		number("confident", 0.7,
			"an answer is confident when its probability is strictly greater than this").
			between(0, 1),
		qualityAttr,
		unsupported("camera", "this version judges a video, not a camera"),
	},
	blocks: []*block{frameBlock, areaBlock, areasBlock, gridBlock, samplesBlock, gradeBlock},
}

var decideBlock = &block{
	name: "decide", single: true,
	meaning: "Which resolution is enough: the report begins with it. The defaults apply without " +
		"this block.",
	attributes: []attribute{
		str("reference", "largest", "what the others are compared with: the `largest` "+
			"resolution, one that is named, or the `best`, which flatters it: the winner of "+
			"several had luck too"),
		number("within", 0.05, "the largest acceptable loss of detection rate against the "+
			"reference, as a share of the judged areas or pictures").between(0, 1),
		number("confidence", 0.95, "confidence level of all intervals and tests").
			strictlyBetween(0.5, 1),
		str("prefer", "smallest", "`smallest`: the smallest resolution that is shown to be "+
			"enough; `best`: the one that detected most").oneOf("smallest", "best"),
		str("by", "loss", "`loss`: a resolution is enough if it is shown to lose no more than "+
			"`within`; `grade`: if it is graded `at_least`, by what was observed").
			oneOf("loss", "grade"),
		str("at_least", "", "with `by = \"grade\"`: the grade that is enough").defaultText(""),
		strList("evaluations", "the evaluations whose areas and pictures count").defaultText("all"),
	},
}

var requireBlock = &block{
	name: "require", label: "RESOLUTION",
	meaning: "What a resolution must reach: at least one of these.",
	attributes: []attribute{
		str("grade", "", "this grade of the evaluations, or a better one").defaultText(""),
		number("detection_rate", 0, "at least this share of the judged areas or pictures").
			between(0, 1).defaultText(""),
		number("accuracy", 0, "at least this accuracy on the validation frames").
			between(0, 1).defaultText(""),
		str("evaluation", "", "the evaluation that grade and detection_rate refer to").
			defaultText("each"),
	},
}

var gateBlock = &block{
	name: "gate", label: "NAME",
	meaning: "A condition on the results. A gate holds when all of its `require` blocks and its " +
		"`condition` hold. When a gate fails, `apply` names it and exits with code 3.",
	attributes: []attribute{
		{name: "condition", kind: deferredKind, meaning: "an expression over the results that " +
			"must be true: `resolution[\"320x240\"].detection_rate > 0.8 && decision.decided`. A " +
			"resolution has `accuracy`, `best_epoch`, `epochs`, `train_seconds`, " +
			"`dataset_bytes`, `detection_rate`, `low` and `high` (its interval), `grade`, and `evaluation[NAME]` " +
			"with `detection_rate`, `low`, `high`, `grade` and `area[NAME].detection_rate`, " +
			"where NAME may be a whole picture's path. " +
			"There are also `decision.state` (`enough`, `largest`, `observed` or `open`), " +
			"`decision.decided` (it is not open), `decision.resolution` and " +
			"`decision.difference` (null while it is open), `decision.best`, " +
			"`leakage_seconds`, and `leaked_areas`: how many judged areas show pictures of the " +
			"training frames"},
		str("message", "", "what to print when it fails"),
	},
	blocks: []*block{requireBlock},
}
