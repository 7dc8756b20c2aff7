# No option at all: what a key holds where nobody chose.
study "defaults" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "80x60" {}
evaluation "shelf" {
  video = "footage/shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "A"
  }
}
