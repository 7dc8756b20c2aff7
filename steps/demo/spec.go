package demo

import "strings"

// CloudSpec returns the demo's spec for a trainer "sagemaker": with the smallest network that
// SageMaker supports, a batch size that divides the validation frames, and a trainer block. Region,
// account and bucket are those of snellen dev sagemaker.
func CloudSpec() string {
	text := spec
	for _, change := range [][2]string{
		{"num_layers        = 8", "num_layers        = 20"},
		{`image_shape       = "3,96,96"`, `image_shape       = "3,48,48"`},
		{"resize            = 110", "resize            = 55"},
		{"mini_batch_size   = 32", "mini_batch_size   = 30"},
	} {
		if strings.Count(text, change[0]) != 1 {
			panic("BUG: the demo's spec has no line " + change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
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
