# A network of one's own, trained whole.
study "tuned" {}
label "APPLE" { videos = ["footage/APPLE.mp4"] }
label "BANANA" { videos = ["footage/BANANA.mp4"] }
resolution "320x240" {}
resolution "160x120" {
  hyperparameters {
    resize            = 256
    augmentation_type = "crop"
    lr_scheduler_step = "3"
  }
}
hyperparameters {
  use_pretrained_model = 1
}
trainer "local" {
  pretrained     = "weights/resnet50.safetensors"
  fine_tune      = true
  augment_copies = 1
}
evaluation "shelf" {
  video = "footage/shelf.mp4"
  area "all" {
    rect   = [0, 0, 64, 48]
    expect = "APPLE"
  }
}
