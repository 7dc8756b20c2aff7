# A valid study that is probably not what its author meant.
study "warnings" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }
resolution "320x240" {}

hyperparameters {
  num_layers        = 50 # WARNING: 50 layers are for large input, and image_shape is 3,28,28
  image_shape       = "3,28,28"
  lr_scheduler_step = "10,20" # WARNING: lr_scheduler_step "10,20" is never reached: the last of 10 epochs is 9
  epochs            = 10
  early_stopping    = true # WARNING: early stopping has no effect: at least 10 epochs run
}
