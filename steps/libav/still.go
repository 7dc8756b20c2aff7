//go:build native

package libav

// #include <stdlib.h>
// #include <libavcodec/defs.h>
// #include "still.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"snellen/steps/video"
)

// A Still is one decoded picture. Several sizes can be made of it. It holds memory of ffmpeg's, so
// it must be closed. It may be used by one goroutine at a time.
type Still struct {
	still            *C.snellen_still
	reading, upright video.Reading // of the file, and of the picture that is held
	notes            []string
}

// stillCodecs are ffmpeg's decoders by the names that picture.Header has for formats.
var stillCodecs = map[string]string{"jpeg": "mjpeg", "png": "png", "webp": "webp", "tiff": "tiff",
	"bmp": "bmp"}

const (
	// StillPadding is how many bytes a decoder may read beyond its input. Data with room for them
	// is not copied.
	StillPadding = C.AV_INPUT_BUFFER_PADDING_SIZE

	slack = 128 // pixels by which a decoder may round sides up
)

// OpenStill decodes the picture in data, which is all of a file: a "jpeg", "png", "webp", "tiff" or
// "bmp". stored has the size and the orientation that the file's header states. It returns an error
// if a part of the picture is missing or damaged, or if its size is another one. What is
// transparent becomes white, as viewers show it. OpenStill keeps nothing of data; it may overwrite
// what lies behind it, within its capacity.
func OpenStill(data []byte, format string, stored video.Reading) (*Still, error) {
	codec, ok := stillCodecs[format]
	if !ok || len(data) == 0 {
		return nil, fmt.Errorf("there is no decoder for %d bytes of %q", len(data), format)
	}
	name := C.CString(codec)
	defer C.free(unsafe.Pointer(name))
	padded := append(data, make([]byte, StillPadding)...)
	s := &Still{still: C.snellen_still_decode(name, (*C.uint8_t)(unsafe.Pointer(&padded[0])),
		C.size_t(len(data)), C.int64_t((stored.Width+slack)*(stored.Height+slack)))}
	if s.still == nil {
		return nil, errors.New("out of memory for a picture")
	}
	if err := s.prepare(format, stored); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// prepare checks what was decoded, decides how it is read, and turns it upright.
func (s *Still) prepare(format string, stored video.Reading) error {
	if err := s.failed(); err != nil {
		return err
	}
	is := C.snellen_still_describe(s.still)
	if w, h := int(is.width), int(is.height); w != stored.Width || h != stored.Height {
		return fmt.Errorf("the picture is %dx%d, and its header says %dx%d", w, h, stored.Width,
			stored.Height)
	}
	s.reading, s.notes = video.NewStillReading(stored, map[string]string{
		"pix_fmt": C.GoString(is.pix_fmt), "color_range": C.GoString(is.color_range),
		"color_space":     C.GoString(is.color_space),
		"color_primaries": C.GoString(is.color_primaries),
		"color_transfer":  C.GoString(is.color_transfer),
	}, format == "webp")
	if note := s.reading.ToneMap(hasFilter("zscale") && hasFilter("tonemap")); note != "" {
		s.notes = append(s.notes, note)
	}
	if err := s.reading.Check(); err != nil {
		return err
	}
	return s.turnUpright(is.indirect != 0)
}

// turnUpright replaces the picture by an upright one without transparency.
func (s *Still) turnUpright(rgba bool) error {
	var filters string
	if filters, s.upright = s.reading.UprightFilters(rgba); filters != "" {
		chain := C.CString(filters)
		defer C.free(unsafe.Pointer(chain))
		if C.snellen_still_filter(s.still, chain) == 0 {
			return s.failed()
		}
	}
	if rgba && C.snellen_still_flatten(s.still) == 0 {
		return s.failed()
	}
	return nil
}

// Reading returns how the file's picture is read. Pictures are made by it.
func (s *Still) Reading() video.Reading { return s.reading }

// Notes returns what a person should know about the picture, a phrase for each.
func (s *Still) Notes() []string { return s.notes }

// Picture makes a picture of width and height pixels, and writes it into pixels, row by row, whose
// length must be that of the picture. It is scaled by swscale's named scaler, fills the frame by
// fit, which is "squeeze", "pad" or "crop", and is "bgr24" or "gray".
func (s *Still) Picture(width, height int, scaler, fit, format string, pixels []byte) error {
	if len(pixels) == 0 {
		return errors.New("there is no room for a picture")
	}
	chain := C.CString(s.upright.StillFilters(width, height, scaler, fit, format))
	defer C.free(unsafe.Pointer(chain))
	to := (*C.uint8_t)(unsafe.Pointer(&pixels[0]))
	if C.snellen_still_picture(s.still, chain, to, C.size_t(len(pixels))) == 0 {
		return s.failed()
	}
	return nil
}

// failed returns the error of the last call, or nil.
func (s *Still) failed() error {
	if text := C.snellen_still_failed(s.still); text != nil {
		return errors.New(C.GoString(text))
	}
	return nil
}

// Close frees the picture, which must not be used afterwards.
func (s *Still) Close() {
	C.snellen_still_close(s.still)
	s.still = nil
}

func hasFilter(name string) bool {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return C.snellen_libav_has_filter(text) != 0
}
