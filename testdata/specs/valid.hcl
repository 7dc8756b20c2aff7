# All that a study may say, without a mistake.
study "valid" {
  seed       = 7
  replicates = 3
}
variable "folder" {
  type        = string
  default     = "footage"
  description = "where the videos are"
}
locals {
  sizes = { "320x240" = 4, "80x60" = 2 }
  half  = local.full / 2
  full  = 100
}
label "Z" { videos = ["${var.folder}/A.mp4"] }
labels {
  for_each = fileset(var.folder, "[BC].mp4")
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["${var.folder}/${each.value}"]
}
resolutions {
  for_each = local.sizes
  hyperparameters { epochs = each.value }
}
resolution "tiny" {
  width  = 16
  height = 12
}
transcode {
  codec  = "libx265"
  crf    = 20
  preset = "fast"
  filter = "area"
}
dataset {
  frames     = 50
  validation = 0.3
  split      = "random"
  gap        = 0
  format     = "image"
  quality    = 90
  contrast   = true
}
hyperparameters {
  num_layers           = 8
  image_shape          = "3,32,32"
  epochs               = 3
  mini_batch_size      = 8
  optimizer            = "adam"
  num_classes          = 3
  num_training_samples = 105
}
trainer "local" {
  threads = 1
  device  = "cuda"
}
evaluation "shelf" {
  video     = "${var.folder}/shelf.mp4"
  every     = 2
  confident = 0.5
  at        = ["native", "80x60"]
  quality   = 80
  frame {
    width  = 200
    height = 100
  }
  grid {
    columns = 2
    rows    = 2
    origin  = [0, 0]
    size    = [local.half, 40]
    step    = [50, 50]
    expect  = ["Z", "B", "C", "Z"]
  }
  area "right" {
    rect   = [100, 0, 50, 100]
    expect = "B"
  }
  areas {
    for_each = { far = 150, farther = 170 }
    rect     = [each.value, 0, 20, 20]
    expect   = "C"
  }
  grade "bad" {}
  grade "good" { every_area = 0.9 }
}
decide {
  within      = 0.05
  confidence  = 0.9
  prefer      = "best"
  evaluations = ["shelf"]
}
gate "shelf" {
  require "320x240" {
    grade          = "good"
    detection_rate = 0.8
    evaluation     = "shelf"
  }
  require "tiny" { accuracy = 0.5 }
  condition = resolution["320x240"].evaluation["shelf"].area["1-1"].detection_rate > local.half / 100 && decision.decided
  message   = "do not ship"
}
shared {
  url       = "s3://lab/${var.folder}/snellen/"
  region    = "eu-west-1"
  endpoint  = "https://Minio.Lab:9000"
  profile   = "lab"
  read_only = true
}
