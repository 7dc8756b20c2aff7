# Labels of photographs, and evaluations of stills and of whole pictures.
study "pictures" {}
label "A" { pictures = ["photos/A1.jpg", "photos/A2.png"] }
label "B" {
  videos   = ["footage/B.mp4"]
  pictures = ["photos/B1.jpg"]
}
label "C" {
  pictures   = ["photos/C1.jpg", "photos/C2.jpg"]
  validation = ["photos/C3.jpg"]
}
dataset { contrast = true }
resolution "160x120" {}
resolution "80x60" {}
evaluation "camera" {
  stills = ["stills/1.jpg", "stills/2.jpg"]
  area "left" {
    rect   = [0, 0, 40, 60]
    expect = "A"
  }
}
evaluation "test" {
  at = ["native", "80x60"]
  pictures {
    files  = ["test/A1.jpg", "test/A2.jpg"]
    expect = "A"
  }
  pictures {
    files  = ["test/B1.jpg"]
    expect = "B"
  }
}
