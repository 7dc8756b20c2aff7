study "resolutions" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

resolution "320x240" {}
resolution "small" {} # ERROR: resolution "small" has no size.*name it by its size
resolution "same" {   # ERROR: resolution "same" is 320x240, the same as "320x240" at line 5
  width  = 320
  height = 240
}
resolution "321x240" {} # ERROR: width is 321, but video needs even sides.*use 320 or 322
resolution "odd" {
  width  = 32
  height = 25 # ERROR: height is 25, but video needs even sides
}
resolution "640x480" {
  width = 600 # ERROR: width is 600, but the name 640x480 says 640
}
resolution "9000x100" {} # ERROR: width must be 8 to 8192, not 9000
resolution "4x4" {}      # ERROR: width must be 8 to 8192, not 4
resolution "half" {
  width = 7 # ERROR: width must be 8 to 8192, not 7
}
resolution "probe" { # ERROR: a resolution cannot be named "probe"
  width  = 64
  height = 48
}
resolutions {
  for_each = ["80x60", "320x240"] # ERROR: resolution "320x240" is declared twice
}
resolution "16x16" {
  hyperparameters { epochs = 0 } # ERROR: epochs must be 1 to 100000, not 0
  hyperparameters {}             # ERROR: only one hyperparameters block is allowed
}
resolution "pictures" { # ERROR: a resolution cannot be named "pictures", which is a step's address
  width  = 104
  height = 76
}
