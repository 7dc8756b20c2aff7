# The built-in image classification, beside an endpoint that is there already.
study "endpoint" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" { endpoint = "shelf-2020" }
resolution "240x224" {}
hyperparameters { mini_batch_size = 20 }
trainer "sagemaker" {
  region        = "eu-central-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "snellen-studies"
  instance_type = "ml.g5.xlarge"
}
evaluation "shelf" {
  video = "footage/shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "A"
  }
}
