//go:build native

// Package libav decodes videos and pictures in this process with ffmpeg's libraries. Datasets and
// evaluations read many large frames, and a pipe from an ffmpeg program cost a third more processor
// time, for starting the program and copying its pixels. The package is linked into the worker
// alone.
//
// The C files beside it are the only callers of the libraries: shim.c reads videos, still.c decodes
// pictures, and graph.c builds the filters of both.
package libav

// #cgo pkg-config: libavformat libavcodec libavfilter libavutil
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"io"
	"unsafe"

	"snellen/steps/video"
)

// Version returns the version of the ffmpeg that the libraries belong to, like "5.1.9-0+deb12u1".
func Version() string { return C.GoString(C.snellen_libav_version()) }

// Decode opens a video to read these frames of it. Pictures have the size at which the video is
// shown; their pixels are 8-bit blue, green and red, row by row. The decoder may be used by one
// goroutine at a time, and must be closed.
func Decode(path string, r video.Reading, frames video.Frames) (*video.Decoder, error) {
	reader, err := open(video.NewRequest(path, r, frames))
	if err != nil {
		return nil, err
	}
	return video.NewDecoder(reader, frames), nil
}

// A reader is a video.Source over the C reader. It may be used by one goroutine at a time.
type reader struct{ reader *C.snellen_reader }

func open(q video.Request) (*reader, error) {
	var texts []*C.char
	for _, text := range []string{q.URL, q.Filters, q.Protocols, q.Formats} {
		c := C.CString(text)
		defer C.free(unsafe.Pointer(c))
		texts = append(texts, c)
	}
	r := &reader{C.snellen_open(texts[0], C.int(q.Stream), texts[1], texts[2], texts[3],
		C.int64_t(q.MaxPixels))}
	if r.reader == nil {
		return nil, errors.New("out of memory for a decoder")
	}
	if err := r.failed(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Read reads the next picture into pixels, whose length must be that of one picture. It returns
// io.EOF after the last picture, and an error at the first damaged frame.
func (r *reader) Read(pixels []byte) error {
	if len(pixels) == 0 {
		return errors.New("there is no room for a picture")
	}
	to := (*C.uint8_t)(unsafe.Pointer(&pixels[0]))
	switch C.snellen_next(r.reader, to, C.size_t(len(pixels))) {
	case C.SNELLEN_OK:
		return nil
	case C.SNELLEN_END:
		return io.EOF
	}
	return r.failed()
}

// failed returns the error that the C reader ended with, or nil.
func (r *reader) failed() error {
	if text := C.snellen_failed(r.reader); text != nil {
		return errors.New(C.GoString(text))
	}
	return nil
}

// Close frees the reader, which must not be used afterwards.
func (r *reader) Close() {
	C.snellen_close(r.reader)
	r.reader = nil
}
