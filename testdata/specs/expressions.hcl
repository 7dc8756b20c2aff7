study "expressions" {}

variable "A" {
  default = "footage/A.mp4"
}
variable "A" { default = "" } # ERROR: variable "A" is declared twice; the first is at line 3
variable "none" {}            # ERROR: variable "none" has no value.*pass -var none=
variable "a b" {}             # ERROR: "a b" is not a valid variable name
variable "typed" {
  type    = number
  default = "x" # ERROR: the default of typed is not a number
}
variable "odd" { type = strin } # ERROR: invalid type specification

locals {
  ring  = local.round # ERROR: locals form a cycle: ring -> round -> ring
  round = local.ring
  words = ["a", "b"]
  far   = var.nowhere # ERROR: there is no variable "nowhere"
  div   = 1 / "x"     # ERROR: invalid operand
}
locals {
  words = [] # ERROR: local "words" is declared twice; the first is at line 18
}

label "A" { videos = [var.A, local.ring, var.none] }
label "B" { videos = [local.word] }                  # ERROR: there is no local "word".*did you mean "words"
label "C" { videos = [A] }                           # ERROR: there is no variable "A".*did you mean "var.A"
label "D" { videos = [words] }                       # ERROR: there is no variable "words".*did you mean "local.words"
label "E" { videos = [footage] }                     # ERROR: there is no variable "footage".*strings are quoted
label "F" { videos = [each.value] }                  # ERROR: there is no variable "each".*each.key and each.value are available
label "G" { videos = [vra.A] }                       # ERROR: there is no variable "vra".*did you mean "var.A"
label "H" { videos = [uper("a")] }                   # ERROR: there is no function "uper".*did you mean "upper"
label "I" { videos = [file("nothing.txt")] }         # ERROR: nothing.txt does not exist
label "J" { videos = fileset("nothing", "*.mp4") }   # ERROR: there is no folder
label "K" { videos = fileset("footage", "../*") }    # ERROR: the pattern "../\*" is not valid
label "L" { videos = [file("footage")] }             # ERROR: footage is a folder
label "M" { videos = [upper()] }                     # ERROR: not enough function arguments

labels {
  for_each = ["X"]
  videos   = [eahc.value] # ERROR: there is no variable "eahc".*strings are quoted
}
resolution "320x240" {}
