study "grades" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

evaluation "shelf" {
  video = "footage/shelf.mp4"
  frame {
    width  = 100
    height = 100
  }
  area "all" {
    rect   = [0, 0, 100, 100]
    expect = "A"
  }
  grade "good" { every_area = 0.8 }
  grade "good" {}                   # ERROR: grade "good" is declared twice
  grade "bad" { every_area = 80 }   # ERROR: every_area must be 0 to 1, not 80
}
