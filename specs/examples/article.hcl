# A study of 2020, then done by hand: 17 snacks, five resolutions, ten areas of a shelf.
#
# It started from a network trained on ImageNet. Here, the local trainer starts from random weights,
# for which a learning rate of 0.001 is low: raise it for better results. To start as in 2020, write
# use_pretrained_model = 1 into hyperparameters, and into trainer "local" fine_tune = true and
# pretrained = "resnet101.safetensors", for which see: snellen docs pretrained

study "snacks" {
  seed = 2020
}

variable "footage" {
  description = "the folder of the videos: one for each label, named after it, and shelf.mp4"
  default     = "footage"
}

labels {
  for_each = [
    "ASPARA", "BANANA", "CHEDDER_CHEESE", "CRATZ(GREEN)", "CRATZ(ORANGE)", "CRATZ(RED)", "CUNTRY_MAM", "FURUGURA(BROWN)", "FURUGURA(RED)",
    "NOIR", "OREO", "PORIPPY(GREEN)", "PORIPPY(RED)", "PRETZEL(BLACK)", "PRETZEL(GREEN)", "PRETZEL(YELLOW)", "PRIME",
  ]
  videos = ["${var.footage}/${each.value}.mp4"]
}

resolutions {
  for_each = ["800x600", "640x480", "320x240", "160x120", "80x60"]
}

dataset {
  frames     = 200
  validation = 0.2
  split      = "random" # as in 2020; neighbouring frames are in both sets, and the report says so
  gap        = 0
  format     = "image"
}

hyperparameters {
  num_layers      = 101
  image_shape     = "3,224,224"
  resize          = 256
  epochs          = 30
  early_stopping  = true
  learning_rate   = 0.001
  mini_batch_size = 32
}

evaluation "shelf" {
  video     = "${var.footage}/shelf.mp4"
  confident = 0.7 # strictly greater than

  frame {
    width  = 800
    height = 600
  }

  grid {
    columns = 5
    rows    = 2
    origin  = [127, 25]
    size    = [106, 170]
    step    = [110, 220]
    expect = [
      "BANANA", "PRIME", "CHEDDER_CHEESE", "CUNTRY_MAM", "OREO",
      "CRATZ(ORANGE)", "NOIR", "CRATZ(GREEN)", "ASPARA", "PORIPPY(RED)",
    ]
  }

  grade "◎" { every_area = 0.8 }
  grade "○" { every_area = 0.6 }
  grade "×" {}
}
