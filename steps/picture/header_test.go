package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"snellen/engine/step"
)

// stripes is a picture in which every row and column differs.
func stripes(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i/4%w*200/w + i/4/w*55/h)
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	return m
}

// encoded returns a picture in each format that Go writes.
func encoded(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, m)
	case "tiff":
		err = tiff.Encode(&b, m, nil)
	case "bmp":
		err = bmp.Encode(&b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp is the beginning of a WebP of 33x21 pixels with its extended header and these flags, and
// further chunks.
func webp(flags byte, chunks ...[]byte) []byte {
	body := chunk("VP8X", []byte{flags, 0, 0, 0, 32, 0, 0, 20, 0, 0})
	body = append(body, chunk("VP8 ", []byte("\x00\x00\x00\x9d\x01\x2a\x21\x00\x15\x00"))...)
	for _, c := range chunks {
		body = append(body, c...)
	}
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	return append(append(head, "WEBP"...), body...)
}

func chunk(kind string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	return append(append(b, data...), make([]byte, len(data)%2)...)
}

// exif is EXIF with an orientation, which another tag precedes.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II")
	if order.String() == "BigEndian" {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 10)
	b = append(b, 0, 0) // the directory does not follow at once
	b = order.AppendUint16(b, 2)
	for _, entry := range [][2]uint16{{271, 7}, {tagOrientation, orientation}} {
		b = order.AppendUint16(b, entry[0])
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, entry[1])
		b = append(b, 0, 0)
	}
	return order.AppendUint32(b, 0)
}

// withEXIF adds EXIF to a picture, where its format has it.
func withEXIF(t testing.TB, format string, data, exif []byte) []byte {
	t.Helper()
	switch format {
	case "jpeg":
		segment := append([]byte(exifPrefix), exif...)
		head := binary.BigEndian.AppendUint16([]byte{0xff, markerAPP1}, uint16(2+len(segment)))
		return concat(data[:2], head, segment, data[2:])
	case "png": // behind the picture
		end := len(data) - 12
		return concat(data[:end], pngChunk("eXIf", exif), data[end:])
	}
	t.Fatalf("EXIF in %s", format)
	return nil
}

func pngChunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// setTIFF changes the value of a tag of a little-endian TIFF, or adds the tag in place of another.
func setTIFF(t testing.TB, data []byte, old, tag, value uint16) []byte {
	t.Helper()
	data = bytes.Clone(data)
	at := binary.LittleEndian.Uint32(data[4:])
	for n := binary.LittleEndian.Uint16(data[at:]); n > 0; n-- {
		if entry := data[at+2+12*uint32(n-1):]; binary.LittleEndian.Uint16(entry) == old {
			binary.LittleEndian.PutUint16(entry, tag)
			binary.LittleEndian.PutUint16(entry[2:], 3)
			binary.LittleEndian.PutUint32(entry[4:], 1)
			binary.LittleEndian.PutUint32(entry[8:], uint32(value))
			return data
		}
	}
	t.Fatalf("there is no tag %d", old)
	return nil
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// tagResolutionUnit is a tag of every TIFF that Go writes. Nothing depends on it.
const tagResolutionUnit = 296

// TestHeader: format, size and orientation are read from every format, whatever the file's name.
func TestHeader(t *testing.T) {
	m := stripes(33, 21)
	for name, data := range map[string][]byte{
		"jpeg":              encoded(t, "jpeg", m),
		"jpeg, orientation": withEXIF(t, "jpeg", encoded(t, "jpeg", m), exif(binary.BigEndian, 6)),
		"png":               encoded(t, "png", m),
		"png, orientation":  withEXIF(t, "png", encoded(t, "png", m), exif(binary.LittleEndian, 6)),
		"webp":              webp(0),
		"webp, orientation": webp(8, chunk("EXIF", exif(binary.LittleEndian, 6))),
		"webp, orientation after a prefix": webp(8,
			chunk("EXIF", concat([]byte(exifPrefix), exif(binary.BigEndian, 6)))),
		"tiff": encoded(t, "tiff", m),
		"tiff, orientation": setTIFF(t, encoded(t, "tiff", m), tagResolutionUnit, tagOrientation,
			6),
		"bmp": encoded(t, "bmp", m),
	} {
		t.Run(name, func(t *testing.T) {
			h, err := ReadHeader(write(t, data))
			if err != nil {
				t.Fatal(err)
			}
			format, turned, _ := strings.Cut(name, ", ")
			want := Header{Format: format, Width: 33, Height: 21}
			if turned != "" {
				want.Rotation = 90
			}
			if h != want {
				t.Errorf("%+v", h)
			}
			if w, _ := h.Shown(); w != 33 && turned == "" || w != 21 && turned != "" {
				t.Errorf("it is shown %d pixels wide", w)
			}
		})
	}
}

// TestTurn: the eight orientations of EXIF, and others, which mean nothing.
func TestTurn(t *testing.T) {
	for i, want := range []string{"0 false", "0 false", "0 true", "180 false", "180 true",
		"90 true", "90 false", "270 true", "270 false", "0 false"} {
		if rotation, mirror := turn(i); fmt.Sprint(rotation, mirror) != want {
			t.Errorf("orientation %d: %d %v, want %s", i, rotation, mirror, want)
		}
	}
}

// TestDamagedEXIF: it is ignored, since the picture is whole.
func TestDamagedEXIF(t *testing.T) {
	whole := exif(binary.BigEndian, 6)
	for n := range whole {
		data := withEXIF(t, "jpeg", encoded(t, "jpeg", stripes(9, 8)), whole[:n])
		if h, err := ReadHeader(write(t, data)); err != nil || h.Width != 9 {
			t.Errorf("with %d bytes of EXIF: %+v, %v", n, h, err)
		}
	}
}

// bomb is a PNG whose header claims a size.
func bomb(w, h uint32) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return concat([]byte(pngSignature), pngChunk("IHDR", append(body, 8, 2, 0, 0, 0)),
		pngChunk("IDAT", []byte("x")), pngChunk("IEND", nil))
}

