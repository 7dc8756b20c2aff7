// Package hyper holds the hyperparameters: one struct, one table that describes its fields, and the
// schedule of the learning rate. The spec language with its reference and its language server, the
// keys of training steps, the container contract and the local trainer all read these.
//
// A new hyperparameter is a field of the struct, a row of the table, and the code that acts on it.
// The package imports nothing of ours.
package hyper

// Parameters are all hyperparameters, by SageMaker's names.
//
// Its JSON is part of the keys of training steps, so the fields keep their order, and a new one
// goes to the end of its part. The parts exist for the local trainer, whose keys hold just those
// that it reads: see Local.
type Parameters struct {
	Fit
	Gamma float64 `json:"gamma"` // rmsprop's
	Regularization

	CheckpointFrequency int    `json:"checkpoint_frequency"` // epochs; 0: the best model only
	KVStore             string `json:"kv_store"`
	PrecisionDtype      string `json:"precision_dtype"`
	TopK                int    `json:"top_k"` // 0: none
	UsePretrained       int    `json:"use_pretrained_model"`

	// Extra are the user's own, for a program or a training image that reads them. They have no
	// rows in the table.
	Extra map[string]string `json:"extra,omitempty"`
}

// Fit is the network, its input, and how its weights follow the gradient. Every trainer reads it.
type Fit struct {
	NumLayers         int     `json:"num_layers"`
	ImageShape        string  `json:"image_shape"` // "3,224,224": channels, height, width
	Resize            int     `json:"resize"`      // pixels of the short side; 0: no resize
	Epochs            int     `json:"epochs"`
	MiniBatchSize     int     `json:"mini_batch_size"`
	Optimizer         string  `json:"optimizer"`
	LearningRate      float64 `json:"learning_rate"`
	LRSchedulerFactor float64 `json:"lr_scheduler_factor"`
	LRSchedulerStep   string  `json:"lr_scheduler_step"` // epochs: "6,8"
	Momentum          float64 `json:"momentum"`
	WeightDecay       float64 `json:"weight_decay"`
	Beta1             float64 `json:"beta_1"`
	Beta2             float64 `json:"beta_2"`
	Eps               float64 `json:"eps"`
}

// Regularization is what keeps a network from learning its frames by heart, or from preferring the
// labels that have the most. Every trainer reads it.
type Regularization struct {
	AugmentationType  string  `json:"augmentation_type"`
	EarlyStopping     bool    `json:"early_stopping"`
	EarlyStoppingMin  int     `json:"early_stopping_min_epochs"`
	EarlyStoppingWait int     `json:"early_stopping_patience"`  // epochs
	EarlyStoppingTol  float64 `json:"early_stopping_tolerance"` // share of the best so far

	// UseWeightedLoss weighs each class's loss by the inverse of its share of the training frames.
	UseWeightedLoss int `json:"use_weighted_loss,omitempty"`
}

// Local are the hyperparameters that the local trainer reads.
type Local struct {
	Fit
	Regularization
}

// Local returns the part of p that the local trainer reads.
func (p Parameters) Local() Local { return Local{p.Fit, p.Regularization} }
