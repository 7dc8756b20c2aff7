package picture

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"snellen/engine/step"
)

// maxParts bounds the segments or chunks of a file, each of which costs a read. The most that a
// PNG of MaxBytes usually has is half of it, since its writers make chunks of 8 KiB.
const maxParts = 1 << 16

// errParts refuses a file that is made to be slow.
var errParts = fmt.Errorf("it has more than %d parts", maxParts)

// The markers of a JPEG that are read here: ISO/IEC 10918-1, table B.1.
const (
	markerTEM   = 0x01
	markerRST0  = 0xd0
	markerSOI   = 0xd8 // the last of those that have no length
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP1  = 0xe1
	markerAdobe = 0xee // APP14
)

// isFrame reports whether a marker begins a frame, which has the size: SOF0 to SOF15, except the
// three of that range that are others, DHT, JPG and DAC.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// jpeg reads the segments before the picture.
func (f file) jpeg() (width, height, orientation int, err error) {
	at := int64(2)
	var adobeRGB bool
	var frame []byte
	for range maxParts {
		var head [4]byte // FF, marker, length
		if err := f.read(head[:], at); err != nil {
			return 0, 0, 0, err
		}
		marker, length := head[1], int64(binary.BigEndian.Uint16(head[2:]))
		switch {
		case head[0] != 0xff:
			return 0, 0, 0, errors.New("the header of the JPEG is damaged")
		case marker == 0xff: // fill
			at++
			continue
		case marker == markerTEM, marker >= markerRST0 && marker <= markerSOI:
			at += 2
			continue
		case marker == markerSOS && frame != nil:
			height = int(binary.BigEndian.Uint16(frame[1:]))
			width = int(binary.BigEndian.Uint16(frame[3:]))
			return width, height, orientation, checkFrame(frame, adobeRGB)
		case marker == markerSOS, marker == markerEOI, length < 2:
			return 0, 0, 0, errors.New("the header of the JPEG is damaged")
		case isFrame(marker) && frame == nil:
			if frame, err = f.segment(at, length); err != nil || len(frame) < 6 {
				return 0, 0, 0, cmp.Or(err, errCut)
			}
		case marker == markerAdobe:
			b, err := f.segment(at, length)
			if err != nil {
				return 0, 0, 0, err
			}
			adobeRGB = len(b) >= 12 && string(b[:5]) == "Adobe" && b[11] == 0
		case marker == markerAPP1 && orientation == 0:
			if orientation, err = f.exif(at+4, length-2); err != nil {
				return 0, 0, 0, err
			}
		}
		at += 2 + length
	}
	return 0, 0, 0, errParts
}

// segment returns what a segment of a JPEG holds, which is at most 64 KiB.
func (f file) segment(at, length int64) ([]byte, error) {
	b := make([]byte, length-2)
	return b, f.read(b, at+4)
}

// checkFrame refuses what ffmpeg would decode in wrong colours: red, green and blue of unlike
// resolution, which it takes for luma and chroma. A frame has the precision, height, width, and the
// number of components. Each component has three bytes: its name, its resolution, and a table.
func checkFrame(frame []byte, adobeRGB bool) error {
	if frame[5] != 3 || len(frame) < 6+3*3 {
		return nil
	}
	c := frame[6:]
	rgb := adobeRGB || string([]byte{c[0], c[3], c[6]}) == "RGB"
	if rgb && (c[1] != c[4] || c[1] != c[7]) {
		return errKind("a JPEG whose red, green and blue have unlike resolutions")
	}
	return nil
}

// The first bytes of a PNG, and of what a JPEG and some WebP have before EXIF.
const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	exifPrefix   = "Exif\x00\x00"
)

