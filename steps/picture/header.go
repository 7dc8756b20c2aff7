package picture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"snellen/engine/step"
	"snellen/steps/video"
)

// Bounds of a picture.
const (
	MaxBytes = 256 << 20 // of the file
	MaxSide  = 16384     // pixels, as of a video

	// MaxArea is in pixels: a phone's largest picture has 108 million, or 200 million in a mode
	// that few use. Decoded, that many take 1 GiB where a pixel has 8 bytes, and half or less in a
	// JPEG.
	MaxArea = 1 << 27
)

// A Header is what a picture's file says before the picture itself.
type Header struct {
	Format   string // "jpeg", "png", "webp", "tiff" or "bmp", by the file's content
	Width    int    // pixels, as stored
	Height   int
	Rotation int  // degrees clockwise that turn it upright: 0, 90, 180 or 270
	Mirror   bool // left and right are swapped, after the rotation
}

// Shown returns the size at which the picture is shown, upright, in pixels.
func (h Header) Shown() (width, height int) { return h.stored().DisplaySize() }

// stored returns the part of a reading that the header knows.
func (h Header) stored() video.Reading {
	return video.Reading{Width: h.Width, Height: h.Height, Rotation: h.Rotation, Mirror: h.Mirror,
		PixelAspect: "1:1"}
}

// ReadHeader reads a picture's header. The format is detected by the content, not by the file's
// name. Errors do not name the file. A file that is no regular one is refused without waiting.
func ReadHeader(path string) (Header, error) {
	f, size, err := open(path)
	if err != nil {
		return Header{}, err
	}
	defer f.Close()
	return parseHeader(f, size)
}

// open opens a regular file of a size that a picture may have. Opening a pipe does not wait for who
// writes to it.
func open(path string) (f *os.File, size int64, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, withoutPath(err)
	}
	fi, err := f.Stat()
	switch {
	case err != nil:
		err = withoutPath(err)
	case fi.IsDir():
		err = errors.New("this is a folder, not a picture")
	case !fi.Mode().IsRegular():
		err = errors.New("this is not a regular file")
	case fi.Size() == 0:
		err = step.WithHint(errors.New("the file is empty"), "copy it again")
	case fi.Size() > MaxBytes:
		err = fmt.Errorf("the file has %d MiB; the limit for a picture is %d", fi.Size()>>20,
			MaxBytes>>20)
	default:
		return f, fi.Size(), nil
	}
	f.Close()
	return nil, 0, err
}

// withoutPath returns an error's reason, since the caller names the file.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// parseHeader reads the header of a file of that many bytes.
func parseHeader(r io.ReaderAt, size int64) (h Header, err error) {
	f := file{r, size}
	head := make([]byte, min(size, sniffed))
	if err := f.read(head, 0); err != nil {
		return h, err
	}
	var orientation int
	switch h.Format = detect(head); h.Format {
	case "jpeg":
		h.Width, h.Height, orientation, err = f.jpeg()
	case "png":
		h.Width, h.Height, orientation, err = f.png()
	case "webp":
		h.Width, h.Height, orientation, err = f.webp()
	case "tiff":
		h.Width, h.Height, orientation, err = f.tiff()
	case "bmp":
		h.Width, h.Height, err = f.bmp()
	default:
		return Header{}, refusal(head)
	}
	if err == nil {
		err = h.checkSize()
	}
	if err != nil {
		return Header{}, err
	}
	h.Rotation, h.Mirror = turn(orientation)
	return h, nil
}

// checkSize refuses a picture that is too large, or has no pixels.
func (h Header) checkSize() error {
	switch {
	case min(h.Width, h.Height) < 1:
		return fmt.Errorf("its header says %dx%d pixels", h.Width, h.Height)
	case max(h.Width, h.Height) > MaxSide:
		return fmt.Errorf("it has %dx%d pixels; the limit is %d a side", h.Width, h.Height,
			MaxSide)
	case h.Width*h.Height > MaxArea:
		return fmt.Errorf("it has %dx%d pixels; the limit is %d million", h.Width, h.Height,
			MaxArea/1_000_000)
	}
	return nil
}

// turn returns how a picture of an EXIF orientation is turned upright: the rotation, and then the
// mirror. 1 and everything unknown mean that it stands.
func turn(orientation int) (rotation int, mirror bool) {
	switch orientation {
	case 2:
		return 0, true
	case 3:
		return 180, false
	case 4:
		return 180, true
	case 5:
		return 90, true
	case 6:
		return 90, false
	case 7:
		return 270, true
	case 8:
		return 270, false
	}
	return 0, false
}

// A file is one that is read at places that it names itself.
type file struct {
	from io.ReaderAt
	size int64
}

// errCut refuses a file that ends too early.
var errCut = step.WithHint(errors.New("the file is cut off"), "copy it again")

// read fills b with the bytes from at on.
func (f file) read(b []byte, at int64) error {
	if at < 0 || at > f.size-int64(len(b)) {
		return errCut
	}
	if _, err := f.from.ReadAt(b, at); err != nil {
		if errors.Is(err, io.EOF) { // it has shrunk
			return errCut
		}
		return withoutPath(err)
	}
	return nil
}

// ShownPath returns a path as a message shows it: quoted if a terminal could not show it as it is.
func ShownPath(path string) string {
	special := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(path) || strings.ContainsFunc(path, special) {
		return strconv.Quote(path)
	}
	return path
}
