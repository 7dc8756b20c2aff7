study "replicates" { replicates = 2 }
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {
  endpoint = "snacks-320x240" # ERROR: an endpoint serves one model, but the study has 2 replicates
}
hyperparameters { mini_batch_size = 16 }
trainer "sagemaker" {
  region        = "us-east-1"
  role_arn      = "arn:aws:iam::123456789012:role/SageMaker"
  bucket        = "snacks"
  instance_type = "ml.p3.2xlarge"
}
