//go:build !native

// Command snellen-worker holds OpenCV and libtorch, and is built by make build; without the build tag native it only says so.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "error: this snellen-worker was built without OpenCV and libtorch")
	fmt.Fprintln(os.Stderr, "hint: make build")
	os.Exit(1)
}
