# Evaluations whose frame is that of the video.
study "frameless" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "80x60" {}
evaluation "corner" {
  video = "footage/corner.mp4"
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "A"
  }
}
evaluation "shelf" {
  video = "footage/shelf.mp4"
  at    = ["native", "32x24"]
  area "low" {
    rect   = [0, 20, 10, 30]
    expect = "A"
  }
  area "middle" {
    rect   = [15, 0, 10, 10]
    expect = "B"
  }
  area "wide" {
    rect   = [30, 0, 40, 10]
    expect = "B"
  }
}
