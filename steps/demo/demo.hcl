# The demo: ten products whose footage Snellen draws. Eight of them come in pairs that look alike.
# How low may the resolution be before the camera confuses them? Run: snellen apply

study "demo" {
  seed       = 2020 # seed of every random choice: the same seed gives the same results
  replicates = 3    # trainings of each resolution, since chance plays a part in each
}

# One video for each label, named after it, in which a hand turns the product. The shelves' videos are left out.
labels {
  for_each = setsubtract(fileset("footage", "*.mp4"), fileset("footage", "shelf_*.mp4"))
  name     = trimsuffix(each.value, ".mp4")
  videos   = ["footage/${each.value}"]
}

# The sizes to compare. The videos have the first one; the others are made from it.
resolution "640x480" {}
resolution "160x120" {}
resolution "32x24" {}

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

# Cameras look at three shelves with forty places each, in a shop, a pantry and a kiosk. The products are
# smaller there than in the videos, in other light and in other company.
evaluation "shop" {
  video = "footage/shelf_shop.mp4"
  every = 4 # one of four frames is judged

  frame {
    width  = 1280
    height = 720
  }

  grid {
    columns = 10
    rows    = 4
    origin  = [18, 56]
    size    = [119, 132]
    step    = [125, 158]
    expect  = concat(local.first, local.second, local.third, local.fourth)
  }
}

evaluation "pantry" {
  video = "footage/shelf_pantry.mp4"
  every = 4 # one of four frames is judged

  frame {
    width  = 1280
    height = 720
  }

  grid {
    columns = 10
    rows    = 4
    origin  = [57, 75]
    size    = [112, 124]
    step    = [117, 148]
    expect  = concat(local.third, local.first, local.fourth, local.second)
  }
}

evaluation "kiosk" {
  video = "footage/shelf_kiosk.mp4"
  every = 4 # one of four frames is judged

  frame {
    width  = 1280
    height = 720
  }

  grid {
    columns = 10
    rows    = 4
    origin  = [97, 94]
    size    = [104, 116]
    step    = [109, 138]
    expect  = concat(local.second, local.fourth, local.first, local.third)
  }
}

# Products from the left to the right, in four rows that the shelves have in different orders.
locals {
  first = [
    "COFFEE", "TEA_LEMON", "MUESLI_HONEY", "CRISPS_RED", "MILK_LIGHT",
    "MUESLI_NUTS", "CRISPS_GREEN", "BISCUITS", "MILK_WHOLE", "TEA_FIG",
  ]
  second = [
    "MUESLI_NUTS", "CRISPS_GREEN", "BISCUITS", "TEA_LEMON", "MILK_WHOLE",
    "CRISPS_RED", "MUESLI_HONEY", "COFFEE", "TEA_FIG", "MILK_LIGHT",
  ]
  third = [
    "TEA_FIG", "MILK_LIGHT", "CRISPS_RED", "COFFEE", "MUESLI_NUTS",
    "TEA_LEMON", "BISCUITS", "MUESLI_HONEY", "CRISPS_GREEN", "MILK_WHOLE",
  ]
  fourth = [
    "BISCUITS", "MUESLI_HONEY", "MILK_WHOLE", "CRISPS_GREEN", "TEA_FIG",
    "COFFEE", "MILK_LIGHT", "CRISPS_RED", "TEA_LEMON", "MUESLI_NUTS",
  ]
}

# How far may the resolution drop? It is enough where it is shown to lose at most 5 points of the detection
# rate against the largest resolution.
decide { within = 0.05 }
