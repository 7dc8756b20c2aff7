study "gates" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}
locals { limit = 0.5 }

evaluation "shelf" {
  video = "footage/shelf.mp4"
  frame {
    width  = 100
    height = 100
  }
  area "all" {
    rect   = [0, 0, 100, 100]
    expect = "A"
  }
}

gate "nothing" {} # ERROR: gate "nothing" requires nothing
gate { condition = true } # ERROR: a gate block needs a name
gate "names" {
  require "32x240" { grade = "○" }                    # ERROR: there is no resolution "32x240"
  require "320x240" { grade = "good" }                # ERROR: evaluation "shelf" has no grade "good"
  require "320x240" {}                                # ERROR: requires nothing
  require "320x240" { detection_rate = 80 }           # ERROR: detection_rate must be 0 to 1
  require "320x240" {
    accuracy   = 0.5
    evaluation = "shelv" # ERROR: did you mean "shelf"
  }
}
gate "name" { condition = resolution["80x60"].accuracy > local.limit }        # ERROR: no such resolution
gate "attribute" { condition = resolution["320x240"].detection > 0.5 }        # ERROR: detection
gate "type" { condition = resolution["320x240"].accuracy }                    # ERROR: true or false
gate "variable" { condition = results["320x240"].accuracy > local.limits }    # ERROR: there is no variable "results" # ERROR: there is no local "limits"
gate "function" { condition = most(decision.difference, 1) > 0 }              # ERROR: there is no function "most"
gate "null" { condition = null }                                              # ERROR: true or false
gate "right" { condition = decision.resolution == "320x240" || leakage_seconds > 0.2 }
gate "honest" { condition = leaked_areas == 0 }
gate "area" { condition = leaked_area == 0 }                                  # ERROR: there is no variable "leaked_area"
