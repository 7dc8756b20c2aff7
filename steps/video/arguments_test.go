package video

// TestArguments is graph.Arguments. Package graph imports this package, so external tests set it.
var TestArguments func(Graph) []string
