study "a\tb" { # ERROR: a study's name must be printable
  replicates = 0 # ERROR: replicates must be 1 to 100
  seed       = 99999999999 # ERROR: seed must be a 32-bit integer
}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}
