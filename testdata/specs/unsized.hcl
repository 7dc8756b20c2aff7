# Hyperparameters are checked even without a resolution.
study "unsized" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolutions {
  for_each = [] # ERROR: for_each has no elements
}
hyperparameters { resize = 100 } # ERROR: resize is 100, smaller than the input of 224x224
