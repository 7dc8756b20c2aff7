//go:build native

// Package vision wraps OpenCV, through gocv: live cameras, encoding and decoding JPEG, preparing
// pictures for the network, and drawing. It is linked into the worker alone.
//
// Pictures are 8-bit, row by row, in OpenCV's order of colours (blue, green, red) until they are
// prepared, and RGB afterwards. OpenCV's own threads are off: steps run side by side, and results
// must not depend on the number of threads.
package vision

import (
	"errors"
	"fmt"
	"sync"

	"gocv.io/x/gocv"
)

// Version returns OpenCV's version, like "4.6.0".
func Version() string { return gocv.OpenCVVersion() }

// configure sets OpenCV's global options. Every function that may be the first to use OpenCV calls
// it; the options are set once.
var configure = sync.OnceFunc(func() { gocv.SetNumThreads(1) })

// encode returns m as a JPEG. Quality is 0 to 100.
func encode(m gocv.Mat, quality int) ([]byte, error) {
	options := []int{gocv.IMWriteJpegQuality, quality}
	return encoded(gocv.IMEncodeWithParams(gocv.JPEGFileExt, m, options))
}

// encoded returns the bytes that OpenCV encoded a picture to.
func encoded(buffer *gocv.NativeByteBuffer, err error) ([]byte, error) {
	if err != nil {
		return nil, fmt.Errorf("encode a picture: %w", err)
	}
	defer buffer.Close()
	data := append([]byte(nil), buffer.GetBytes()...) // the buffer is OpenCV's memory
	if len(data) == 0 {
		return nil, errors.New("encode a picture: OpenCV returned no data")
	}
	return data, nil
}
