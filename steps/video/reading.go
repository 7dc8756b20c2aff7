package video

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/regular"
)

// A Reading says how a file's frames become pictures. Every picture that a network or a person sees
// is made by it. What a file leaves open is filled in by a rule and listed in Assumed.
type Reading struct {
	Stream int `json:"stream"`           // as ffmpeg counts the file's streams
	Videos int `json:"videos,omitempty"` // videos in the file, without covers; 0 means one

	// The size of a decoded frame as stored, in pixels.
	Width  int `json:"stored_width"`
	Height int `json:"stored_height"`

	PixelFormat string `json:"pixel_format"`          // ffmpeg's name: "yuv420p"
	Rotation    int    `json:"turn,omitempty"`        // degrees clockwise: 0, 90, 180 or 270
	Mirror      bool   `json:"mirror,omitempty"`      // left and right swapped, after it
	PixelAspect string `json:"pixel_aspect"`          // width to height of a stored pixel: "1:1"
	Interlaced  string `json:"interlaced,omitempty"`  // the first field: "top" or "bottom"; or ""
	Range       string `json:"range"`                 // "limited" or "full"
	Matrix      string `json:"matrix"`                // a key of matrixTitles: "bt709", "rgb"
	Transfer    string `json:"transfer,omitempty"`    // ffmpeg's name, or "" if the file has none
	Primaries   string `json:"primaries,omitempty"`   // ffmpeg's name, or "" if the file has none
	ToneMapped  bool   `json:"tone_mapped,omitempty"` // wide light or colours become BT.709
	TimeBase    string `json:"time_base"`             // of the stream's times: "1/12800"

	// Assumed lists what the file does not say: "range", "matrix", "times".
	Assumed []string `json:"assumed,omitempty"`
}

// HD begins at this size: from it on, untagged colours are BT.709's, below it BT.601's, as browsers
// have it.
const (
	hdLong  = 1280 // pixels of the longer side
	hdShort = 720  // pixels of the shorter side
)

// fields are the values that ffprobe prints of a frame, by ffprobe's names.
type fields map[string]string

// known returns a value, or "" if ffprobe has printed a word for an unknown one.
func (f fields) known(name string) string {
	switch v := f[name]; v {
	case "unknown", "unspecified", "reserved", "N/A", "0:1":
		return ""
	default:
		return v
	}
}

// newReading returns the reading of a stream with its first frame, and notes about it. Rotation and
// pixel shape come from the stream if the frame has none.
func newReading(s stream, frame fields) (Reading, []string) {
	r := Reading{
		Stream: s.Index, Videos: s.videos, PixelFormat: frame["pix_fmt"], TimeBase: s.TimeBase,
		Transfer: frame.known("color_transfer"), Primaries: frame.known("color_primaries"),
	}
	r.Width, _ = strconv.Atoi(frame["width"])
	r.Height, _ = strconv.Atoi(frame["height"])
	var notes []string
	matrix := parseDisplayMatrix(cmp.Or(frame["displaymatrix"], s.displayMatrix()))
	r.Rotation, r.Mirror = matrix.orientation()
	if d := matrix.tilt(); d >= 1 {
		notes = append(notes,
			fmt.Sprintf("its picture leans by %.0f degrees: it is read as it would be without them",
				d))
	}
	r.PixelAspect = aspect(cmp.Or(frame.known("sample_aspect_ratio"), s.SampleAspect))
	r.Range, r.Matrix = r.valueRange(frame), r.matrix(frame)
	if r.Matrix == "" {
		r.Matrix, r.Assumed = r.defaultMatrix(), append(r.Assumed, "matrix")
		if space := frame.known("color_space"); space != "" {
			notes = append(notes,
				fmt.Sprintf("its colours are coded by %s, which is not known here: they are read "+
					"as %s", space, matrixTitle(r.Matrix)))
		}
	}
	if r.Range == "" {
		r.Range, r.Assumed = "limited", append(r.Assumed, "range")
	}
	if s.dolbyVision() == 5 {
		notes = append(notes,
			"it is Dolby Vision of profile 5, whose colours need a player of that kind: film or "+
				"export it as HLG, HDR10 or SDR")
	}
	return r, notes
}

