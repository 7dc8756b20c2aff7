# Every option of trainer "command" that is in a key.
study "command" {
  seed       = 13
  replicates = 2
}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}
resolution "80x60" {
  hyperparameters {
    epochs = 2
    extra  = { trees = 300 }
  }
}
dataset { contrast = true }
hyperparameters {
  num_layers           = 200
  optimizer            = "nag"
  gamma                = 0.5
  checkpoint_frequency = 2
  kv_store             = "dist_sync"
  precision_dtype      = "float16"
  top_k                = 1
  use_pretrained_model = 1
  extra                = { trees = 200, bark = "rough & <smooth>" }
}
trainer "command" {
  program = ["/opt/python/bin/python3", "train.py", "--quick"]
  files   = ["train.py", "lib/forest.py"]
  env     = { LEVEL = 3, COLOUR = "blue" }
  threads = 3
  gpus    = 1
  serve {
    program = ["./serve", "-v"]
    files   = ["serve", "lib/forest.py"]
  }
}
evaluation "shelf" {
  video     = "footage/shelf.mp4"
  every     = 2
  confident = 0.9
  at        = ["native", "80x60"]
  quality   = 60
  frame {
    width  = 200
    height = 100
  }
  area "right" {
    rect   = [100, 0, 50, 100]
    expect = "B"
  }
}
