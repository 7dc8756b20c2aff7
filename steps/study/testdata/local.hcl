# Every option that the local trainer's steps read, and none at its default.
study "local" {
  seed       = 7
  replicates = 2
}
label "APPLE" { videos = ["footage/APPLE.mp4"] }
label "BANANA" {
  videos = ["a/BANANA.mp4", "b/BANANA.mp4", "b/MORE.mkv"]
  stream = 1
}
resolution "320x240" {
  hyperparameters {
    epochs    = 5
    optimizer = "sgd"
  }
}
resolution "tiny" {
  width  = 16
  height = 12
}
transcode {
  codec  = "libx265"
  crf    = 20
  preset = "fast"
  filter = "area"
  fit    = "pad"
}
dataset {
  frames     = 50
  validation = 0.3
  split      = "random"
  gap        = 0.25
  format     = "image"
  quality    = 90
  contrast   = true
}
hyperparameters {
  num_layers                = 20
  image_shape               = "3,32,48"
  resize                    = 64
  epochs                    = 12
  mini_batch_size           = 8
  optimizer                 = "adam"
  learning_rate             = 0.001
  lr_scheduler_factor       = 0.5
  lr_scheduler_step         = "3,6"
  momentum                  = 0.8
  weight_decay              = 0.00001
  beta_1                    = 0.85
  beta_2                    = 0.99
  eps                       = 0.0000001
  augmentation_type         = "crop_color"
  early_stopping            = true
  early_stopping_min_epochs = 2
  early_stopping_patience   = 3
  early_stopping_tolerance  = 0.125
}
trainer "local" {
  threads = 2
  device  = "cuda"
}
evaluation "shelf" {
  video     = "footage/shelf.mp4"
  stream    = 2
  every     = 4
  confident = 0.5
  at        = ["native", "80x60", "100x50"]
  quality   = 80
  frame {
    width  = 200
    height = 100
  }
  area "right" {
    rect   = [100, 0, 50, 100]
    expect = "BANANA"
  }
  grid {
    columns = 1
    rows    = 2
    origin  = [0, 0]
    size    = [50, 40]
    expect  = ["APPLE", "BANANA"]
  }
}
evaluation "door" {
  video = "footage/door.mp4"
  frame {
    width  = 64
    height = 48
  }
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "APPLE"
  }
}
