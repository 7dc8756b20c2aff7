study "weights" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

resolution "320x240" {
  hyperparameters { use_pretrained_model = 2 } # ERROR: use_pretrained_model cannot be 2
}

trainer "local" {
  pretrained = "footage/resnet18.safetensors" # ERROR: resnet18.safetensors does not exist
}