// refused are files that are no picture that is read, by what the error says.
func refused(t testing.TB) map[string][]byte {
	var still bytes.Buffer
	if err := gif.Encode(&still, stripes(9, 8), nil); err != nil {
		t.Fatal(err)
	}
	small := encoded(t, "png", stripes(9, 8))
	tiffs := encoded(t, "tiff", stripes(9, 8))
	unlike := encoded(t, "jpeg", stripes(9, 8))
	frame := unlike[bytes.Index(unlike, []byte{0xff, 0xc0}):]
	frame[10], frame[13], frame[16] = 'R', 'G', 'B'
	black := []byte("\x00\x00\x00\x09\x00\x00\x00\x08\x01\x00\x00\x00\x00")
	tagged := func(old, tag, value uint16) []byte { return setTIFF(t, tiffs, old, tag, value) }
	animated := binary.BigEndian.AppendUint64(nil, 3<<32)
	return map[string][]byte{
		"empty":              nil,
		"a GIF":              still.Bytes(),
		"an animated WebP":   webp(2),
		"an animated PNG":    concat(small[:33], pngChunk("acTL", animated), small[33:]),
		"a HEIC picture":     []byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic"),
		"a HEIF picture":     []byte("\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00mif1"),
		"an AVIF picture":    []byte("\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif"),
		"this is a video":    []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1"),
		"a video":            []byte("\x1a\x45\xdf\xa3\x01\x00\x00\x00"),
		"raw picture":        []byte("II*\x00\x10\x00\x00\x00CR\x02\x00"),
		"a camera's raw":     tagged(tagResolutionUnit, tagDNG, 1),
		"raw":                tagged(tagPhotometric, tagPhotometric, photometricCFA),
		"unlike resolutions": unlike,
		"one is transparent": concat([]byte(pngSignature), pngChunk("IHDR", black),
			pngChunk("tRNS", []byte{0, 0})),
		"of tiles":                          tagged(tagResolutionUnit, tagTileWidth, 64),
		"compression 7":                     tagged(tagCompression, tagCompression, 7),
		"12 bits":                           tagged(tagBits, tagBits, 12),
		"fractions":                         tagged(tagResolutionUnit, tagSample, 3),
		"multiplied":                        tagged(tagExtra, tagExtra, 1),
		"a text":                            []byte("hello\n"),
		"an HTML page":                      []byte("\n<!DOCTYPE html><title>404</title>"),
		"an SVG drawing":                    []byte("<?xml version='1.0'?>\n<svg/>"),
		"Git LFS":                           []byte("version https://git-lfs.github.com/spec/v1\n"),
		"this is not a picture":             {1, 2, 3},
		"9x0 pixels":                        bomb(9, 0),
		"16385x1 pixels":                    bomb(16385, 1),
		"16384x16384 pixels":                bomb(16384, 16384),
		"the limit":                         bomb(1<<31, 1<<31),
		"the header of the JPEG is damaged": {0xff, 0xd8, 0xff, markerAPP1, 0, 4, 1, 2, 3, 4, 5, 6},
		"the header of the PNG is damaged":  concat([]byte(pngSignature), make([]byte, 40)),
		"the file is cut off":               []byte("MM\x00*\x00\x00\x00\x08"),
	}
}

