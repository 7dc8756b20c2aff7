# A sensitive variable's value is recorded nowhere, by whatever way it gets there.
study "secrets" {
  seed = var.number # ERROR: var.number is sensitive, and would be recorded here.*leave it out
}

variable "token" {
  default   = "hunter2"
  sensitive = true
}

variable "number" {
  default   = 7
  sensitive = true
}

variable "list" {
  default   = ["hunter2"]
  sensitive = true
}

variable "odd" {
  default   = "hunter2" # ERROR: the default of odd is not a number *$
  type      = number
  sensitive = true
}

locals {
  login    = "user:${upper(var.token)}"
  settings = { epochs = 2, token = var.token }
  again    = local.login
  long     = strlen(var.token) > 3
  parts    = [for c in split("", var.token) : c]
  unused   = parseint(var.token, 10)
}

label "A" { videos = ["footage/A.mp4", "footage/${var.token}.mp4"] } # ERROR: var.token is sensitive
label "B" { videos = fileset(var.token, "*.mp4") }                   # ERROR: var.token is sensitive

labels {
  for_each = var.list # ERROR: var.list is sensitive
  name     = each.value
  videos   = ["footage/B.mp4"]
}

resolution "64x48" {
  hyperparameters {
    extra = { token = local.again } # ERROR: local.again is made of var.token, which is sensitive
  }
}

dataset {
  frames     = local.long ? 20 : 30 # ERROR: local.long is made of var.token, which is sensitive
  validation = max(0.1, var.number) # ERROR: var.number is sensitive
}

hyperparameters {
  epochs        = local.settings.epochs
  learning_rate = local.settings["token"] == "" ? 0.1 : 0.2 # ERROR: local.settings is made of var.token
  optimizer     = { hunter = "sgd" }[var.token]             # ERROR: var.token is sensitive
}

trainer "command" {
  program = ["train", "--token=${var["token"]}", local.parts[0]] # ERROR: var.token is sensitive # ERROR: local.parts is made of var.token
  env     = { PIN = jsonencode(values(var)) }                    # ERROR: var is made of var.list, var.number, var.odd and var.token, which are sensitive

  serve {
    program = concat(["serve"], [file(var.token)]) # ERROR: var.token is sensitive
  }
}

evaluation "shelf" {
  video = format("%s", local.login) # ERROR: local.login is made of var.token
  area "left" {
    rect   = [0, 0, var.number, 4] # ERROR: var.number is sensitive
    expect = "A"
  }
}

gate "known" {
  condition = resolution["64x48"].accuracy > 0.5 && var.token != "" # ERROR: var.token is sensitive
}

gate "hidden" {
  condition = length([for x in [1] : var.token if resolution["64x48"].accuracy > x]) > 0 # ERROR: var.token is sensitive
}

gate "settings" {
  condition = resolution["64x48"].accuracy > local.settings.epochs
}
