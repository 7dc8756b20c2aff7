package video

// TestArguments is graph.Arguments, set by the tests outside the package.
var TestArguments func(Graph) []string
