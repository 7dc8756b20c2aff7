//go:build native

package libav

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"snellen/steps/video"
)

// A photo is soft, has all colours, and looks different however it is turned.
func photo(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			m.SetNRGBA(x, y, color.NRGBA{uint8(40 + 200*u), uint8(230 - 190*v*u),
				uint8(128 + 100*math.Sin(4*u+2*v*v)), 255})
		}
	}
	return m
}

// transparent is a photo whose right half fades away, with other colours hidden there.
func transparent(w, h int) *image.NRGBA {
	m := photo(w, h)
	for y := range h {
		for x := range w {
			c := m.NRGBAAt(x, y)
			c.A = uint8(min(255, 510*(w-1-x)/w))
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encodePNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// converted returns a picture in another format, made by ffmpeg. name is that of the new file.
func converted(t *testing.T, m image.Image, name, options string) []byte {
	t.Helper()
	from, to := filepath.Join(t.TempDir(), "from.png"), filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(from, encodePNG(t, m), 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-i", from}, strings.Fields(options)...)
	ffmpeg(t, append(args, "-frames:v", "1", "-update", "1", to)...)
	data, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// magick returns what ImageMagick makes of a picture of a format. name is that of the new file.
func magick(t *testing.T, data []byte, format, name, options string) []byte {
	t.Helper()
	program, err := exec.LookPath("convert")
	if err != nil {
		t.Skip("ImageMagick is not installed")
	}
	from, to := filepath.Join(t.TempDir(), "from."+format), filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(from, data, 0o666); err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{from}, strings.Fields(options)...), to)
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("convert %v: %v\n%s", args, err, out)
	}
	made, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// onWhite decodes a picture by another decoder and puts it onto white. That of WebP is libwebp, in
// ImageMagick, since Go's takes its colours for those of JPEG.
func onWhite(t *testing.T, data []byte, format string) *image.RGBA {
	t.Helper()
	if format == "webp" {
		data = magick(t, data, format, "b.png", "")
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return flat(m)
}

func flat(m image.Image) *image.RGBA {
	to := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(to, to.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(to, to.Rect, m, m.Bounds().Min, draw.Over)
	return to
}

// open opens a still of a size, and closes it at the end of the test.
func openStill(t *testing.T, data []byte, format string, stored video.Reading) *Still {
	t.Helper()
	s, err := OpenStill(slices.Clone(data), format, stored)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// picture returns a size of a still.
func picture(t *testing.T, s *Still, w, h int, scaler, fit string) *image.RGBA {
	t.Helper()
	pixels := make([]byte, 3*w*h)
	if err := s.Picture(w, h, scaler, fit, "bgr24", pixels); err != nil {
		t.Fatal(err)
	}
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(m.Pix[4*i:], []byte{pixels[3*i+2], pixels[3*i+1], pixels[3*i], 255})
	}
	return m
}

// psnr returns how alike two pictures are, in decibels.
func psnr(t *testing.T, a, b *image.RGBA) float64 {
	t.Helper()
	if a.Rect.Size() != b.Rect.Size() {
		t.Fatalf("a picture is %v, not %v", a.Rect.Size(), b.Rect.Size())
	}
	var sum float64
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255/(sum/float64(len(a.Pix)*3/4)+1e-9))
}

// gray returns a picture without colours.
func gray(m image.Image) *image.Gray {
	to := image.NewGray(m.Bounds())
	draw.Draw(to, to.Rect, m, m.Bounds().Min, draw.Src)
	return to
}

// namedRGB names the components of a JPEG so that they are red, green and blue.
func namedRGB(t *testing.T, data []byte) []byte {
	t.Helper()
	// Without the JFIF segment, which would say that they are not.
	data = slices.Concat(data[:2], data[4+int(data[4])<<8+int(data[5]):])
	frame, scan := bytes.Index(data, []byte{0xff, 0xc0}), bytes.Index(data, []byte{0xff, 0xda})
	if frame < 0 || scan < 0 {
		t.Fatal("this is no baseline JPEG")
	}
	for i, name := range []byte("RGB") {
		data[frame+10+3*i], data[scan+5+2*i] = name, name
	}
	return data
}

// TestStillsEqualOthers: every kind of picture looks as other decoders have it, and hidden colours
// do not show.
func TestStillsEqualOthers(t *testing.T) {
	const w, h = 163, 121
	deep := image.NewNRGBA64(image.Rect(0, 0, w, h))
	draw.Draw(deep, deep.Rect, transparent(w, h), image.Point{}, draw.Src)
	palette := image.NewPaletted(image.Rect(0, 0, w, h), nil)
	for i := range 256 {
		palette.Palette = append(palette.Palette, color.NRGBA{uint8(i), uint8(255 - i), 90,
			uint8(i)})
	}
	for y := range h {
		for x := range w {
			palette.SetColorIndex(x, y, uint8(x+y/2))
		}
	}
	deepGray := image.NewGray16(image.Rect(0, 0, w, h))
	draw.Draw(deepGray, deepGray.Rect, photo(w, h), image.Point{}, draw.Src)
	m, soft := photo(w, h), transparent(w, h)
	by := func(m image.Image, name, options string) []byte {
		return magick(t, encodePNG(t, m), "png", name, options)
	}
	to := func(m image.Image, name, options string) []byte { return converted(t, m, name, options) }
	for name, c := range map[string]struct {
		data []byte
		want float64
	}{
		"jpeg 4:2:0":           {encodeJPEG(t, m), 38},
		"jpeg 4:2:2":           {to(m, "a.jpg", "-pix_fmt yuvj422p -q:v 2"), 38},
		"jpeg 4:4:4":           {to(m, "a.jpg", "-pix_fmt yuvj444p -q:v 2"), 38},
		"jpeg 4:1:1":           {by(m, "a.jpg", "-sampling-factor 4x1"), 38},
		"jpeg 4:4:0":           {by(m, "a.jpg", "-sampling-factor 1x2"), 38},
		"jpeg gray":            {encodeJPEG(t, gray(m)), 38},
		"jpeg progressive":     {by(m, "a.jpg", "-interlace JPEG"), 38},
		"jpeg CMYK":            {by(m, "a.jpg", "-colorspace CMYK -quality 95"), 38},
		"jpeg restart":         {by(m, "a.jpg", "-define jpeg:restart-interval=4"), 38},
		"jpeg RGB":             {namedRGB(t, by(m, "a.jpg", "-sampling-factor 1x1")), 38},
		"png":                  {encodePNG(t, flat(m)), 60},
		"png gray":             {encodePNG(t, gray(m)), 60},
		"png 16 bits":          {encodePNG(t, deepGray), 45},
		"png alpha":            {encodePNG(t, soft), 50},
		"png alpha 16 bits":    {encodePNG(t, deep), 45},
		"png palette":          {encodePNG(t, palette), 50},
		"png gray alpha":       {to(soft, "a.png", "-pix_fmt ya8"), 50},
		"png 1 bit":            {to(m, "a.png", "-pix_fmt monob"), 60},
		"png interlaced":       {by(m, "a.png", "-interlace PNG"), 60},
		"png key":              {by(m, "a.png", "-define png:color-type=2 -transparent white"), 50},
		"webp":                 {to(m, "a.webp", "-c:v libwebp -quality 95"), 38},
		"webp alpha":           {to(soft, "a.webp", "-c:v libwebp -pix_fmt yuva420p"), 34},
		"webp lossless":        {to(m, "a.webp", "-c:v libwebp -lossless 1 -pix_fmt bgra"), 60},
		"webp lossless alpha":  {to(soft, "a.webp", "-c:v libwebp -lossless 1 -pix_fmt bgra"), 50},
		"tiff":                 {to(m, "a.tif", "-pix_fmt rgb24 -compression_algo raw"), 60},
		"tiff lzw":             {to(m, "a.tif", "-pix_fmt rgb24 -compression_algo lzw"), 60},
		"tiff deflate 16 bits": {to(m, "a.tif", "-pix_fmt rgb48le -compression_algo deflate"), 45},
		"tiff gray":            {to(m, "a.tif", "-pix_fmt gray"), 60},
		"tiff alpha":           {by(soft, "a.tif", ""), 50},
		"bmp":                  {to(m, "a.bmp", "-pix_fmt bgr24"), 60},
		"bmp palette":          {to(m, "a.bmp", "-pix_fmt rgb8"), 60},
		"bmp gray":             {to(m, "a.bmp", "-pix_fmt gray"), 60},
	} {
		t.Run(name, func(t *testing.T) {
			format, _, _ := strings.Cut(name, " ")
			s := openStill(t, c.data, format, video.Reading{Width: w, Height: h})
			got := picture(t, s, w, h, "bicubic", "squeeze")
			if p := psnr(t, got, onWhite(t, c.data, format)); p < c.want {
				t.Errorf("%.1f dB, %+v", p, s.Reading())
			}
		})
	}
}

// oriented returns a picture turned upright, by where EXIF says that each row and column belong.
func oriented(m *image.RGBA, rotation int, mirror bool) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if rotation%180 != 0 {
		w, h = h, w
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			i, j := x, y // of the picture as stored
			if mirror {
				i = w - 1 - x
			}
			switch rotation {
			case 90:
				i, j = y, w-1-i
			case 180:
				i, j = w-1-i, h-1-y
			case 270:
				i, j = h-1-y, i
			}
			to.SetRGBA(x, y, m.RGBAAt(i, j))
		}
	}
	return to
}

// TestOrientation: every way to turn a picture works in every form in which it is stored.
func TestOrientation(t *testing.T) {
	const w, h = 166, 122
	m := photo(w, h)
	for name, data := range map[string][]byte{
		"jpeg 4:2:0": encodeJPEG(t, m),
		"jpeg 4:2:2": converted(t, m, "a.jpg", "-pix_fmt yuvj422p -q:v 2"),
		"jpeg 4:4:4": converted(t, m, "a.jpg", "-pix_fmt yuvj444p -q:v 2"),
		"jpeg 4:1:1": magick(t, encodePNG(t, m), "png", "a.jpg", "-sampling-factor 4x1"),
		"jpeg 4:4:0": magick(t, encodePNG(t, m), "png", "a.jpg", "-sampling-factor 1x2"),
		"jpeg gray":  encodeJPEG(t, gray(m)),
		"png":        encodePNG(t, m),
		"png alpha":  encodePNG(t, transparent(w, h)),
		"png 1 bit":  converted(t, m, "a.png", "-pix_fmt monob"),
		"tiff":       converted(t, m, "a.tif", "-pix_fmt rgb48le"),
		"bmp":        converted(t, m, "a.bmp", "-pix_fmt rgb8"),
	} {
		t.Run(name, func(t *testing.T) {
			format, _, _ := strings.Cut(name, " ")
			want := onWhite(t, data, format)
			for i := range 8 {
				r := video.Reading{Width: w, Height: h, Rotation: i / 2 * 90, Mirror: i%2 == 1}
				s := openStill(t, data, format, r)
				upright := oriented(want, r.Rotation, r.Mirror)
				p := psnr(t, picture(t, s, upright.Rect.Dx(), upright.Rect.Dy(), "bicubic", ""),
					upright)
				if p < 38 || s.Reading().Mirror != r.Mirror || s.Reading().Rotation != r.Rotation {
					t.Errorf("%d, %v: %.1f dB, %+v", r.Rotation, r.Mirror, p, s.Reading())
				}
			}
		})
	}
}

// average scales a picture by whole factors.
func average(m *image.RGBA, w, h int) *image.RGBA {
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	fx, fy := m.Rect.Dx()/w, m.Rect.Dy()/h
	for y := range h {
		for x := range w {
			var sum [4]int
			for j := range fy {
				for i := range fx {
					for c := range 4 {
						sum[c] += int(m.Pix[m.PixOffset(x*fx+i, y*fy+j)+c])
					}
				}
			}
			for c := range 4 {
				to.Pix[to.PixOffset(x, y)+c] = uint8((sum[c] + fx*fy/2) / (fx * fy))
			}
		}
	}
	return to
}

// TestStillSizes: sizes of one decode are right, down to those that swscale makes in two steps, and
// the same each time; and each fit fills the frame.
func TestStillSizes(t *testing.T) {
	const w, h = 3200, 2400
	data := encodeJPEG(t, photo(w, h))
	whole := onWhite(t, data, "jpeg")
	s := openStill(t, data, "jpeg", video.Reading{Width: w, Height: h})
	for _, by := range []string{"bicubic", "area", "lanczos", "bilinear"} {
		for _, d := range []int{4, 10, 100, 400} {
			got, want := picture(t, s, w/d, h/d, by, "squeeze"), average(whole, w/d, h/d)
			colours, greys := psnr(t, got, want), psnr(t, flat(gray(got)), flat(gray(want)))
			// Colours have half the width, as in every picture that ffmpeg scales.
			if greys < 38 || d <= 10 && colours < 38 {
				t.Errorf("%s to %dx%d: %.1f dB, %.1f dB in grey", by, w/d, h/d, colours, greys)
			}
			if !bytes.Equal(got.Pix, picture(t, s, w/d, h/d, by, "squeeze").Pix) {
				t.Errorf("%s to %dx%d differs the second time", by, w/d, h/d)
			}
		}
	}
	for _, fit := range []string{"pad", "crop"} {
		for _, size := range [][2]int{{100, 100}, {101, 77}, {31, 90}, {1, 1}} {
			picture(t, s, size[0], size[1], "bicubic", fit)
		}
	}
	padded := picture(t, s, 100, 100, "bicubic", "pad")
	if c := padded.RGBAAt(50, 2); c != (color.RGBA{0, 0, 0, 255}) {
		t.Errorf("padded with %v", c)
	}
	small := openStill(t, encodePNG(t, photo(1, 1)), "png", video.Reading{Width: 1, Height: 1})
	if c := picture(t, small, 1, 1, "bicubic", "").RGBAAt(0, 0); c != (color.RGBA{40, 230, 128, 255}) {
		t.Errorf("a picture of one pixel is %v", c)
	}
}

// TestDamagedStills: a picture that is cut off, or has lost bytes within, is refused.
func TestDamagedStills(t *testing.T) {
	const w, h = 321, 243
	noisy := photo(w, h)
	for i := range noisy.Pix {
		if i%4 < 3 {
			noisy.Pix[i] ^= byte(i * i >> 7 & 15)
		}
	}
	stored := video.Reading{Width: w, Height: h}
	for name, data := range map[string][]byte{
		"jpeg":            encodeJPEG(t, noisy),
		"png":             encodePNG(t, noisy),
		"png interlaced":  magick(t, encodePNG(t, noisy), "png", "a.png", "-interlace PNG"),
		"webp":            converted(t, noisy, "a.webp", "-c:v libwebp -quality 95"),
		"webp lossless":   converted(t, noisy, "a.webp", "-c:v libwebp -lossless 1 -pix_fmt bgra"),
		"tiff":            converted(t, noisy, "a.tif", "-pix_fmt rgb24 -compression_algo raw"),
		"tiff lzw":        converted(t, noisy, "a.tif", "-pix_fmt rgb24 -compression_algo lzw"),
		"tiff deflate":    converted(t, noisy, "a.tif", "-pix_fmt rgb24 -compression_algo deflate"),
		"tiff packbits":   converted(t, noisy, "a.tif", "-pix_fmt rgb24 -compression_algo packbits"),
		"tiff of another": magick(t, encodePNG(t, noisy), "png", "a.tif", "-compress LZW"),
		"bmp":             converted(t, noisy, "a.bmp", "-pix_fmt bgr24"),
	} {
		t.Run(name, func(t *testing.T) {
			format, _, _ := strings.Cut(name, " ")
			openStill(t, data, format, stored)
			for i := 1; i < 40; i++ {
				cut := data[:len(data)*i/40]
				if s, err := OpenStill(slices.Clone(cut), format, stored); err == nil {
					s.Close()
					t.Errorf("the first %d of %d bytes were a picture", len(cut), len(data))
				}
			}
		})
	}
	for _, other := range []video.Reading{{Width: w + 1, Height: h}, {Width: h, Height: w},
		{Width: 20, Height: 20}} {
		if s, err := OpenStill(encodeJPEG(t, noisy), "jpeg", other); err == nil {
			s.Close()
			t.Errorf("a picture of %dx%d was one of %dx%d", w, h, other.Width, other.Height)
		}
	}
}
