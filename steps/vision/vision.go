//go:build native

// Package vision wraps OpenCV, through gocv: reading videos, encoding and decoding JPEG, preparing pictures for the network,
// and drawing. It is linked into the worker alone.
package vision
