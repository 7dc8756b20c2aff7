package video

import (
	"fmt"
	"strings"
)

// NewStillReading returns the reading of a picture that is no video, such as a photograph, and
// notes about it. stored has the frame's size in pixels and its orientation, as the file's header
// has them; frame has what the decoder says of the rest, by ffprobe's names: "pix_fmt",
// "color_range", "color_space", "color_primaries" and "color_transfer".
//
// Nothing is assumed: what a picture leaves open is fixed by its format, which is BT.601 for luma
// and chroma, and full range unless limited is true. Its density is that of a printer, so its
// pixels are square.
func NewStillReading(stored Reading, frame map[string]string, limited bool) (Reading, []string) {
	f := fields{"width": fmt.Sprint(stored.Width), "height": fmt.Sprint(stored.Height)}
	for name, value := range frame {
		f[name] = value
	}
	if f.known("color_space") == "" {
		f["color_space"] = "smpte170m"
	}
	if f.known("color_range") == "" {
		f["color_range"] = map[bool]string{false: "pc", true: "tv"}[limited]
	}
	r, notes := newReading(stream{}, f)
	r.Rotation, r.Mirror = stored.Rotation, stored.Mirror
	return r, notes
}

// UprightFilters returns the chain that turns a decoded picture upright, and the reading of what it
// makes. The chain is empty if the picture stands. With rgba, for a picture that has transparency,
// a palette or several pixels in a byte, the chain converts it to "rgba" as well.
func (r Reading) UprightFilters(rgba bool) (chain string, upright Reading) {
	upright = r
	upright.Rotation, upright.Mirror = 0, false
	upright.Width, upright.Height = r.rotatedSize()
	var convert []Filter
	switch {
	case rgba:
		convert = r.scaleFilters(r.Width, r.Height, stillFlags, "rgba")
		upright.PixelFormat, upright.Matrix, upright.Range = "rgba", "rgb", "full"
	case r.Rotation%180 != 0 && !r.canTranspose():
		convert = r.sameColours("yuv444p")
		upright.PixelFormat = "yuv444p"
	}
	return joinFilters(convert, r.rotationFilters()), upright
}

// stillFlags convert a picture in its own size.
const stillFlags = "bicubic+accurate_rnd+bitexact"

// canTranspose reports whether ffmpeg can turn a frame by a right angle as it is. Otherwise ffmpeg
// would choose a format and convert to it by flags of its own.
func (r Reading) canTranspose() bool {
	f := r.PixelFormat
	return r.Matrix == "rgb" || isGrey(f) || strings.Contains(f, "444") ||
		strings.Contains(f, "420")
}

// sameColours convert a frame to another resolution of chroma, and keep its range and matrix.
func (r Reading) sameColours(format string) []Filter {
	to := map[string]string{"limited": "tv", "full": "pc"}[r.Range]
	return []Filter{{"scale", fmt.Sprintf("%d:%d:flags=%s:in_color_matrix=%[4]s:in_range=%[5]s:"+
		"out_color_matrix=%[4]s:out_range=%[5]s", r.Width, r.Height, stillFlags, r.Matrix, to)},
		{"format", format}}
}

// StillFilters returns the chain that makes an upright picture fill a frame of width and height
// pixels: it is scaled by swscale's named scaler, as how says (see ScaledSize), and converted to
// format, "bgr24" or "gray".
func (r Reading) StillFilters(width, height int, scaler, how, format string) string {
	w, h := ScaledSize(how, r.Width, r.Height, width, height)
	switch fit(how) { // sides of odd frames are rounded the other way
	case pad:
		w, h = min(w, width), min(h, height)
	case crop:
		w, h = max(w, width), max(h, height)
	}
	return joinFilters(r.pictureFilters(w, h, scaler, format),
		fit(how).frameFilters(w, h, width, height))
}
