package demo

import "strings"

// CloudSpec returns the demo's spec for a trainer "sagemaker": with the smallest network that
// SageMaker supports, trained from nothing, a batch size that divides the validation frames, and a
// trainer block. Region, account and bucket are those of snellen dev sagemaker.
func CloudSpec() string {
	const from, to = "# A network that was trained", "# Cameras look at three shelves"
	once := strings.Replace(spec, "replicates = 3", "replicates = 1", 1) // each is a job that is paid
	before, rest, found := strings.Cut(once, from)
	_, after, both := strings.Cut(rest, to)
	if !found || !both {
		panic("BUG: the demo's spec has no paragraph on its network")
	}
	text := before + `# How the networks are trained, with SageMaker's names. They are small, so that the study takes minutes.
hyperparameters {
  num_layers        = 20
  image_shape       = "3,48,48"
  resize            = 55
  epochs            = 10
  mini_batch_size   = 30
  learning_rate     = 0.1
  lr_scheduler_step = "7,9"
  augmentation_type = "crop" # colours stay as they are: some products differ in colour only
}

` + to + after
	return text + `
# Amazon SageMaker trains and judges. Credentials come from the environment, or from a profile.
trainer "sagemaker" {
  region        = "us-east-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "snellen"
  instance_type = "ml.g5.xlarge"

  endpoint { instance_type = "ml.m5.xlarge" }
}

budget { max_usd = 50 }
`
}
