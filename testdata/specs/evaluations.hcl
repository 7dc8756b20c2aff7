study "evaluations" {}
label "APPLE" { videos = ["footage/A.mp4"] }
label "BANANA" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

evaluation "empty" {} # ERROR: has neither a video, nor stills, nor pictures # ERROR: evaluation "empty" has no areas

evaluation "shelf" {
  video     = "footage/none.mp4" # ERROR: footage/none.mp4 does not exist
  confident = 1.1                # ERROR: confident must be 0 to 1, not 1.1
  every     = 0                  # ERROR: every must be 1 to 1000000, not 0
  frame {
    width  = 100
    height = 100
  }
  area "left" {
    rect   = [0, 0, 50, 50]
    expect = "APLE" # ERROR: there is no label "APLE".*did you mean "APPLE"
  }
  area "right" {
    rect   = [40, 40, 20, 20] # ERROR: area "right" overlaps area "left" at line 16
    expect = "APPLE"
  }
  area "out" {
    rect   = [60, 0, 41, 10] # ERROR: area "out" ends at \(101, 10\), outside the frame of 100x100
    expect = "APPLE"
  }
  area "flat" {
    rect   = [60, 20, 0, 10] # ERROR: area "flat" has no size
    expect = "APPLE"
  }
  area "short" {
    rect   = [60, 20, 10] # ERROR: rect must have 4 numbers, not 3
    expect = "APPLE"
  }
  area "behind" {
    rect   = [-1, 0, 10, 10] # ERROR: rect must be 0 to 16384, not -1
    expect = 7 # ERROR: there is no label "7"
  }
  area "left" { # ERROR: area "left" is declared twice
    rect   = [60, 80, 10, 10]
    expect = "APPLE"
  }
  areas {
    for_each = { low = 90 }
    rect     = [90, each.value, 10, 11] # ERROR: area "low" ends at \(100, 101\)
    expect   = "BANANA"
  }
  grade "good" { every_area = 0.8 }
  grade "well" { every_area = 0.8 } # ERROR: grades "good" and "well" have the same every_area, 0.8 # ERROR: no grade applies to the worst result
}
evaluation "shelf" { # ERROR: evaluation "shelf" is declared twice
  video = "footage/shelf.mp4"
  frame {
    width  = 0
    height = 10
  }
}
