package picture

import (
	"bytes"
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
	markerTEM  = 0x01
	markerRST0 = 0xd0
	markerSOI  = 0xd8 // the last of those that have no length
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP1 = 0xe1
)

// isFrame reports whether a marker begins a frame, which has the size: SOF0 to SOF15, except the
// three of that range that are others, DHT, JPG and DAC.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// jpeg reads the segments before the picture.
func (f file) jpeg() (width, height, orientation int, err error) {
	at := int64(2)
	for range maxParts {
		var head [9]byte // FF, marker, length, and of a frame precision, height and width
		if err := f.read(head[:4], at); err != nil {
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
		case marker == markerSOS && width > 0:
			return width, height, orientation, nil
		case marker == markerSOS, marker == markerEOI, length < 2:
			return 0, 0, 0, errors.New("the header of the JPEG is damaged")
		case isFrame(marker) && width == 0:
			if err := f.read(head[:], at); err != nil {
				return 0, 0, 0, err
			}
			height = int(binary.BigEndian.Uint16(head[5:]))
			width = int(binary.BigEndian.Uint16(head[7:]))
		case marker == markerAPP1 && orientation == 0:
			if orientation, err = f.exif(at+4, length-2); err != nil {
				return 0, 0, 0, err
			}
		}
		at += 2 + length
	}
	return 0, 0, 0, errParts
}

// The first bytes of a PNG, and of what a JPEG and some WebP have before EXIF.
const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	exifPrefix   = "Exif\x00\x00"
)

// png reads all chunks, since EXIF may be behind the picture. A chunk is a length, a type, so many
// bytes, and a checksum of four.
func (f file) png() (width, height, orientation int, err error) {
	var head [16]byte
	at := int64(len(pngSignature))
	if err := f.read(head[:], at); err != nil {
		return 0, 0, 0, err
	}
	if string(head[:8]) != "\x00\x00\x00\x0dIHDR" {
		return 0, 0, 0, errors.New("the header of the PNG is damaged")
	}
	width = int(binary.BigEndian.Uint32(head[8:]))
	height = int(binary.BigEndian.Uint32(head[12:]))
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

// The tags of TIFF that are read here.
const (
	tagSubfile     = 254 // bit 0: a smaller copy of another picture
	tagWidth       = 256
	tagHeight      = 257
	tagPhotometric = 262
	tagOrientation = 274
	tagDNG         = 50706
)

// Values of tagPhotometric that a sensor's raw pictures have.
const (
	photometricCFA    = 32803
	photometricLinear = 34892
)

// tiff reads the first directory.
func (f file) tiff() (width, height, orientation int, err error) {
	tags, err := f.directory()
	if err != nil {
		return 0, 0, 0, err
	}
	_, dng := tags[tagDNG]
	p := tags[tagPhotometric]
	if dng || p == photometricCFA || p == photometricLinear || tags[tagSubfile]&1 != 0 {
		return 0, 0, 0, errRaw("a camera's raw picture")
	}
	return int(tags[tagWidth]), int(tags[tagHeight]), int(tags[tagOrientation]), nil
}

// exif returns the orientation in the length bytes at a place of the file, if they are EXIF, and 0
// if they have none. Damaged EXIF is no reason to refuse a picture.
func (f file) exif(at, length int64) (orientation int, err error) {
	if at+length > f.size {
		return 0, errCut
	}
	b := make([]byte, min(length, maxEXIF))
	if err := f.read(b, at); err != nil {
		return 0, err
	}
	b = bytes.TrimPrefix(b, []byte(exifPrefix))
	tags, err := file{bytes.NewReader(b), int64(len(b))}.directory()
	if err != nil {
		return 0, nil
	}
	return int(tags[tagOrientation]), nil
}

// maxEXIF bounds the EXIF that is read, in bytes. The orientation is in its first directory; a JPEG
// has no more than this.
const maxEXIF = 1 << 16

// directory returns the first value of each tag in the first directory of a TIFF, where that is an
// integer that stands in the directory itself.
func (f file) directory() (map[uint16]uint32, error) {
	var head [8]byte
	if err := f.read(head[:], 0); err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	if order.Uint16(head[2:]) != 42 || string(head[:2]) != "II" && string(head[:2]) != "MM" {
		return nil, errors.New("the header of the TIFF is damaged")
	}
	at := int64(order.Uint32(head[4:]))
	if err := f.read(head[:2], at); err != nil {
		return nil, err
	}
	entries := make([]byte, 12*int(order.Uint16(head[:])))
	if err := f.read(entries, at+2); err != nil {
		return nil, err
	}
	tags := map[uint16]uint32{}
	for ; len(entries) > 0; entries = entries[12:] {
		tag, value := order.Uint16(entries), entries[8:]
		switch order.Uint16(entries[2:]) {
		case 1: // byte
			tags[tag] = uint32(value[0])
		case 3: // short
			tags[tag] = uint32(order.Uint16(value))
		case 4: // long
			tags[tag] = order.Uint32(value)
		}
	}
	return tags, nil
}

func errAnimated(what string) error {
	return step.WithHint(fmt.Errorf("this is %s, not a picture", what),
		"take a frame of it: ffmpeg -i FILE -frames:v 1 picture.png")
}

func errRaw(what string) error {
	return step.WithHint(fmt.Errorf("this is %s, which is not read", what),
		"develop it: export it as JPEG, or as TIFF without tiles")
}
