//go:build native

// Package libav decodes videos in this process, by the libraries that ffmpeg is made of. Pictures
// that are many and large, those of datasets and evaluations, come this way and not through a pipe
// from an ffmpeg: that cost a third more processor time, for starting the program and for carrying
// its pixels. It is linked into the worker alone.
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

// Version is that of the ffmpeg whose libraries these are: "5.1.9-0+deb12u1".
func Version() string { return C.GoString(C.snellen_libav_version()) }

// Decode opens a video, by its reading, in the size at which it is shown. Pixels are 8-bit blue,
// green and red, row by row. Close must be called.
func Decode(path string, r video.Reading, frames video.Frames) (*video.Decoder, error) {
	reader, err := open(video.Pictures(path, r, frames))
	if err != nil {
		return nil, err
	}
	return video.NewDecoder(reader, frames), nil
}

// A reader gives pictures. It may be used by one goroutine at a time.
type reader struct{ reader *C.snellen_reader }

func open(q video.Request) (*reader, error) {
	var texts []*C.char
	for _, text := range []string{q.URL, q.Filters, q.Protocols, q.Formats} {
		c := C.CString(text)
		defer C.free(unsafe.Pointer(c))
		texts = append(texts, c)
	}
	r := &reader{C.snellen_open(texts[0], C.int(q.Stream), texts[1], texts[2], texts[3])}
	if r.reader == nil {
		return nil, errors.New("no memory for a decoder")
	}
	if err := r.failed(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Read reads the next picture into pixels, which has room for just one. It returns io.EOF behind
// the last, and an error at the first frame that is damaged.
func (r *reader) Read(pixels []byte) error {
	if len(pixels) == 0 {
		return errors.New("there is no room for a picture")
	}
	switch C.snellen_next(r.reader, (*C.uint8_t)(unsafe.Pointer(&pixels[0])), C.size_t(len(pixels))) {
	case C.SNELLEN_OK:
		return nil
	case C.SNELLEN_END:
		return io.EOF
	}
	return r.failed()
}

func (r *reader) failed() error {
	if text := C.snellen_failed(r.reader); text != nil {
		return errors.New(C.GoString(text))
	}
	return nil
}

// Close frees the reader.
func (r *reader) Close() {
	C.snellen_close(r.reader)
	r.reader = nil
}
