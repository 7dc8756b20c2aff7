# Unknown names, and blocks with wrong labels.
study "names" {
  sed = 1 # ERROR: there is no attribute "sed" in this study block.*did you mean "seed"
}
study "again" {} # ERROR: only one study block is allowed; the first is at line 2

label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
label { videos = ["footage/C.mp4"] }         # ERROR: a label block needs a name.*write label "NAME"
label "C" "D" { videos = ["footage/C.mp4"] } # ERROR: a label block takes one name
resolution "320x240" {}

resolutoin "640x480" {} # ERROR: there is no block "resolutoin" here.*did you mean "resolution"
frames = 10             # ERROR: there is no attribute "frames" here
dataset = 10            # ERROR: there is no attribute "dataset" here.*dataset is a block: write dataset

dataset "x" { # ERROR: a dataset block takes no name
  frames {}   # ERROR: there is no block "frames" in this dataset block.*frames is an attribute: write frames =
  xyzzy = 1   # ERROR: there is no attribute "xyzzy" in this dataset block.*one of: contrast, format, frames
}
