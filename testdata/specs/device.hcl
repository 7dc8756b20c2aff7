study "device" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

trainer "local" {
  threads = 0      # ERROR: threads must be 1 to 256, not 0
  device  = "cudo" # ERROR: device cannot be "cudo".*did you mean "cuda"
}
