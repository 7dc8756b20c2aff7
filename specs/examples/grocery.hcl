# Seventeen grocery products, and a shelf with ten of them.

study "grocery" {
  seed = 2020
}

variable "footage" {
  description = "the folder of the videos: one for each label, named after it, and shelf.mp4"
  default     = "footage"
}

labels {
  for_each = setsubtract(fileset(var.footage, "*.mp4"), ["shelf.mp4"])
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["${var.footage}/${each.value}"]
}

resolution "800x600" {}
resolution "640x480" {}
resolution "320x240" {}
resolution "160x120" {}
resolution "80x60" {}

dataset {
  frames     = 200
  validation = 0.2
}

# The last layer of a network that was trained on ImageNet learns the products.
hyperparameters {
  use_pretrained_model = 1
}

evaluation "shelf" {
  video = "${var.footage}/shelf.mp4"
  every = 4

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
      "ALPRO_BLUEBERRY", "VALIO_VANILLA", "TROPICANA_MANDARIN", "ARLA_SOURMILK", "OATLY",
      "BRAVO_ORANGE", "GODMORGON_APPLE", "ARLA_ECO_MILK", "YOGGI_STRAWBERRY", "GARANT_MILK",
    ]
  }
}
