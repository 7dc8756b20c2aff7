study "pretrained" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

hyperparameters {
  use_pretrained_model = 1
  num_layers           = 50         # ERROR: the pretrained network has its own depth: num_layers cannot be 50.*leave num_layers out
  image_shape          = "3,96,96"  # ERROR: the pretrained network has its own input of 160x160 pixels: image_shape cannot be "3,96,96".*fine_tune = true
  fine_tune            = true       # ERROR: fine_tune belongs to trainer "local".*write it in trainer "local"
}

resolution "320x240" {}
resolution "160x120" {
  hyperparameters {
    image_shape       = "3,227,227"
    resize            = 0
    augmentation_type = "crop"      # ERROR: augmentation_type "crop" crops the input from a larger frame, so it needs resize
  }
}
resolution "80x60" { # from random weights
  hyperparameters {
    use_pretrained_model = 0
    num_layers           = 8
    image_shape          = "3,64,64"
  }
}
resolution "40x30" {
  hyperparameters {
    image_shape = "3,227,227"
    resize      = 200         # ERROR: resize is 200, smaller than the input of 227x227.*leave resize out
  }
}

trainer "local" {
  fine_tun             = true # ERROR: there is no attribute "fine_tun".*did you mean "fine_tune"
  augment_copies       = 21   # ERROR: augment_copies must be 0 to 20, not 21
  use_pretrained_model = 1    # ERROR: use_pretrained_model belongs to hyperparameters
  instance_type        = "a"  # ERROR: instance_type belongs to trainer "sagemaker"
}
