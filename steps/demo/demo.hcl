# The demo: ten products whose footage Snellen draws. Eight of them come in pairs that look alike.
# How low may the resolution be before the camera confuses them? Run: snellen apply

study "demo" {
  seed = 2020 # seed of every random choice: the same seed gives the same results
}

# One video for each label, named after it, in which a hand turns the product. The shelf's video is left out.
labels {
  for_each = setsubtract(fileset("footage", "*.mp4"), ["shelf.mp4"])
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["footage/${each.value}"]
}

# The sizes to compare. The videos have the first one; the others are made from it.
resolution "640x480" {}
resolution "160x120" {}
resolution "80x60" {}
resolution "40x30" {}

dataset {
  frames     = 150 # of each label, at most
  validation = 0.2 # share of them
}

# A network that was trained on ImageNet's photographs describes every frame. Its last layer learns the
# products from that, in seconds. How to train this network whole, or another from nothing, is in the
# reference: snellen docs spec
hyperparameters {
  use_pretrained_model = 1
}

# A camera looks at a shelf with all ten, which are smaller than in the videos and lit differently.
evaluation "shelf" {
  video = "footage/shelf.mp4"
  every = 4 # one of four frames is judged

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