// png reads all chunks, since EXIF may be behind the picture. A chunk is a length, a type, so many
// bytes, and a checksum of four.
func (f file) png() (width, height, orientation int, err error) {
	var head [18]byte
	at := int64(len(pngSignature))
	if err := f.read(head[:], at); err != nil {
		return 0, 0, 0, err
	}
	if string(head[:8]) != "\x00\x00\x00\x0dIHDR" {
		return 0, 0, 0, errors.New("the header of the PNG is damaged")
	}
	width = int(binary.BigEndian.Uint32(head[8:]))
	height = int(binary.BigEndian.Uint32(head[12:]))
	oneBitGrey := head[16] == 1 && head[17] == 0 // bits, and the kind of colours
	for range maxParts {
		if err := f.read(head[:8], at); err != nil {
			return 0, 0, 0, err
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:8]) {
		case "acTL":
			if err := f.read(head[:12], at); err != nil {
				return 0, 0, 0, err
			}
			if n := binary.BigEndian.Uint32(head[8:]); n > 1 {
				return 0, 0, 0, errAnimated("an animated PNG")
			}
		case "tRNS":
			if oneBitGrey { // ffmpeg would show it
				return 0, 0, 0, errKind("a PNG of black and white of which one is transparent")
			}
		case "eXIf":
			if orientation, err = f.exif(at+8, length); err != nil {
				return 0, 0, 0, err
			}
		case "IEND":
			return width, height, orientation, nil
		}
		at += 12 + length
	}
	return 0, 0, 0, errParts
}

// webp reads all chunks. A chunk is a type, a length, and so many bytes, to an even number.
func (f file) webp() (width, height, orientation int, err error) {
	var head [18]byte
	if err := f.read(head[:12], 0); err != nil {
		return 0, 0, 0, err
	}
	end := 8 + int64(binary.LittleEndian.Uint32(head[4:]))
	if end > f.size {
		return 0, 0, 0, errCut
	}
	pictures := 0
	at := int64(12)
	for n := 0; at+8 <= end; n++ {
		if n == maxParts {
			return 0, 0, 0, errParts
		}
		if err := f.read(head[:8], at); err != nil {
			return 0, 0, 0, err
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		switch kind := string(head[:4]); kind {
		case "VP8X", "VP8 ", "VP8L":
			body := head[8 : 8+min(10, length)]
			if err := f.read(body, at+8); err != nil {
				return 0, 0, 0, err
			}
			w, h, animated := webpSize(kind, body)
			if animated {
				return 0, 0, 0, errAnimated("an animated WebP")
			}
			if width == 0 { // the first one is that of the whole
				width, height = w, h
			}
			if kind != "VP8X" {
				pictures++
			}
		case "EXIF":
			if orientation, err = f.exif(at+8, length); err != nil {
				return 0, 0, 0, err
			}
		}
		at += 8 + length + length&1
	}
	if pictures == 0 {
		return 0, 0, 0, errCut
	}
	return width, height, orientation, nil
}

// webpSize returns the size that a chunk states, or 0 if it is damaged.
func webpSize(kind string, b []byte) (width, height int, animated bool) {
	switch {
	case kind == "VP8X" && len(b) >= 10:
		return 1 + (int(b[4]) | int(b[5])<<8 | int(b[6])<<16),
			1 + (int(b[7]) | int(b[8])<<8 | int(b[9])<<16), b[0]&2 != 0
	case kind == "VP8 " && len(b) >= 10 && string(b[3:6]) == "\x9d\x01\x2a":
		return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff),
			int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), false
	case kind == "VP8L" && len(b) >= 5 && b[0] == 0x2f:
		bits := binary.LittleEndian.Uint32(b[1:])
		return 1 + int(bits&0x3fff), 1 + int(bits>>14&0x3fff), false
	}
	return 0, 0, false
}

// bmp reads the size. A negative height means that the rows begin at the top.
func (f file) bmp() (width, height int, err error) {
	var head [26]byte
	if err := f.read(head[:], 0); err != nil {
		return 0, 0, err
	}
	if binary.LittleEndian.Uint32(head[14:]) == 12 { // of OS/2
		return int(binary.LittleEndian.Uint16(head[18:])),
			int(binary.LittleEndian.Uint16(head[20:])), nil
	}
	width = int(int32(binary.LittleEndian.Uint32(head[18:])))
	height = int(int32(binary.LittleEndian.Uint32(head[22:])))
	return width, max(height, -height), nil
}

func errAnimated(what string) error {
	return step.WithHint(fmt.Errorf("this is %s, not a picture", what),
		"take a frame of it: ffmpeg -i FILE -frames:v 1 picture.png")
}

func errRaw(what string) error {
	return step.WithHint(fmt.Errorf("this is %s, which is not read", what),
		"develop it: export it as JPEG, or as TIFF without tiles")
}

// errKind refuses a picture of a format that is read, in a form that is not.
func errKind(what string) error {
	return step.WithHint(fmt.Errorf("this is %s, which is not read", what),
		"convert it: convert FILE picture.png")
}
