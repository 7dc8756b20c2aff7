// Command snellen-remote speaks to S3 for snellen, which starts it where a shared store is in a
// bucket, and talks to it over its standard input and output (see steps/remote).
package main

import (
	"context"
	"fmt"
	"os"

	"snellen/steps/remote/s3"
)

// version is set by the linker where a package of Debian is built.
var version = ""

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "snellen-remote", version,
			"is started by snellen, which needs it for a shared store in S3; it has no arguments")
		os.Exit(2)
	}
	if err := s3.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
