package hyper

import "slices"

// A Row describes one hyperparameter.
type Row struct {
	Name      string
	Default   any      // of the field's type: int, float64, string or bool
	Low, High float64  // inclusive bounds of a number; both zero: none
	Choices   []string // of a string, or of an int in decimal; nil: any
	Meaning   string   // Markdown, for the reference

	// Frozen and Tuned are the defaults of trainer "local" with a pretrained network, when its head
	// alone is trained, and when it is trained whole; nil: as Default. A Start returns them.
	// Otherwise describes them for the reference where the values do not.
	Frozen, Tuned any
	Otherwise     string

	SageMakerOnly bool // the local trainer does not read it

	// ChoosesSteps: it decides which steps train and judge on this machine, and is in the keys of
	// none, so Local does not have it.
	ChoosesSteps bool

	// NoneAtZero: zero, or "", means that there is none. It is then not passed to a container,
	// because SageMaker refuses such a value.
	NoneAtZero bool

	// ReadBy reports whether a training with these hyperparameters reads this one; nil: always. One
	// that is not read is not passed to a container.
	ReadBy func(Parameters) bool
}

// most bounds counts of epochs.
const most = 100_000

// Table describes all hyperparameters, in the order of the reference. Names, bounds and defaults
// come from SageMaker's Image Classification (MXNet).
var Table = []Row{
	{Name: "use_pretrained_model", Default: 0, ChoosesSteps: true, Choices: []string{"0", "1"},
		Meaning: "1: start from a network trained on ImageNet. Trainer `\"local\"` then trains " +
			"its last layer alone, or all of it with `fine_tune`, and needs no other " +
			"hyperparameter"},
	{Name: "num_layers", Default: 152, Frozen: 0, Tuned: 0, Otherwise: "the network's own",
		Choices: []string{
			"8", "20", "32", "44", "56", "110", "18", "34", "50", "101", "152", "200",
		},
		Meaning: "depth of the residual network. 8, 20, 32, 44, 56 and 110 are for small input; " +
			"8 is not for trainer `\"sagemaker\"`, and 200 not for `\"local\"`"},
	{Name: "image_shape", Default: "3,224,224", Frozen: "3,160,160", Tuned: "3,160,160",
		Otherwise: "the network's own, `\"3,160,160\"` for the built-in one",
		Meaning:   "the network's input: channels, height, width"},
	{Name: "resize", Default: 0, High: 4096, NoneAtZero: true,
		Otherwise: "nine eighths of the input's side",
		Meaning: "pixels of a frame's short side before it is cropped to the input; 0: no " +
			"resize, frames are squeezed to the input"},
	{Name: "epochs", Default: 30, Tuned: 6, Low: 1, High: most,
		Meaning: "passes over the training set"},
	{Name: "mini_batch_size", Default: 32, Low: 1, High: 65_536,
		Meaning: "images in one training step"},
	{Name: "optimizer", Default: "sgd", Choices: []string{"sgd", "adam", "rmsprop", "nag"},
		Meaning: "how weights follow the gradient; `rmsprop` and `nag` are not for trainer " +
			"`\"local\"`"},
	{Name: "learning_rate", Default: 0.1, Tuned: 0.002, High: 1, Meaning: "the step size"},
	{Name: "lr_scheduler_factor", Default: 0.1, High: 1,
		Meaning: "factor applied to the learning rate at each epoch of lr_scheduler_step"},
	{Name: "lr_scheduler_step", Default: "", NoneAtZero: true,
		Otherwise: "none: it falls to 0 along half a cosine",
		Meaning:   "epochs at which the learning rate changes: `\"6,8\"`"},
	{Name: "momentum", Default: 0.9, High: 1, ReadBy: optimizer("sgd", "nag"),
		Meaning: "for sgd"},
	{Name: "weight_decay", Default: 0.0001, High: 1, Meaning: "for sgd"},
	{Name: "beta_1", Default: 0.9, High: 1, ReadBy: optimizer("adam"), Meaning: "for adam"},
	{Name: "beta_2", Default: 0.999, High: 1, ReadBy: optimizer("adam"), Meaning: "for adam"},
	{Name: "eps", Default: 1e-8, High: 1, ReadBy: optimizer("adam", "rmsprop"),
		Meaning: "for adam"},
	{Name: "augmentation_type", Default: "", NoneAtZero: true,
		Choices: []string{"", "crop", "crop_color", "crop_color_transform"},
		Otherwise: "cuts of 25 to 100 % of the area in shapes from 1:2 to 2:1, turned by up to " +
			"10 degrees, a little lighter, darker or of other colours, half of them mirrored",
		Meaning: "random changes to training frames, or to the copies that `augment_copies` " +
			"counts; each includes the one before, and all need `resize`"},
	{Name: "early_stopping", Default: false, ReadBy: earlyStopping,
		Meaning: "stop when the validation score no longer improves"},
	{Name: "early_stopping_min_epochs", Default: 10, Low: 1, High: most, ReadBy: earlyStopping,
		Meaning: "epochs that run in any case"},
	{Name: "early_stopping_patience", Default: 5, Low: 1, High: most, ReadBy: earlyStopping,
		Meaning: "epochs to wait for an improvement"},
	{Name: "early_stopping_tolerance", Default: 0.0, High: 1, ReadBy: earlyStopping,
		Meaning: "relative gain that counts as an improvement"},
	{Name: "use_weighted_loss", Default: 0, NoneAtZero: true, Choices: []string{"0", "1"},
		Meaning: "1: weigh each label's loss by the inverse of its share of the training frames. " +
			"Not for trainer `\"sagemaker\"`, whose algorithm reads it for several labels per " +
			"frame alone"},

	{Name: "checkpoint_frequency", Default: 0, High: most, SageMakerOnly: true, NoneAtZero: true,
		Meaning: "epochs between stored models; 0: store the best one only"},
	{Name: "gamma", Default: 0.9, High: 1, SageMakerOnly: true, ReadBy: optimizer("rmsprop"),
		Meaning: "for rmsprop"},
	{Name: "kv_store", Default: "", SageMakerOnly: true, NoneAtZero: true,
		Choices: []string{"", "dist_sync", "dist_async"},
		Meaning: "how the machines of one job share weights"},
	{Name: "precision_dtype", Default: "float32", SageMakerOnly: true,
		Choices: []string{"float32", "float16"}, Meaning: "type of the weights"},
	{Name: "top_k", Default: 0, High: 1000, SageMakerOnly: true, NoneAtZero: true,
		Meaning: "also log how often the right class is among the top k; 0: do not"},
}

// optimizer returns a ReadBy for what these optimizers alone read.
func optimizer(names ...string) func(Parameters) bool {
	return func(p Parameters) bool { return slices.Contains(names, p.Optimizer) }
}

func earlyStopping(p Parameters) bool { return p.EarlyStopping }
