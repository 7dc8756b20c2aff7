//go:build native

// Package vision wraps OpenCV, through gocv: live cameras, encoding and decoding JPEG, preparing pictures for the network,
// and drawing. It is linked into the worker alone. Pictures are 8-bit, in OpenCV's order of colours, blue first, until
// they are prepared. OpenCV's own threads are off: steps run beside each other, and sums must not depend on how many.
package vision

import (
	"errors"
	"fmt"
	"sync"

	"gocv.io/x/gocv"
)

// Version is OpenCV's: "4.6.0".
func Version() string { return gocv.OpenCVVersion() }

// settle makes OpenCV's settings once, before its first use.
var settle = sync.OnceFunc(func() { gocv.SetNumThreads(1) })

// encode makes a JPEG.
func encode(m gocv.Mat, quality int) ([]byte, error) {
	buffer, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, m, []int{gocv.IMWriteJpegQuality, quality})
	if err != nil {
		return nil, fmt.Errorf("encode a JPEG: %w", err)
	}
	defer buffer.Close()
	data := append([]byte(nil), buffer.GetBytes()...)
	if len(data) == 0 {
		return nil, errors.New("encode a JPEG: OpenCV gave none")
	}
	return data, nil
}
