# ERROR: a study needs at least two labels, and this has 1
study "few" {}
label "A" { videos = ["footage/A.mp4"] }
resolution "320x240" {}
