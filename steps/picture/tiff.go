package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The tags of TIFF that are read here.
const (
	tagSubfile     = 254 // bit 0: a smaller copy of another picture
	tagWidth       = 256
	tagHeight      = 257
	tagBits        = 258 // of each sample; that of the first counts
	tagCompression = 259
	tagPhotometric = 262
	tagOrientation = 274
	tagTileWidth   = 322
	tagExtra       = 338 // what the samples beside the colours are
	tagSample      = 339 // the numbers of a sample; that of the first counts
	tagDNG         = 50706
)

// Values of TIFF's tags.
const (
	photometricCFA    = 32803 // of a sensor's raw picture
	photometricLinear = 34892
	extraMultiplied   = 1 // transparency by which the colours are multiplied already
	sampleUnsigned    = 1
)

// compressions are those of TIFF that ffmpeg decodes: none, fax in three forms, LZW, deflate by two
// numbers, PackBits and LZMA.
var compressions = []uint32{1, 2, 3, 4, 5, 8, 32946, 32773, 34925}

// tiff reads the first directory.
func (f file) tiff() (width, height, orientation int, err error) {
	tags, err := f.directory()
	if err != nil {
		return 0, 0, 0, err
	}
	return int(tags[tagWidth]), int(tags[tagHeight]), int(tags[tagOrientation]), checkTIFF(tags)
}

// checkTIFF refuses raw pictures, and what ffmpeg refuses without saying why or, worse, decodes to
// noise.
func checkTIFF(tags map[uint16]uint32) error {
	_, dng := tags[tagDNG]
	_, tiles := tags[tagTileWidth]
	compression, compressed := tags[tagCompression]
	sample, stated := tags[tagSample]
	photometric, bits := tags[tagPhotometric], tags[tagBits]
	switch {
	case dng, photometric == photometricCFA, photometric == photometricLinear,
		tags[tagSubfile]&1 != 0:
		return errRaw("a camera's raw picture")
	case tiles:
		return errKind("a TIFF of tiles")
	case compressed && !slices.Contains(compressions, compression):
		return errKind(fmt.Sprintf("a TIFF of compression %d", compression))
	case stated && sample != sampleUnsigned:
		return errKind("a TIFF of signed numbers or fractions")
	case bits > 16 || bits > 8 && bits < 16:
		return errKind(fmt.Sprintf("a TIFF of %d bits a sample", bits))
	case tags[tagExtra] == extraMultiplied:
		return errKind("a TIFF whose colours are multiplied by their transparency")
	}
	return nil
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
// integer. Of values that do not stand in the directory itself, only those of tagBits and tagSample
// are read.
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
		tag, kind, value := order.Uint16(entries), order.Uint16(entries[2:]), entries[8:12]
		if int(kind) >= len(integers) || integers[kind] == 0 {
			continue
		}
		if int64(order.Uint32(entries[4:])) > 4/integers[kind] { // the values stand elsewhere
			if tag != tagBits && tag != tagSample {
				continue
			}
			value = make([]byte, 4)
			if err := f.read(value, int64(order.Uint32(entries[8:]))); err != nil {
				return nil, err
			}
		}
		switch integers[kind] {
		case 1:
			tags[tag] = uint32(value[0])
		case 2:
			tags[tag] = uint32(order.Uint16(value))
		case 4:
			tags[tag] = order.Uint32(value)
		}
	}
	return tags, nil
}

// integers are the sizes of TIFF's kinds of integers, in bytes: byte, short and long.
var integers = [...]int64{1: 1, 3: 2, 4: 4}
