package video_test

import (
	"snellen/steps/video"
	"snellen/steps/video/graph"
)

// The tests inside the package cannot import graph, which imports the package.
func init() { video.TestArguments = graph.Arguments }
