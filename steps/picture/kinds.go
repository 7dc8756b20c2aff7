// Package picture has the step that reads a label's photographs, and what can be known of a picture
// from its header. A header is read without decoding, and without native code: by it, a file that
// is no picture, or too large a one, is refused before it costs anything. The decoder is libav's,
// the same for every picture (see libav.Still).
package picture

import (
	"snellen/engine/step"
	"snellen/steps/video"
)

// Pictures reads pictures, in order. It needs native code. Inputs: picture/0, picture/1, ... .
// Without a quality it describes them. Outputs: pictures.json, a video.PictureSet. With one it
// scales them. Outputs: pictures.rec, RecordIO with a JPEG of each, whose labels are 0 and whose
// ids count from 0. Both may have video.NotesFile. Several sizes of the same pictures share one
// decode.
var Pictures = &step.Kind{
	Name: "pictures", Version: 1,
	Roles:   []string{"picture/"},
	Outputs: []string{"pictures.json", "pictures.rec", "notes.json"},
	Tools:   []string{"libav", "opencv"}, Pool: "cpu",
}

// Params are what the outputs depend on besides the pictures.
type Params struct {
	// Width and Height are the size of every picture, in pixels; 0 is the size in which each is
	// shown.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`

	// Within bounds the sides of pictures that keep their size, in pixels: larger ones are scaled
	// down. 0 is no bound.
	Within int `json:"within,omitempty"`

	// Frame is what the stills of a camera must have: all one size, the one that it says, with room
	// for its areas. Nil allows any sizes.
	Frame *video.ProbeParams `json:"frame,omitempty"`

	Filter string `json:"filter,omitempty"` // swscale flags; "" is "bicubic"
	Fit    string `json:"fit,omitempty"`    // "squeeze", "pad" or "crop"; "" is "squeeze"

	// Quality is that of the JPEGs, 1 to 100; 0 describes the pictures and makes none.
	Quality int `json:"quality,omitempty"`
}
