package page

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/jpeg"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

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
	maxMakers  = 4        // pictures that are made at once, each of up to maxPixels
)

// A Picture is a picture in the page.
type Picture struct {
	URL           template.URL // a data URL
	Width, Height int          // at which it is shown
}

// An album makes the page's pictures. Once the budget is spent, it skips them. Its methods that return
// a picture return nil for one that is gone, is not a JPEG, or does not fit.
type album struct {
	source  Source
	left    int // bytes of the budget
	Skipped int // pictures that did not fit

	listing bool   // nothing is made: what is asked for is noted
	list    []*job // each once, in the order of the page
	known   map[request]*job
}

// A request is a picture of the report's folder, and how the page shows it.
type request struct {
	name  string
	most  int            // of the longer side, in pixels; 0: as frame says
	keep  bool           // a picture that is small enough is not encoded again
	frame document.Frame // how a training frame is prepared
}

// A job makes a picture once, whoever asks first.
type job struct {
	request
	once   sync.Once
	result *encoded // nil for a picture that cannot be made
}

// newAlbum returns an album with the whole budget.
func newAlbum(source Source) *album {
	return &album{source: source, left: budget, known: map[request]*job{}}
}

// input returns a network's input.
func (a *album) input(name string) *Picture {
	return a.picture(request{name: name, most: thumbSize, keep: true})
}

// trainingFrame returns a training frame at the size of the network's input, prepared as for
// training: its short side is scaled to f.Resize and its middle cut out, or it is squeezed.
func (a *album) trainingFrame(name string, f document.Frame) *Picture {
	return a.picture(request{name: name, frame: document.Frame{Input: f.Input, Resize: f.Resize}})
}

// judgedFrame returns a judged frame at the size that the page shows.
func (a *album) judgedFrame(name string) *Picture {
	return a.picture(request{name: name, most: frameWidth})
}

// thumbnail returns a whole picture at the size of a card.
func (a *album) thumbnail(name string) *Picture {
	return a.picture(request{name: name, most: cardSize})
}

// picture returns a picture, and takes it from the budget.
func (a *album) picture(r request) *Picture {
	j := a.known[r]
	if j == nil {
		j = &job{request: r}
		a.known[r] = j
		a.list = append(a.list, j)
	}
	if a.listing {
		return nil
	}
	made := a.do(j)
	if made == nil {
		return nil
	}
	if len(made.url) > a.left {
		a.Skipped++
		return nil
	}
	a.left -= len(made.url)
	shown := fit(made.size, max(thumbSize, frameWidth))
	return &Picture{URL: template.URL(made.url), Width: shown.X, Height: shown.Y}
}

// ahead has several cores make the pictures that the view's scenes will ask for, in that order. The
// caller must call stop.
func (a *album) ahead(v *view) (stop func()) {
	a.listing = true
	v.Scenes()
	v.PictureScenes()
	a.listing = false
	list := slices.Clone(a.list)
	var next, spent atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxMakers, len(list)) {
		workers.Go(func() {
			// Behind the budget, nothing is shown.
			for i := next.Add(1); i <= int64(len(list)) && spent.Load() <= budget; i = next.Add(1) {
				if made := a.do(list[i-1]); made != nil {
					spent.Add(int64(len(made.url)))
				}
			}
		})
	}
	return func() {
		next.Store(int64(len(list)))
		workers.Wait()
	}
}

// do returns what a job makes: it makes it, or waits for who does.
func (a *album) do(j *job) *encoded {
	j.once.Do(func() {
		data, size, ok := a.read(j.name)
		switch {
		case !ok || size.X <= 0 || size.Y <= 0:
		case j.keep && max(size.X, size.Y) <= j.most:
			j.result = encode(data, size)
		case j.most > 0:
			j.result = scale(data, fit(size, j.most), image.Point{})
		default:
			j.result = prepare(data, size, j.frame)
		}
	})
	return j.result
}

// prepare scales and cuts a training frame of a size: see album.trainingFrame.
func prepare(data []byte, size image.Point, f document.Frame) *encoded {
	input := image.Pt(f.Input[0], f.Input[1])
	if input.X <= 0 || input.Y <= 0 {
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
	return scale(data, whole, input)
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

// An encoded picture can be put into the page.
type encoded struct {
	url  string // a data URL
	size image.Point
}

// encode returns a JPEG of a size in that form.
func encode(data []byte, size image.Point) *encoded {
	return &encoded{"data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data), size}
}

// scale scales a JPEG to a size, and then cuts its middle out unless that is larger or empty. It
// returns nil for one that cannot be decoded.
func scale(data []byte, to, middle image.Point) *encoded {
	from, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	whole := image.NewRGBA(image.Rectangle{Max: to})
	// Down to half the size, the nearest four pixels are all that a pixel covers, and the quick scaler
	// reads these: it takes a fifth of the time.
	var scaler draw.Scaler = draw.ApproxBiLinear
	if from.Bounds().Dx() > 2*to.X || from.Bounds().Dy() > 2*to.Y {
		scaler = draw.BiLinear
	}
	scaler.Scale(whole, whole.Bounds(), from, from.Bounds(), draw.Src, nil)
	var part image.Image = whole
	if middle.X > 0 && middle.X <= to.X && middle.Y <= to.Y {
		corner := to.Sub(middle).Div(2)
		part = whole.SubImage(image.Rectangle{Min: corner, Max: corner.Add(middle)})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, part, &jpeg.Options{Quality: quality}); err != nil {
		return nil
	}
	return encode(b.Bytes(), part.Bounds().Size())
}
