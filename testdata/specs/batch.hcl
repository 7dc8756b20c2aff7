study "batch" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

dataset {
  frames = 10 # ERROR: a batch of 32 is larger than the training set: 2 labels with 8 frames each make 16.*lower mini_batch_size to 16
}
