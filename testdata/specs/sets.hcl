study "sets" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

dataset {
  frames     = 2
  validation = 0.9 # ERROR: 2 frames per label leave one of the two sets empty
}
