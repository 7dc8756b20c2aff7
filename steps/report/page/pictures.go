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
	budget  = 5 << 20  // of all pictures in the page, bytes: with the charts' library it stays below 8 MB
	largest = 50 << 20 // pixels of a picture that is read
	thumb   = 128      // pixels of the longer side of what a network sees
	wide    = 640      // pixels of a judged frame's width
	quality = 80       // of the pictures made here
)

// A Picture is one in the page.
type Picture struct {
	URL           template.URL // data: with the picture itself
	Width, Height int          // to show it in
}

// An album makes the page's pictures, so long as the budget lasts.
type album struct {
	source  Source
	left    int
	Skipped int // for want of room
}

func newAlbum(source Source) *album { return &album{source: source, left: budget} }

// seen is a network's input as it was kept.
func (a *album) seen(name string) *Picture {
	data, size, ok := a.read(name)
	if !ok {
		return nil
	}
	if max(size.X, size.Y) <= thumb {
		return a.put(data, size)
	}
	return a.scaled(data, fit(size, thumb), image.Point{})
}

// learned is a training frame brought to the network's size, as training does it: by the short side and the middle of that,
// or squeezed.
func (a *album) learned(name string, f document.Frame) *Picture {
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
	if whole.X*whole.Y > largest {
		return nil
	}
	return a.scaled(data, whole, input)
}

// judged is a judged frame, as wide as the page shows it.
func (a *album) judged(name string) *Picture {
	data, size, ok := a.read(name)
	if !ok {
		return nil
	}
	return a.scaled(data, fit(size, wide), image.Point{})
}

// read gives a picture with its size.
func (a *album) read(name string) (data []byte, size image.Point, ok bool) {
	data, err := a.source(name)
	if err != nil {
		return nil, size, false
	}
	header, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil || header.Width*header.Height > largest {
		return nil, size, false
	}
	return data, image.Pt(header.Width, header.Height), true
}

// fit is a size whose longer side is at most so many pixels.
func fit(size image.Point, most int) image.Point {
	long := max(size.X, size.Y)
	if long <= most {
		return size
	}
	return image.Pt(max(size.X*most/long, 1), max(size.Y*most/long, 1))
}

// scaled scales a picture and cuts its middle out, if that is smaller.
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

func (a *album) put(data []byte, size image.Point) *Picture {
	text := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
	if len(text) > a.left {
		a.Skipped++
		return nil
	}
	a.left -= len(text)
	shown := fit(size, max(thumb, wide))
	return &Picture{URL: template.URL(text), Width: shown.X, Height: shown.Y}
}
