study "decide" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}
resolution "80x60" {}

evaluation "shelf" {
  video = "footage/shelf.mp4"
  at    = ["native", "80x60", "80x60", "small", "4x4"] # ERROR: size "80x60" is listed twice # ERROR: "small" is not a size # ERROR: 8 to 16384 pixels
  frame {
    width  = 100
    height = 100
  }
  area "all" {
    rect   = [0, 0, 100, 100]
    expect = "A"
  }
}
evaluation "door" {
  video = "footage/shelf.mp4"
  at    = ["16x12"] # ERROR: at lacks "native" # ERROR: at 16x12, area "dot" has less than a pixel
  frame {
    width  = 100
    height = 100
  }
  area "dot" {
    rect   = [0, 0, 4, 40]
    expect = "A"
  }
}

decide {
  within      = 3                          # ERROR: within must be 0 to 1, not 3
  confidence  = 1                          # ERROR: confidence must be greater than 0.5 and less than 1
  prefer      = "smalest"                  # ERROR: did you mean "smallest"
  reference   = "320x204"                  # ERROR: did you mean "320x240"
  at_least    = "○"                        # ERROR: write by = "grade"
  evaluations = ["shelf", "shel", "shelf"] # ERROR: there is no evaluation "shel" # ERROR: evaluation "shelf" is listed twice
}
