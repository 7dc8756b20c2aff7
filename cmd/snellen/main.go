// Command snellen says how far a camera's resolution may drop before a classifier no longer
// recognises what it sees: it reads a study from an HCL file, runs the steps whose inputs changed,
// and compares the resolutions.
//
// This is the only package that prints, reads flags or exits, beside snellen-worker's. Results go
// to standard output; progress, questions and errors go to standard error.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"snellen/steps/proc"
)

func main() {
	if code, launched := proc.Launched(); launched {
		os.Exit(code)
	}
	// a plan of ten thousand steps stays under 100 MiB, and a short life is a fifth shorter
	debug.SetGCPercent(400)
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
