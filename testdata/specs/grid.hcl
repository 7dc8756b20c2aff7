study "grid" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

evaluation "dense" {
  video = "footage/shelf.mp4"
  frame {
    width  = 100
    height = 100
  }
  grid {
    columns = 2
    rows    = 1
    origin  = [0, 0]
    size    = [40, 40]
    step    = [30, 40] # ERROR: the areas of this grid overlap
    expect  = ["A", "C"] # ERROR: there is no label "C"
  }
  area "1-2" { # ERROR: area "1-2" is declared twice; the first is in the grid
    rect   = [80, 80, 10, 10]
    expect = "A"
  }
  area "over" {
    rect   = [10, 30, 10, 20] # ERROR: area "over" overlaps area "1-1" at line 18
    expect = "A"
  }
}
evaluation "few" {
  video = "footage/shelf.mp4"
  frame {
    width  = 100
    height = 100
  }
  grid {
    columns = 2
    rows    = 2
    origin  = [0, 0]
    size    = [40, 40]
    expect  = ["A", "B", "A"] # ERROR: 2 columns and 2 rows make 4 areas, but expect has 3 labels
  }
}
evaluation "wide" {
  video = "footage/shelf.mp4"
  frame {
    width  = 100
    height = 0 # ERROR: height must be 1 to 16384, not 0
  }
  grid { # ERROR: this grid block lacks rows
    columns = 2
    origin  = [0] # ERROR: origin must have 2 numbers, not 1
    size    = [40, 40]
    expect  = ["A", "B"]
  }
}
evaluation "outside" {
  video = "footage/shelf.mp4"
  frame {
    width  = 100
    height = 100
  }
  grid {
    columns = 3
    rows    = 1
    origin  = [0, 0] # ERROR: area "1-3" ends at \(120, 40\), outside
    size    = [40, 40]
    expect  = ["A", "B", "A"]
  }
}
