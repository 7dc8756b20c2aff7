# Heads on the features of the built-in network, beside a resolution that is trained from nothing.
study "pretrained" {
  replicates = 2
}
label "APPLE" { videos = ["footage/APPLE.mp4"] }
label "BANANA" { pictures = ["photos/B1.jpg", "photos/B2.png"] }
resolution "320x240" {}
resolution "wide" {
  width  = 160
  height = 90
}
resolution "80x60" {
  hyperparameters {
    use_pretrained_model = 0
    image_shape          = "3,32,32"
    num_layers           = 8
  }
}
dataset { contrast = true }
hyperparameters {
  use_pretrained_model = 1
  use_weighted_loss    = 1
  resize               = 256
}
trainer "local" { threads = 2 }
evaluation "shelf" {
  video = "footage/shelf.mp4"
  at    = ["native", "80x60"]
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "APPLE"
  }
}
evaluation "test" {
  pictures {
    files  = ["test/A1.jpg", "test/B1.jpg"]
    expect = "APPLE"
  }
}
