package picture

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"snellen/engine/step"
)

// sniffed is how many bytes at the beginning of a file decide what it is.
const sniffed = 1024

// detect returns the format of a picture by its first bytes, or "" if it is none that is read.
func detect(head []byte) string {
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case begins("\xff\xd8\xff"):
		return "jpeg"
	case begins(pngSignature):
		return "png"
	case begins("RIFF") && at(head, 8, "WEBP"):
		return "webp"
	case begins("II*\x00") && !at(head, 8, "CR\x02\x00"), begins("MM\x00*"):
		return "tiff"
	case begins("BM") && at(head, 15, "\x00\x00\x00"): // the length of a header, below 256
		return "bmp"
	}
	return ""
}

// at reports whether text stands at a place of b.
func at(b []byte, place int, text string) bool {
	return len(b) >= place+len(text) && string(b[place:place+len(text)]) == text
}

// Hints of refusals.
const (
	hintHEIC = "convert it: heif-convert FILE picture.jpg; a phone set to \"most compatible\" " +
		"makes JPEGs"
	hintConvert = "convert it: ffmpeg -i FILE -frames:v 1 picture.png"
	hintVideo   = "name it in videos"
)

// A signature is how files of a kind begin that are no picture, or one that is not read.
type signature struct {
	place      int
	text       string
	what, hint string
}

// signatures are looked at in order.
var signatures = []signature{
	{0, "GIF8", "a GIF, which is not read", hintConvert},
	{0, "II+\x00", "a BigTIFF, which is not read", "convert it to TIFF, PNG or JPEG"},
	{0, "MM\x00+", "a BigTIFF, which is not read", "convert it to TIFF, PNG or JPEG"},
	{4, "JXL \r\n\x87\n", "a JPEG XL picture, which is not read",
		"convert it: djxl FILE picture.png"},
	{0, "\xff\x0a", "a JPEG XL picture, which is not read", "convert it: djxl FILE picture.png"},
	{4, "jP  \r\n\x87\n", "a JPEG 2000 picture, which is not read", hintConvert},
	{0, "\xff\x4f\xff\x51", "a JPEG 2000 picture, which is not read", hintConvert},
	{0, "8BPS", "a Photoshop document, which is not read", "export it as JPEG or PNG"},
	{0, "%PDF", "a PDF, not a picture", ""},
	{0, "\x1a\x45\xdf\xa3", "a video", hintVideo}, // Matroska, WebM
	{8, "AVI ", "a video", hintVideo},
	{0, "OggS", "a video or sound", hintVideo},
	{0, "FLV\x01", "a video", hintVideo},
	{0, "\x00\x00\x01\xba", "a video", hintVideo},          // MPEG
	{0, "\x00\x00\x01\xb3", "a video", hintVideo},          // MPEG
	{0, "\x30\x26\xb2\x75", "a video or sound", hintVideo}, // ASF
	{0, "version https://git-lfs", "a pointer of Git LFS, not the picture itself", "git lfs pull"},
	{0, "PK\x03\x04", "a ZIP file, not a picture", "unpack it"},
}

// raws are how raw pictures of cameras begin, besides those that are TIFF.
var raws = []signature{
	{place: 8, text: "CR\x02\x00"}, {place: 4, text: "ftypcrx "}, {place: 0, text: "IIU\x00"},
	{place: 0, text: "IIRO"}, {place: 0, text: "IIRS"}, {place: 0, text: "MMOR"},
	{place: 0, text: "FUJIFILMCCD-RAW"}, {place: 0, text: "FOVb"}, {place: 0, text: "\x00MRM"},
}

// refusal returns the error for a file that begins in this way and is no picture that is read.
func refusal(head []byte) error {
	for _, s := range raws {
		if at(head, s.place, s.text) {
			return errRaw("a camera's raw picture")
		}
	}
	if at(head, 4, "ftyp") {
		return refuseBrands(head)
	}
	for _, s := range signatures {
		if at(head, s.place, s.text) {
			return step.WithHint(fmt.Errorf("this is %s", s.what), s.hint)
		}
	}
	for _, box := range []string{"moov", "mdat", "wide", "free", "skip"} {
		if at(head, 4, box) {
			return step.WithHint(errors.New("this is a video"), hintVideo)
		}
	}
	if at(head, 0, "G") && at(head, 188, "G") && at(head, 376, "G") {
		return step.WithHint(errors.New("this is a video"), hintVideo)
	}
	if what := textKind(head); what != "" {
		return fmt.Errorf("this is %s, not a picture", what)
	}
	return errors.New("this is not a picture: JPEG, PNG, WebP, TIFF and BMP are read")
}

// refuseBrands refuses a file of ISO's base format, by the brands that it names: pictures have it,
// and videos. A brand of four letters follows every four bytes from the eighth on, except that the
// second one is a version.
func refuseBrands(head []byte) error {
	box := head[8:min(len(head), 8+4*64)]
	if n := int(head[2])<<8 | int(head[3]); head[0] == 0 && head[1] == 0 && n >= 8 {
		box = head[8:min(len(head), n)]
	}
	var heif bool
	for ; len(box) >= 4; box = box[4:] {
		switch string(box[:4]) {
		case "avif", "avis":
			return step.WithHint(errors.New("this is an AVIF picture, which is not read"),
				hintConvert)
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs":
			return step.WithHint(errors.New("this is a HEIC picture, which is not read"), hintHEIC)
		case "mif1", "mif2", "msf1":
			heif = true
		}
	}
	if heif {
		return step.WithHint(errors.New("this is a HEIF picture, which is not read"), hintHEIC)
	}
	return step.WithHint(errors.New("this is a video"), hintVideo)
}

// textKind returns what a text is, or "" if the bytes are no text.
func textKind(head []byte) string {
	for text := head; len(text) > 0; {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 && (len(head) < sniffed || len(text) >= utf8.UTFMax) {
			return ""
		}
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return ""
		}
		text = text[n:]
	}
	start := strings.ToLower(strings.TrimSpace(string(head)))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return "an HTML page"
	case strings.HasPrefix(start, "<svg"),
		strings.HasPrefix(start, "<?xml") && strings.Contains(start, "<svg"):
		return "an SVG drawing"
	}
	return "a text"
}
