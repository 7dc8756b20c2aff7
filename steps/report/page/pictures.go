package page

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"

	"snellen/steps/report/document"
)

const (
	// budget is in bytes, for all pictures. With the charts' library the page stays below 8 MB.
	budget     = 5 << 20
	maxPixels  = 50 << 20 // of a picture that is decoded
	thumbSize  = 128      // longer side of a network's input, in pixels
	frameWidth = 640      // longer side of a judged frame, in pixels
	cardSize   = 320      // longer side of a whole picture on its card, in pixels
	quality    = 80       // of JPEGs made here
)

// A Picture is a picture in the page.
type Picture struct {
	URL           template.URL // a data URL
	Width, Height int          // at which it is shown
}

// An album makes the page's pictures. Once the budget is spent, it skips them.
type album struct {
	source  Source
	left    int // bytes of the budget
	Skipped int // pictures that did not fit
}

// newAlbum returns an album with the whole budget.
func newAlbum(source Source) *album { return &album{source: source, left: budget} }

// input returns a network's input. Like all methods that return a picture, it returns nil for one
// that is gone, is not a JPEG, or does not fit.
func (a *album) input(name string) *Picture {
	data, size, ok := a.read(name)
	if !ok {
		return nil
	}
	if max(size.X, size.Y) <= thumbSize {
		return a.put(data, size)
	}
	return a.scaled(data, fit(size, thumbSize), image.Point{})
}

// trainingFrame returns a training frame at the size of the network's input, prepared as for
// training: its short side is scaled to f.Resize and its middle cut out, or it is squeezed.
func (a *album) trainingFrame(name string, f document.Frame) *Picture {
	data, size, ok := a.read(name)
	input := image.Pt(f.Input[0], f.Input[1])
	if !ok || input.X <= 0 || input.Y <= 0 || size.X <= 0 || size.Y <= 0 {
		return nil
	}
	whole := input
	if f.Resize > 0 {
		short := min(size.X, size.Y)
		whole = image.Pt(size.X*f.Resize/short, size.Y*f.Resize/short)
	}
	// Resize comes from the spec, and a huge one must not cost the memory.
	if whole.X*whole.Y > maxPixels {
		return nil
	}
	return a.scaled(data, whole, input)
}

// judgedFrame returns a judged frame at the size that the page shows.
func (a *album) judgedFrame(name string) *Picture {
	data, size, ok := a.read(name)
	if !ok {
		return nil
	}
	return a.scaled(data, fit(size, frameWidth), image.Point{})
}

// thumbnail returns a whole picture at the size of a card.
func (a *album) thumbnail(name string) *Picture {
	data, size, ok := a.read(name)
	if !ok {
		return nil
	}
	return a.scaled(data, fit(size, cardSize), image.Point{})
}

// read returns a JPEG and its size. It reports false for one that is gone, damaged or too large.
func (a *album) read(name string) (data []byte, size image.Point, ok bool) {
	data, err := a.source(name)
	if err != nil {
		return nil, size, false
	}
	// The header alone says the size, before a huge picture costs memory.
	header, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil || header.Width*header.Height > maxPixels {
		return nil, size, false
	}
	return data, image.Pt(header.Width, header.Height), true
}

// fit scales a size down so that its longer side has at most that many pixels.
func fit(size image.Point, most int) image.Point {
	long := max(size.X, size.Y)
	if long <= most {
		return size
	}
	return image.Pt(max(size.X*most/long, 1), max(size.Y*most/long, 1))
}

// scaled scales a picture to a size, and then cuts its middle out unless that is larger or empty.
func (a *album) scaled(data []byte, to, middle image.Point) *Picture {
	from, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	whole := image.NewRGBA(image.Rectangle{Max: to})
	draw.BiLinear.Scale(whole, whole.Bounds(), from, from.Bounds(), draw.Src, nil)
	var part image.Image = whole
	if middle.X > 0 && middle.X <= to.X && middle.Y <= to.Y {
		corner := to.Sub(middle).Div(2)
		part = whole.SubImage(image.Rectangle{Min: corner, Max: corner.Add(middle)})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, part, &jpeg.Options{Quality: quality}); err != nil {
		return nil
	}
	return a.put(b.Bytes(), part.Bounds().Size())
}

// put returns the picture with these bytes, and takes them from the budget.
func (a *album) put(data []byte, size image.Point) *Picture {
	text := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
	if len(text) > a.left {
		a.Skipped++
		return nil
	}
	a.left -= len(text)
	shown := fit(size, max(thumbSize, frameWidth))
	return &Picture{URL: template.URL(text), Width: shown.X, Height: shown.Y}
}
