study "judgeless" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

variable "pin" {
  default   = "1234"
  sensitive = true
}

trainer "command" { # ERROR: this trainer block lacks serve, but the study has evaluations
  program = []      # ERROR: program is empty
  env     = { PIN = var.pin } # ERROR: var.pin is sensitive, and would be recorded here
}

evaluation "shelf" {
  video = "footage/shelf.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "A"
  }
}
