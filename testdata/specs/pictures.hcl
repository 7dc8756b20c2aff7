study "pictures" {}
label "A" { pictures = ["footage/A.mp4", "footage/B.mp4"] }
label "B" { pictures = ["footage/C.mp4", "footage/B.mp4"] } # ERROR: footage/B.mp4 already belongs to label "A"
label "C" { pictures = fileset("nowhere", "*") } # ERROR: there is no folder .*nowhere
label "D" { pictures = ["footage", "footage/shelf.mp4"] } # ERROR: footage is a folder, not a picture
label "E" { pictures = fileset("footage", "*.{jpg") } # ERROR: write braces like
label "F" { pictures = fileset("footage", "*.gif") } # ERROR: no file is a picture of label "F"
label "G" { # ERROR: label "G" has no pictures for validation
  videos     = ["footage/folder.mp4"]
  validation = fileset("footage", "*.gif")
}
label "one" { pictures = ["valid.hcl"] } # ERROR: label "one" has one picture, and two sets need two
label "H" { validation = ["footage/D.mp4"] } # ERROR: label "H" has nothing to train on
label "I" { pictures = ["footage/D.mp4"] } # ERROR: footage/D.mp4 does not exist
label "J" {
  videos   = ["footage/folder.mp4/../C.mp4"] # ERROR: already belongs to label "B"
  pictures = ["footage/X.mp4"] # ERROR: footage/X.mp4 does not exist
}
resolution "320x240" {}

evaluation "both" { # ERROR: evaluation "both" has more than one of video, stills and pictures
  video = "footage/shelf.mp4"
  pictures {
    files  = ["footage/A.mp4", "footage/B.mp4"]
    expect = "A"
  }
}

evaluation "areas" {
  pictures {
    files  = ["footage/A.mp4", "footage/B.mp4"]
    expect = "Z" # ERROR: there is no label "Z"
  }
  grid { # ERROR: whole pictures have no grid
    columns = 1
    rows    = 1
    origin  = [0, 0]
    size    = [8, 8]
    expect  = ["A"]
  }
}

evaluation "twice" {
  pictures {
    files  = ["footage/A.mp4"]
    expect = "A"
  }
  pictures {
    for_each = ["B"]
    files    = ["footage/B.mp4", "footage/A.mp4"] # ERROR: A.mp4 is to show "A" and "B"
    expect   = each.value
  }
}

evaluation "numbers" {
  pictures {
    for_each = [1, 2] # ERROR: each.value must be a path or a list of paths, not a number
    expect   = "A"
  }
}

evaluation "nothing" {
  pictures { # ERROR: this pictures block has neither files nor for_each
    expect = "A"
  }
}

evaluation "none" {
  stills = fileset("footage", "*.gif") # ERROR: there are no stills
  area "left" {
    rect   = [0, 0, 8, 8]
    expect = "A"
  }
}

label "K" { # videos alone are enough, though it names pictures as other labels do
  videos   = ["few.hcl"]
  pictures = fileset("footage", "*.gif")
}

label "L" {
  pictures   = ["grid.hcl", "sets.hcl"]
  validation = ["sets.hcl", "grid.hcl"] # ERROR: all pictures of label "L" are for validation
}