// ToneMap enables tone mapping to BT.709 for light or colours beyond it, if can says that ffmpeg is
// able to. If it is not, the returned note says so.
func (r *Reading) ToneMap(can bool) (note string) {
	if r.ToneMapped = r.wide() && can; r.wide() && !can {
		return fmt.Sprintf(
			"it is %s, and this ffmpeg has no zscale to bring it to BT.709: its pictures are "+
				"washed out", r.wideName())
	}
	return ""
}

// isRGB reports whether a pixel format stores red, green and blue rather than luma and chroma.
func isRGB(format string) bool {
	for _, part := range []string{"rgb", "bgr", "gbr"} {
		if strings.Contains(format, part) {
			return true
		}
	}
	return format == "pal8"
}

func isGrey(format string) bool {
	return strings.HasPrefix(format, "gray") || strings.HasPrefix(format, "mono") ||
		strings.HasPrefix(format, "ya")
}

// valueRange returns "limited" or "full", or "" if the file does not say.
func (r Reading) valueRange(frame fields) string {
	switch tagged := frame["color_range"]; {
	case isRGB(r.PixelFormat), tagged == "pc", strings.HasPrefix(r.PixelFormat, "yuvj"):
		return "full"
	case tagged == "tv":
		return "limited"
	case isGrey(r.PixelFormat): // as in ffmpeg
		return "full"
	}
	return ""
}

// matrixNames maps ffprobe's names of matrices to swscale's.
var matrixNames = map[string]string{
	"bt709": "bt709", "bt470bg": "bt601", "smpte170m": "bt601", "fcc": "fcc",
	"smpte240m": "smpte240m",
	"bt2020nc":  "bt2020", "bt2020c": "bt2020",
}

// matrix returns how luma and chroma are made of red, green and blue, or "" if nothing in the file
// says so.
func (r Reading) matrix(frame fields) string {
	if isRGB(r.PixelFormat) {
		return "rgb"
	}
	if space := frame.known("color_space"); space != "" {
		return matrixNames[space]
	}
	switch r.Primaries {
	case "bt709":
		return "bt709"
	case "bt2020":
		return "bt2020"
	case "bt470bg", "bt470m", "smpte170m":
		return "bt601"
	}
	if r.hdr() {
		return "bt2020"
	}
	return ""
}

// defaultMatrix returns the matrix of untagged video, which depends on its size.
func (r Reading) defaultMatrix() string {
	if max(r.Width, r.Height) >= hdLong || min(r.Width, r.Height) >= hdShort {
		return "bt709"
	}
	return "bt601"
}

// hdr reports whether the transfer is one of high dynamic range.
func (r Reading) hdr() bool { return r.Transfer == "arib-std-b67" || r.Transfer == "smpte2084" }

// wide reports whether light or colours go beyond BT.709.
func (r Reading) wide() bool { return r.hdr() || r.Primaries == "bt2020" || r.Matrix == "bt2020" }

// wideName returns the name of what goes beyond BT.709.
func (r Reading) wideName() string {
	switch r.Transfer {
	case "arib-std-b67":
		return "HLG"
	case "smpte2084":
		return "PQ"
	}
	return "BT.2020"
}

// A displayMatrix is the linear part of a file's display matrix: where a step to the right and a
// step down lead.
type displayMatrix [4]float64

// parseDisplayMatrix parses ffprobe's text: three rows of three numbers, each row after its number
// and a colon. A text that is no matrix, or a singular one, means no rotation.
func parseDisplayMatrix(text string) displayMatrix {
	var n []float64
	for _, word := range strings.Fields(strings.ReplaceAll(text, `\n`, " ")) {
		if v, err := strconv.ParseFloat(word, 64); err == nil {
			n = append(n, v)
		}
	}
	if len(n) != 9 || n[0]*n[4] == n[1]*n[3] {
		return displayMatrix{1, 0, 0, 1}
	}
	return displayMatrix{n[0], n[1], n[3], n[4]}
}

