//go:build native

package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

// chart returns a PNG whose pixels all differ.
func chart(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The service takes a PNG as well as a JPEG.
func TestDecodePNG(t *testing.T) {
	data := chart(t, 8, 6)
	p, err := Preparation{Resize: 6, Width: 6, Height: 6}.ForShapeOf(data)
	if err != nil || p.Long != 8 {
		t.Fatalf("%+v, %v", p, err)
	}
	picture, err := p.Decode(data)
	if err != nil || picture.Width != 8 || picture.Height != 6 {
		t.Fatalf("%dx%d, %v", picture.Width, picture.Height, err)
	}
	for i, v := range picture.RGB {
		x, y := i/3%8, i/24
		if want := []int{x, y, x + y}[i%3]; int(v) != want {
			t.Fatalf("colour %d of pixel %d, %d is %d", i%3, x, y, v)
		}
	}
}

func TestDecodeWhatIsNoPicture(t *testing.T) {
	cut := chart(t, 8, 6)[:20]
	for data, want := range map[string]string{
		"GIF89a": "read the header of a JPEG", string(cut): "read the header of a PNG",
	} {
		_, err := Preparation{Width: 2, Height: 2}.Decode([]byte(data))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}
