package video

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
)

// A Filter is one of ffmpeg's filters, with its arguments as ffmpeg writes them.
type Filter struct{ Name, Args string }

// String returns the filter as it stands in a chain. A comma would end it there, so it is escaped.
func (f Filter) String() string {
	if f.Args == "" {
		return f.Name
	}
	return f.Name + "=" + strings.ReplaceAll(f.Args, ",", `\,`)
}

// joinFilters returns filters as one chain.
func joinFilters(chains ...[]Filter) string {
	var texts []string
	for _, chain := range chains {
		for _, f := range chain {
			texts = append(texts, f.String())
		}
	}
	return strings.Join(texts, ",")
}

// frameTimeBase is the time base of everything that ffmpeg makes. Frames are numbered at 25 a
// second, whatever times the source has: the probe alone says when a frame is shown.
const frameTimeBase = "1/25"

// progressiveFilters deinterlace, and set the time of each frame to its number.
func (r Reading) progressiveFilters() []Filter {
	var chain []Filter
	if r.Interlaced != "" {
		chain = append(chain, Filter{"bwdif", "mode=send_frame:parity=auto:deint=interlaced"})
	}
	return append(chain, Filter{"settb", frameTimeBase}, Filter{"setpts", "N"})
}

// pictureFilters turn frames upright, scale them to width and height in pixels with swscale's named
// scaler, and convert them to a pixel format: "bgr24", "gray", or a format that is encoded.
// Bit-exact flags keep the result the same on every processor.
func (r Reading) pictureFilters(width, height int, by, format string) []Filter {
	chain := r.rotationFilters()
	exact := by + "+accurate_rnd+bitexact"
	if r.ToneMapped {
		chain = append(append(chain, r.scaleFilters(width, height, exact, "gbrp10le")...),
			r.toneMapFilters()...)
		return append(chain, toneMappedReading.scaleFilters(width, height, exact, format)...)
	}
	if w, h := r.rotatedSize(); format == "bgr24" && w == width && h == height {
		exact = by + "+bitexact" // swscale's fast conversion, which is the same on every x86
	}
	return append(chain, r.scaleFilters(width, height, exact, format)...)
}

// toneMappedReading is the reading of tone-mapped frames.
var toneMappedReading = Reading{Matrix: "rgb", ToneMapped: true}

// rotationFilters turn a frame upright, and undo a mirror.
func (r Reading) rotationFilters() []Filter {
	switch {
	case r.Rotation == 90 && r.Mirror:
		return []Filter{{"transpose", "cclock_flip"}}
	case r.Rotation == 90:
		return []Filter{{"transpose", "clock"}}
	case r.Rotation == 270 && r.Mirror:
		return []Filter{{"transpose", "clock_flip"}}
	case r.Rotation == 270:
		return []Filter{{"transpose", "cclock"}}
	case r.Rotation == 180 && r.Mirror:
		return []Filter{{"vflip", ""}}
	case r.Rotation == 180:
		return []Filter{{"hflip", ""}, {"vflip", ""}}
	case r.Mirror:
		return []Filter{{"hflip", ""}}
	}
	return nil
}

// rotatedSize returns the size of a stored frame after its rotation, in pixels.
func (r Reading) rotatedSize() (width, height int) {
	if r.Rotation%180 != 0 {
		return r.Height, r.Width
	}
	return r.Width, r.Height
}

// scaleFilters scale a frame and convert it to a pixel format. Formats other than RGB then have
// limited range and the matrix of the encoded video.
func (r Reading) scaleFilters(width, height int, flags, format string) []Filter {
	args := fmt.Sprintf("%d:%d:flags=%s", width, height, flags)
	if r.Matrix != "rgb" {
		args += fmt.Sprintf(":in_color_matrix=%s:in_range=%s", r.Matrix,
			map[string]string{"limited": "tv", "full": "pc"}[r.Range])
	}
	if strings.HasPrefix(format, "yuv") {
		args += fmt.Sprintf(":out_color_matrix=%s:out_range=tv", r.encodedMatrix())
	}
	return []Filter{{"scale", args}, {"format", format}, {"setsar", "1"}}
}

// referenceWhite is the brightness of white in high dynamic range, in nits (ITU-R BT.2408).
const referenceWhite = 203

// toneMapFilters convert RGB of high dynamic range or of wide colours to BT.709, in linear light.
// Everything darker than four fifths of white stays as it is, so that a product looks the same as
// in footage of standard range. Brighter light is compressed into the rest.
func (r Reading) toneMapFilters() []Filter {
	transfer, primaries := "bt709", "bt2020"
	if r.hdr() {
		transfer = r.Transfer
	}
	if r.Primaries == "bt709" || r.Primaries == "smpte432" { // of a screen
		primaries = r.Primaries
	}
	chain := []Filter{
		{"zscale", fmt.Sprintf(
			"tin=%s:min=gbr:pin=%[2]s:rin=full:t=linear:m=gbr:p=%[2]s:r=full:npl=%[3]d", transfer,
			primaries, referenceWhite)},
		{"format", "gbrpf32le"},
		{"zscale", "p=bt709"},
	}
	if r.hdr() {
		chain = append(chain, Filter{"tonemap", "tonemap=mobius:param=0.8:desat=0"})
	}
	return append(chain, Filter{"zscale", "t=bt709:m=gbr:r=full"}, Filter{"format", "gbrp"})
}

// canToneMap reports whether the ffmpeg in PATH has the filters for tone mapping.
func canToneMap(ctx context.Context) (bool, error) {
	out, err := command(ctx, "ffmpeg", "-hide_banner", "-v", "error", "-filters").Output()
	if err != nil {
		return false, fmt.Errorf("ask ffmpeg for its filters: %w", err)
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) > 2 {
			has[fields[1]] = true
		}
	}
	if len(has) == 0 {
		return false, errors.New("ffmpeg does not list its filters")
	}
	return has["zscale"] && has["tonemap"], nil
}

// A fit says how a picture of one shape fills a frame of another.
type fit string

// The fits.
const (
	squeeze fit = "squeeze" // stretched to the frame's shape
	pad     fit = "pad"     // whole, with black around it
	crop    fit = "crop"    // filling the frame, its edges cut off
)

// ScaledSize returns the size in pixels to which a picture of width and height is scaled for a
// frame of w and h pixels. how is the fit: "squeeze", "pad" or "crop". An empty one is "squeeze".
func ScaledSize(how string, width, height, w, h int) (int, int) {
	return fit(how).scaledSize(width, height, w, h)
}

// scaledSize is ScaledSize. Sides are even, because encoded colours have half the pixels.
func (f fit) scaledSize(width, height, w, h int) (int, int) {
	x, y := float64(w)/float64(width), float64(h)/float64(height)
	factor := min(x, y)
	switch f {
	case squeeze, "":
		return w, h
	case crop:
		factor = max(x, y)
	}
	even := func(n int) int { return max(2*int(math.Round(float64(n)*factor/2)), 2) }
	return even(width), even(height)
}

// frameFilters pad or crop what was scaled to w and h pixels, to a frame of width and height.
func (f fit) frameFilters(w, h, width, height int) []Filter {
	at := func(room int) int { return room / 4 * 2 } // even: colours have half the pixels
	switch f {
	case pad:
		return []Filter{{"pad", fmt.Sprintf("%d:%d:%d:%d:black", width, height, at(width-w),
			at(height-h))}}
	case crop:
		return []Filter{{"crop", fmt.Sprintf("%d:%d:%d:%d", width, height, at(w-width),
			at(h-height))}}
	}
	return nil
}