// orientation returns the rotation by right angles, in degrees clockwise, and the mirror after it,
// that make a frame stand as the matrix says.
func (m displayMatrix) orientation() (turn int, mirror bool) {
	// Nearer to 0 or 180 degrees than to 90 or 270.
	if math.Abs(m[0])+math.Abs(m[3]) >= math.Abs(m[1])+math.Abs(m[2]) {
		if m[3] < 0 {
			turn = 180
		}
		return turn, (m[0] < 0) != (m[3] < 0)
	}
	if turn = 90; m[1] < 0 {
		turn = 270
	}
	return turn, (m[1] < 0) == (m[2] < 0)
}

// tilt returns by how many degrees the matrix misses a right angle.
func (m displayMatrix) tilt() float64 {
	degrees := math.Atan2(m[1], m[0]) * 180 / math.Pi
	return math.Abs(degrees - 90*math.Round(degrees/90))
}

// aspect returns a pixel's aspect as ffprobe writes it, or "1:1" if the text is not an aspect.
func aspect(text string) string {
	if w, h, ok := ratio(text, ":"); !ok || w == h {
		return "1:1"
	}
	return text
}

// ratio parses two positive numbers with a separator between them.
func ratio(text, between string) (a, b int, ok bool) {
	first, second, found := strings.Cut(text, between)
	a, err := strconv.Atoi(first)
	b, err2 := strconv.Atoi(second)
	return a, b, found && err == nil && err2 == nil && a > 0 && b > 0
}

// DisplaySize returns the size at which a frame is shown, in pixels: upright, with square pixels.
// The shorter stored side grows to the nearest even number, so that no pixels are lost.
func (r Reading) DisplaySize() (width, height int) {
	width, height = r.Width, r.Height
	if w, h, ok := ratio(r.PixelAspect, ":"); ok && w > h {
		width = evenSide(width, w, h)
	} else if ok && h > w {
		height = evenSide(height, h, w)
	}
	if r.Rotation%180 != 0 {
		return height, width
	}
	return width, height
}

func evenSide(side, a, b int) int {
	return 2 * int(math.Round(float64(side)*float64(a)/float64(b)/2))
}

// encoded returns the reading of a video that was transcoded from one with this reading, to a size
// in pixels. It is upright, square, progressive and of limited range. It has the source's matrix,
// since swscale keeps it between videos.
func (r Reading) encoded(width, height int) Reading {
	return Reading{Width: width, Height: height, PixelFormat: r.encodedFormat(), PixelAspect: "1:1",
		Range: "limited", Matrix: r.encodedMatrix(), TimeBase: frameTimeBase}
}

func (r Reading) encodedMatrix() string {
	switch {
	case r.ToneMapped:
		return "bt709"
	case r.Matrix == "rgb":
		return "bt601"
	}
	return r.Matrix
}

// encodedFormat returns the pixel format of encoded videos: 8 bits, with the source's chroma
// resolution.
func (r Reading) encodedFormat() string {
	if r.ToneMapped {
		return "yuv420p"
	}
	return r.chromaFormat()
}

// chromaFormat returns the 8-bit pixel format with the chroma resolution of the stored one.
func (r Reading) chromaFormat() string {
	switch f := r.PixelFormat; {
	case strings.Contains(f, "444"), strings.Contains(f, "440"), isRGB(f):
		return "yuv444p"
	case strings.Contains(f, "422"), strings.HasPrefix(f, "nv16"), strings.HasPrefix(f, "y21"):
		return "yuv422p"
	}
	return "yuv420p"
}

// matrixTitles are the names of matrices for people.
var matrixTitles = map[string]string{"bt709": "BT.709", "bt601": "BT.601", "bt2020": "BT.2020",
	"fcc": "FCC", "smpte240m": "SMPTE 240M", "rgb": "RGB"}

