study "hyperparameters" {}
label "A" { videos = ["footage/A.mp4"] }
label "B" { videos = ["footage/B.mp4"] }

dataset { frames = 20 }

hyperparameters {
  image_shape          = "3,96,96"
  resize               = 80        # ERROR: resize is 80, smaller than the input of 96x96
  lr_scheduler_step    = "8,6"     # ERROR: lr_scheduler_step must be ascending epochs from 1, not "8,6"
  mini_batch_size      = 33        # ERROR: a batch of 33 is larger than the training set: 2 labels with 16 frames each make 32
  num_classes          = 3         # ERROR: num_classes is 2 \(the number of labels\), not 3
  num_training_samples = 40        # ERROR: num_training_samples is 32 .*not 40
  use_weighted_loss    = 2         # ERROR: use_weighted_loss cannot be 2
  precision_dtype      = "float16" # ERROR: trainer "local" does not support precision_dtype
  optimizer            = "rmsprop" # ERROR: trainer "local" does not support optimizer "rmsprop"
}

resolution "320x240" {}
resolution "240x180" {
  hyperparameters {
    extra = { trees = 200 } # ERROR: trainer "local" does not take extra hyperparameters
  }
}
resolution "160x120" {
  hyperparameters {
    resize          = 0
    mini_batch_size = 32
    num_classes     = 2

    augmentation_type = "crop" # ERROR: augmentation_type "crop" crops the input from a larger frame, so it needs resize
  }
}
resolution "80x60" {
  hyperparameters { image_shape = "224" } # ERROR: image_shape must be three numbers, not "224"
}
resolution "40x30" {
  hyperparameters { image_shape = "1,96,96" } # ERROR: image_shape must have 3 channels, not 1
}
resolution "20x16" {
  hyperparameters { image_shape = "3,x,96" } # ERROR: image_shape must be three numbers, not "3,x,96"
}
resolution "20x18" {
  hyperparameters { image_shape = "3,2000,4" } # ERROR: the sides of image_shape must be 8 to 1024 pixels
}
