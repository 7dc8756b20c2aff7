# A shared store that is none.
study "shared" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}
shared {
  url       = "s3://Lab"          # ERROR: "Lab" is no bucket's name a bucket's name has 3 to 63 small letters
  region    = "eu west"           # ERROR: region cannot be "eu west" like eu-west-1
  endpoint  = "https://minio/lab" # ERROR: an endpoint has no path write https://HOST
  profile   = "[lab]"             # ERROR: profile cannot be
  read_only = "yes"               # ERROR: read_only must be true or false
  bucket    = "lab"               # ERROR: there is no attribute "bucket" in this shared block
}
shared { url = "s3://lab" }       # ERROR: only one shared block is allowed; the first is at line 6
