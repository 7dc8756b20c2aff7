study "finetune" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

hyperparameters {
  use_pretrained_model = 1
  early_stopping       = true # WARNING: early stopping has no effect: at least 10 epochs run, and epochs is 6
}

resolution "320x240" {}
resolution "160x120" {
  hyperparameters {
    num_layers  = 50
    image_shape = "3,96,64"
  }
}
resolution "80x60" {
  hyperparameters {
    num_layers  = 20        # ERROR: a pretrained network of 20 layers cannot be read from a file
    image_shape = "3,63,96" # ERROR: a pretrained network needs an input of at least 64x64 pixels, not 96x63
  }
}
resolution "40x30" {
  hyperparameters { num_layers = 200 } # ERROR: a pretrained network of 200 layers cannot be read from a file
}

trainer "local" {
  pretrained = "footage/resnet50.safetensors"
  fine_tune  = true
}
