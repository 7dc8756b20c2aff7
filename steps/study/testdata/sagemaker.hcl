# Every option of trainer "sagemaker" that is in a key, with an image of the user's own.
study "sagemaker" {
  seed       = 11
  replicates = 3
}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
label "C" { videos = ["footage/C.mp4"] }
resolution "320x240" {}
resolution "160x120" {
  hyperparameters {
    optimizer = "nag"
    extra     = { bark = "rough" }
  }
}
transcode { fit = "crop" }
dataset {
  format   = "image"
  contrast = true
}
hyperparameters {
  num_layers                = 50
  image_shape               = "3,64,64"
  resize                    = 80
  epochs                    = 9
  mini_batch_size           = 40
  optimizer                 = "rmsprop"
  learning_rate             = 0.01
  lr_scheduler_factor       = 0.25
  lr_scheduler_step         = "4"
  momentum                  = 0.7
  weight_decay              = 0.001
  beta_1                    = 0.8
  beta_2                    = 0.9
  eps                       = 0.000001
  gamma                     = 0.75
  augmentation_type         = "crop_color_transform"
  early_stopping            = true
  early_stopping_min_epochs = 4
  early_stopping_patience   = 2
  early_stopping_tolerance  = 0.5
  checkpoint_frequency      = 3
  kv_store                  = "dist_async"
  precision_dtype           = "float16"
  top_k                     = 2
  extra                     = { trees = 200, leaf = "green" }
}
trainer "sagemaker" {
  region         = "eu-central-1"
  role_arn       = "arn:aws:iam::123456789012:role/SageMaker"
  bucket         = "snellen-studies"
  image          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mine:2"
  instance_type  = "ml.g5.xlarge"
  instance_count = 2
}
evaluation "shelf" {
  video     = "footage/shelf.mp4"
  every     = 3
  confident = 0.6
  at        = ["native", "80x60"]
  quality   = 70
  frame {
    width  = 200
    height = 100
  }
  area "right" {
    rect   = [100, 0, 50, 100]
    expect = "C"
  }
  area "left" {
    rect   = [0, 0, 50, 100]
    expect = "B"
  }
}
