study "sets" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

dataset {
  frames     = 2
  validation = 0.9 # ERROR: of 2 frames a label, none is left for one of the sets
}
