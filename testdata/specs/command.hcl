study "command" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

hyperparameters {
  gamma = 0.5
  extra = { trees = 200, learning_rate = 1, "a b" = 2, deep = [1] } # ERROR: learning_rate is a hyperparameter of its own # ERROR: "a b" is not a valid name of a hyperparameter # ERROR: the value of deep in extra must be a string or a number
}

resolution "320x240" {}

trainer "command" {
  program     = ["./train.py", "--quick"]          # ERROR: ./train.py is not among the program's files
  files       = ["command.hcl", "../README.md", "none.py", "footage"] # ERROR: "../README.md" is not in the spec's folder # ERROR: none.py does not exist # ERROR: footage is a folder: list the files in it
  env         = {                                  # ERROR: "1X" is not a valid name of an environment variable # ERROR: API_TOKEN looks like a secret # ERROR: SM_HPS is set by the container contract
    "1X"      = "y"
    SM_HPS    = "{}"
    API_TOKEN = "t"
    LEVEL     = 3
  }
  augment_copies = 3                               # ERROR: augment_copies belongs to trainer "local"
  pretrained  = "x.safetensors"                    # ERROR: pretrained belongs to trainer "local"
  max_runtme  = 60                                 # ERROR: there is no attribute "max_runtme".*did you mean "max_runtime"
  serve {
    program = ["python3 serve.py"]                 # ERROR: a program runs without a shell.*\["python3", "serve.py"\]
    parallel = 0                                   # ERROR: parallel must be 1 to 200
  }
}