// TestRefused: what is no picture, or too large a one, is refused in words, without its path.
func TestRefused(t *testing.T) {
	for want, data := range refused(t) {
		path := write(t, data)
		h, err := ReadHeader(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v, %v; want %q", h, err, want)
		} else if strings.Contains(err.Error(), path) {
			t.Errorf("%v names the file", err)
		}
	}
	if _, err := ReadHeader(t.TempDir()); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadHeader(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) ||
		strings.Contains(err.Error(), "none") {
		t.Errorf("no file: %v", err)
	}
	large := write(t, encoded(t, "png", stripes(9, 8)))
	if err := os.Truncate(large, MaxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadHeader(large); err == nil || !strings.Contains(err.Error(), "MiB") {
		t.Errorf("a large file: %v", err)
	}
}

// TestRefusalHints: an error says what to type where something can be typed.
func TestRefusalHints(t *testing.T) {
	all := refused(t)
	for name, want := range map[string]string{"a HEIC picture": "heif-convert",
		"an animated WebP": "ffmpeg -i", "this is a video": "in videos", "a GIF": "ffmpeg -i"} {
		if _, err := ReadHeader(write(t, all[name])); !strings.Contains(step.Hint(err), want) {
			t.Errorf("%s: %q", name, step.Hint(err))
		}
	}
}

// TestCutHeaders: no beginning of a header is taken for a whole one, and none is read beyond.
func TestCutHeaders(t *testing.T) {
	for name, data := range map[string][]byte{
		"jpeg": withEXIF(t, "jpeg", encoded(t, "jpeg", stripes(9, 8)), exif(binary.BigEndian, 6)),
		"png":  withEXIF(t, "png", encoded(t, "png", stripes(9, 8)), exif(binary.BigEndian, 6)),
		"webp": webp(8, chunk("EXIF", exif(binary.LittleEndian, 6))),
		"bmp":  encoded(t, "bmp", stripes(9, 8))[:26],
		"tiff": encoded(t, "tiff", stripes(9, 8)),
	} {
		whole := len(data)
		switch name {
		case "jpeg":
			whole = bytes.Index(data, []byte{0xff, markerSOS}) + 4
		case "png":
			whole -= 4 // the checksum of nothing
		case "tiff": // what follows the bits of each sample is not read
			bits := []byte{8, 0, 8, 0, 8, 0, 8, 0}
			whole = bytes.LastIndex(data, bits) + 4
		}
		for n := range whole {
			if h, err := parseHeader(bytes.NewReader(data[:n]), int64(n)); err == nil {
				t.Errorf("%s: %d of %d bytes are %+v", name, n, len(data), h)
			}
		}
		if _, err := parseHeader(bytes.NewReader(data[:whole]), int64(whole)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzHeader: whatever the bytes, a header is refused, or lies within the bounds.
func FuzzHeader(f *testing.F) {
	for _, data := range refused(f) {
		f.Add(data)
	}
	for _, format := range []string{"jpeg", "png", "tiff", "bmp"} {
		f.Add(encoded(f, format, stripes(9, 8)))
	}
	f.Add(webp(8, chunk("EXIF", exif(binary.LittleEndian, 6))))
	f.Add(withEXIF(f, "jpeg", encoded(f, "jpeg", stripes(9, 8)), exif(binary.BigEndian, 5)))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if min(h.Width, h.Height) < 1 || max(h.Width, h.Height) > MaxSide ||
			h.Width*h.Height > MaxArea || h.Rotation%90 != 0 || detect(data) != h.Format {
			t.Errorf("%+v", h)
		}
	})
}
