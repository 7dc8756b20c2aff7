# Whole pictures that a program of one's own judges.
study "samples" {}
label "A" { pictures = ["photos/A1.jpg", "photos/A2.png"] }
label "B" { pictures = ["photos/B1.jpg", "photos/B2.png"] }
resolution "80x60" {}
trainer "command" {
  program = ["python3", "train.py"]
  serve {
    program = ["python3", "serve.py"]
  }
}
evaluation "test" {
  pictures {
    files  = ["test/A1.jpg", "test/B1.jpg"]
    expect = "A"
  }
}