func matrixTitle(matrix string) string { return cmp.Or(matrixTitles[matrix], matrix) }

// Describe returns how the frames are read in words for people: a phrase for each property that
// other videos do not share.
func (r Reading) Describe() []string {
	w, h := r.DisplaySize()
	phrases := []string{fmt.Sprintf("%dx%d", w, h)}
	if w != r.Width || h != r.Height {
		phrases[0] += fmt.Sprintf(", stored as %dx%d", r.Width, r.Height)
	}
	phrases = append(append(phrases, r.describeShape()...), r.describeColours())
	if r.Videos > 1 {
		phrases = append(phrases, r.describeStream())
	}
	if r.assumes("times") {
		phrases = append(phrases, "times made from its rate")
	}
	return phrases
}

// Unusual returns, in words for people, what distinguishes the video from an upright and
// progressive one with square pixels and the colours of BT.709 or BT.601.
func (r Reading) Unusual() []string {
	phrases := r.describeShape()
	if r.wide() {
		phrases = append(phrases, r.describeWide())
	}
	if r.Videos > 1 {
		phrases = append(phrases, r.describeStream())
	}
	return phrases
}

// describeShape returns how stored frames differ from shown ones in more than their size.
func (r Reading) describeShape() (phrases []string) {
	if r.Rotation != 0 {
		phrases = append(phrases, fmt.Sprintf("turned by %d degrees", r.Rotation))
	}
	if r.Mirror {
		phrases = append(phrases, "mirrored")
	}
	if r.PixelAspect != "1:1" {
		phrases = append(phrases, "pixels of "+r.PixelAspect+" made square")
	}
	if r.Interlaced != "" {
		phrases = append(phrases, fmt.Sprintf("interlaced, %s field first: deinterlaced",
			r.Interlaced))
	}
	return phrases
}

func (r Reading) describeStream() string {
	return fmt.Sprintf("stream %d, one of %d videos in the file", r.Stream, r.Videos)
}

// describeWide returns what becomes of light or colours that go beyond BT.709.
func (r Reading) describeWide() string {
	if r.ToneMapped {
		return r.wideName() + " tone-mapped to BT.709"
	}
	return r.wideName() + " not tone-mapped"
}

func (r Reading) describeColours() string {
	if r.Matrix == "rgb" {
		return "RGB, " + r.PixelFormat
	}
	text := matrixTitle(r.Matrix)
	if r.assumes("matrix") {
		text += " by its size, as the file does not say"
	}
	text += ", " + r.Range + " range"
	if r.assumes("range") && !r.assumes("matrix") {
		text += ", as the file does not say"
	}
	if r.wide() {
		text += ", " + r.describeWide()
	}
	return text + ", " + r.PixelFormat
}

func (r Reading) assumes(what string) bool { return slices.Contains(r.Assumed, what) }

// LoadReading reads a reading.json and checks it.
func LoadReading(path string) (Reading, error) {
	data, err := regular.Read(path, MaxJSON)
	if err != nil {
		return Reading{}, fmt.Errorf("reading: %w", err)
	}
	return ParseReading(data)
}

// ParseReading parses a reading.json and checks it.
func ParseReading(data []byte) (r Reading, err error) {
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("reading: %w", err)
	}
	return r, r.Check()
}

// Check refuses what no probe writes: a reading becomes a command line and the size of a buffer.
func (r Reading) Check() error {
	w, h := r.DisplaySize()
	switch {
	case r.Stream < 0 || min(r.Width, r.Height, w, h) < 1 || max(r.Width, r.Height, w, h) > maxSide,
		r.Rotation%90 != 0 || r.Rotation < 0 || r.Rotation > 270,
		matrixTitles[r.Matrix] == "" || r.Range != "limited" && r.Range != "full":
		return fmt.Errorf("reading: %+v is not valid", r)
	}
	return nil
}
