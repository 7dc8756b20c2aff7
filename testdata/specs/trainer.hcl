study "trainer" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

trainer "sagemakr" { # ERROR: there is no trainer "sagemakr".*did you mean "sagemaker"
  region = "eu-central-1"
}
evaluation "shelf" {
  camera = 0 # ERROR: this version judges a video, not a camera
  video  = "footage/shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "A"
  }
}
