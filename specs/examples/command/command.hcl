# Your own program trains and judges: here with scikit-learn, from Debian's packages.
#
#   apt install python3-sklearn python3-pil
#   snellen init -demo demo
#   snellen apply specs/examples/command -var footage=demo/footage

study "command" {
  seed = 2020
}

variable "footage" {
  description = "the folder of the videos: one for each label, named after it, and shelf.mp4"
  default     = "footage"
}

variable "python" {
  description = "a Python that has scikit-learn and Pillow"
  default     = "python3"
}

labels {
  for_each = setsubtract(fileset(var.footage, "*.mp4"), ["shelf.mp4"])
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["${var.footage}/${each.value}"]
}

resolutions { for_each = ["640x480", "160x120", "40x30"] }

dataset { frames = 150 }

# The program gets all of these and reads those that it knows. Its own are in extra.
hyperparameters {
  image_shape     = "3,32,32"
  epochs          = 12
  mini_batch_size = 32
  learning_rate   = 0.001
  extra           = { hidden_units = 64 }
}

trainer "command" {
  program = [var.python, "train.py"]
  files   = ["train.py", "images.py"]

  serve {
    program = [var.python, "serve.py"]
    files   = ["serve.py", "images.py"]
  }
}

evaluation "shelf" {
  video = "${var.footage}/shelf.mp4"
  every = 4

  frame {
    width  = 640
    height = 480
  }

  grid {
    columns = 5
    rows    = 2
    origin  = [18, 98]
    size    = [120, 128]
    step    = [121, 154]
    expect = [
      "COFFEE", "TEA_LEMON", "MUESLI_HONEY", "CRISPS_RED", "MILK_LIGHT",
      "MUESLI_NUTS", "CRISPS_GREEN", "BISCUITS", "MILK_WHOLE", "TEA_FIG",
    ]
  }
}
