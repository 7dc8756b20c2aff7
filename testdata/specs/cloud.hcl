study "cloud" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

dataset { frames = 50 }

hyperparameters {
  num_layers           = 20   # ERROR: there is no pretrained network with 20 layers
  image_shape          = "3,224,224"
  resize               = 224  # ERROR: resize is 224; SageMaker requires more than both sides
  mini_batch_size      = 21   # ERROR: a batch of 21 is larger than the validation set: 2 labels with 10 frames each make 20
  use_pretrained_model = 1
  top_k                = 2    # ERROR: top_k is 2; it must be more than 1 and less than the number of labels, 2
  kv_store             = "dist_sync" # ERROR: kv_store applies to jobs with several machines only
  use_weighted_loss    = 1    # ERROR: SageMaker reads use_weighted_loss with multi_label = 1 alone
  multi_label          = 1    # ERROR: a study's frames have one label each
}

resolution "320x240" {}
resolution "160x120" {
  hyperparameters {
    num_layers           = 8            # ERROR: trainer "sagemaker" does not support 8 layers
    use_pretrained_model = 0
    resize               = 0            # ERROR: frames of 160x120 are smaller than the input of 224x224
    epochs               = 5
    checkpoint_frequency = 6            # ERROR: checkpoint_frequency is 6, more than the 5 epochs
    mini_batch_size      = 8            # WARNING: a batch size of 8 does not divide the 20 validation frames
    top_k                = 0
    kv_store             = ""
  }
}
resolution "80x60" {
  hyperparameters {
    num_layers      = 18
    image_shape     = "3,64,64" # ERROR: a pretrained network takes an input of 224x224, not 64x64
    resize          = 65
    mini_batch_size = 20
    top_k           = 0
    kv_store        = ""
  }
}

trainer "sagemaker" {
  region          = "mars"                                # ERROR: region cannot be "mars"
  role_arn        = "role"                                # ERROR: role_arn cannot be "role"
  bucket          = "Bad_Bucket"                          # ERROR: bucket cannot be "Bad_Bucket"
  prefix          = "../x"                                # ERROR: prefix cannot be "../x"
  instance_type   = "ml.g5.xlarge"
  fallback        = ["ml.g5.xlarge"]                      # ERROR: fallback repeats instance_type
  spot            = true
  max_runtime     = 3600
  max_wait        = 60                                    # ERROR: max_wait is 60, less than max_runtime of 3600
  keep_alive      = 60                                    # ERROR: keep_alive does not apply to spot jobs
  subnets         = ["subnet-1"]                          # ERROR: a VPC needs subnets and security_groups
  tags            = { "aws:x" = "y" }                     # ERROR: tag "aws:x" begins with a reserved prefix
  on_interrupt    = "go"                                  # ERROR: on_interrupt cannot be "go"
  fine_tune       = true                                  # ERROR: fine_tune belongs to trainer "local"
  access_key      = "x"                                   # ERROR: there is no attribute "access_key"
  endpoint {
    memory_mb     = 2048
    instance_type = "ml.m5.large"                         # ERROR: an endpoint has either memory_mb or an instance_type
  }
}

budget {
  max_usd = 0             # ERROR: max_usd must be at least 0.01, not 0
  prices  = "none.json"   # ERROR: none.json does not exist
}
