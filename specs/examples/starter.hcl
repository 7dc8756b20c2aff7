# A study: how low may the resolution of the footage be before the camera stops recognising things?
# Put your videos into the folder footage, name them here, then run: snellen plan

study "starter" {
  seed = 2020 # seed of every random choice: the same seed gives the same results
}

# Paths are relative to this file's folder. To use another: snellen plan -var footage=DIR
variable "footage" {
  default = "footage"
}

# What to recognise: at least two labels, each with its videos.
label "APPLE" {
  videos = ["${var.footage}/APPLE.mp4"]
}

label "ORANGE" {
  videos = ["${var.footage}/ORANGE.mp4"]
}

# Or all videos of a folder at once, with labels named after the files:
#
# labels {
#   for_each = setsubtract(fileset(var.footage, "*.mp4"), ["shelf.mp4"])
#   name     = trimsuffix(each.value, ".mp4")
#   videos   = ["${var.footage}/${each.value}"]
# }

# The sizes to compare.
resolution "640x480" {}
resolution "320x240" {}
resolution "160x120" {}

resolution "80x60" {
  # hyperparameters { epochs = 20 } # for this resolution only
}

dataset {
  frames     = 200 # of each label, at most
  validation = 0.2 # share of them
}

# How the networks are trained, with SageMaker's names. They start from one that was trained on
# ImageNet, and their last layer alone learns your labels, in about a second.
hyperparameters {
  use_pretrained_model = 1
}

# To train them whole, which takes minutes:
#
# trainer "local" { fine_tune = true }
#
# Or from random weights, in place of use_pretrained_model = 1:
#
#   num_layers        = 8
#   image_shape       = "3,96,96"
#   resize            = 110
#   epochs            = 9
#   lr_scheduler_step = "6,8"
#   augmentation_type = "crop_color_transform"

# What the camera sees, and what stands where.
evaluation "shelf" {
  video = "${var.footage}/shelf.mp4"
  every = 4 # one of four frames is judged

  frame {
    width  = 640
    height = 480
  }

  # x, y, width and height in pixels of the camera's frame.
  area "left" {
    rect   = [100, 120, 160, 240]
    expect = "APPLE"
  }
  area "right" {
    rect   = [380, 120, 160, 240]
    expect = "ORANGE"
  }
}
