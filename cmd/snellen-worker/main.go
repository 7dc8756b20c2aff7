// Command snellen-worker runs steps for snellen, which starts it and speaks to it over its standard
// input and output (see steps/worker). It runs every kind, so that a whole step can be run on
// another machine. Built with the tag native it holds OpenCV, libtorch and ffmpeg's libraries;
// without, it is pure Go and runs all steps but those that need them.
package main

import (
	"os"
	"runtime"

	"snellen/cmd/snellen-worker/serve"
)

// Windows belong to the main thread: this goroutine keeps it, and does nothing else.
func init() { runtime.LockOSThread() }

func main() {
	windows, ended := make(chan func()), make(chan int)
	onMain := func(f func()) {
		done := make(chan struct{})
		windows <- func() { defer close(done); f() }
		<-done
	}
	go func() {
		runners := nativeRunners(onMain)
		ended <- serve.Main(os.Args, os.Stdin, os.Stdout, os.Stderr, nativeTools(), runners)
	}()
	for {
		select {
		case f := <-windows:
			f()
		case code := <-ended:
			os.Exit(code)
		}
	}
}
