# Valid, but no network is pretrained.
study "unused" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

hyperparameters { use_weighted_loss = 1 }

trainer "local" {
  pretrained     = "footage/resnet50.safetensors" # WARNING: pretrained has no effect: no resolution has use_pretrained_model = 1
  fine_tune      = true                           # WARNING: fine_tune has no effect
  augment_copies = 2                              # WARNING: augment_copies has no effect
}
