study "labels" {}

label "A" { videos = ["footage/A.mp4"] }
label "A" { videos = ["footage/B.mp4"] }       # ERROR: label "A" is declared twice; the first is at line 3
label "B/C" { videos = ["footage/B.mp4"] }     # ERROR: a label's name cannot contain a slash
label "" { videos = ["footage/B.mp4"] }        # ERROR: a label's name is empty
label ".." { videos = ["footage/B.mp4"] }      # ERROR: a label's name cannot be ".."
label " B" { videos = ["footage/B.mp4"] }      # ERROR: a label's name must be printable, without spaces
label "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890" { videos = [] } # ERROR: a label's name has 121 bytes; the limit is 120
label "B" { videos = ["footage/nothing.mp4"] } # ERROR: footage/nothing.mp4 does not exist
label "C" { videos = ["footage/A.mp4"] }       # ERROR: footage/A.mp4 already belongs to label "A"
label "D" { videos = [] }                      # ERROR: label "D" has no videos
label "E" { videos = [""] }                    # ERROR: a video's path is empty
label "F" { videos = ["footage/folder.mp4"] }  # ERROR: footage/folder.mp4 is a folder, not a video
label "G" {
  videos = [
    "footage/C.mp4",
    "footage/C.mp4", # ERROR: footage/C.mp4 already belongs to label "G"
  ]
}

labels {
  for_each = fileset("footage", "*.avi") # ERROR: for_each has no elements.*check the folder and the pattern
  videos   = ["footage/${each.value}"]
}
labels { # ERROR: this labels block lacks for_each
  videos = []
}
labels {
  for_each = "A.mp4" # ERROR: for_each cannot iterate over a string
  videos   = []
}
labels {
  for_each = { Z = 1 }
  name     = "" # ERROR: a label's name is empty
  videos   = []
}
resolution "320x240" {}
