study "syntax" {
  seed = = 1 # ERROR: invalid expression
}
