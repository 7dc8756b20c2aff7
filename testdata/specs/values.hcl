study "values" { seed = 1.5 } # ERROR: seed must be a 32-bit integer, not 1.5
label "A" { videos = "footage/A.mp4" } # ERROR: videos must be a list of strings, not a string
label "B" { videos = ["footage/B.mp4", null] } # ERROR: a list must not contain null
label "C" { videos = null } # ERROR: label "C" has no videos and no pictures
label "D" {} # ERROR: label "D" has no videos and no pictures
resolution "320x240" {}

transcode {
  codec  = "libx266" # ERROR: codec cannot be "libx266".*did you mean "libx264"
  crf    = 52        # ERROR: crf must be 0 to 51, not 52
  preset = "a\nb"    # ERROR: preset must be one line
  filter = null
}

dataset {
  frames     = true    # ERROR: frames must be an integer, not a bool
  validation = 1       # ERROR: validation must be greater than 0 and less than 1, not 1
  gap        = 1 / 0   # ERROR: gap is too large
  split      = "block" # ERROR: did you mean "blocks"
  quality    = 1e200   # ERROR: quality must be a 32-bit integer
}

hyperparameters {
  early_stopping = "perhaps" # ERROR: early_stopping must be true or false, not a string
  num_layers     = 9         # ERROR: num_layers cannot be 9.*one of: 8, 20
  epochs         = 0         # ERROR: epochs must be 1 to 100000, not 0
  eps            = 1e999     # ERROR: this number is too large or too small
  beta_1         = 2         # ERROR: beta_1 must be 0 to 1, not 2
  beta_2         = [1]       # ERROR: beta_2 must be a number, not a tuple
  optimizer      = null
}
