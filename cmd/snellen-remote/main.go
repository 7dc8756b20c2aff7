// Command snellen-remote speaks to S3 for snellen, which starts it where a shared store is in a
// bucket, and talks to it over its standard input and output (see steps/remote).
package main

import (
	"context"
	"fmt"
	"os"

	"snellen/steps/remote/s3"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr,
			"error: snellen starts snellen-remote by itself, for a shared store in S3, "+
				"without arguments")
		os.Exit(2)
	}
	if err := s3.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
