//go:build native

package evaluate

import (
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"snellen/engine/step"
	"snellen/steps/video"
)

// TestOutline draws areas into a video of one colour: their borders have another one, what is
// within and around them is the frame, and an area that leaves the frame is red.
func TestOutline(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "grey.mp4")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"color=0x404040:s=640x480:r=10:d=2", "-pix_fmt", "yuv420p", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	quick, err := video.ProbeQuickly(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	params, err := json.Marshal(OutlineParams{
		Shown: Shown{Reading: quick.Reading, Frame: 19}, PNG: true, Notes: []string{"a note"},
		Areas: []Area{
			{Name: "left", Rect: [4]int{100, 50, 200, 300}, Expect: "A"},
			{Name: "out", Rect: [4]int{500, 100, 200, 200}, Expect: "B"},
			{Name: "far", Rect: [4]int{2000, 2000, 10, 10}, Expect: "B"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = NewOutline().Run(t.Context(), &step.Job{
		Params: params, Inputs: map[string]string{"video": path}, Out: dir,
		Report: func(step.Progress) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "areas.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	const zoom = 2 // to about 1200 pixels
	corner := image.Pt(picture.Bounds().Dx()-640*zoom, 0)
	for !near(picture.At(corner.X+1, corner.Y), 0x40, 0x40, 0x40) { // below the ruler
		if corner.Y++; corner.Y == picture.Bounds().Dy() {
			t.Fatal("there is no frame in the picture")
		}
	}
	at := func(x, y int) color.Color {
		return picture.At(corner.X+x*zoom, corner.Y+y*zoom)
	}
	for _, p := range []image.Point{{100, 200}, {200, 50}, {299, 200}, {200, 349}} {
		if c := at(p.X, p.Y); !near(c, 0, 255, 255) {
			t.Errorf("at %v of the border it is %v, not cyan", p, c)
		}
	}
	for _, p := range []image.Point{{500, 200}, {600, 100}, {600, 299}} {
		if c := at(p.X, p.Y); !near(c, 255, 64, 64) {
			t.Errorf("at %v of the border it is %v, not red", p, c)
		}
	}
	for _, p := range []image.Point{{95, 200}, {290, 340}, {400, 200}, {600, 290}, {639, 479}} {
		if c := at(p.X, p.Y); !near(c, 0x40, 0x40, 0x40) {
			t.Errorf("at %v it is %v, not the frame's grey", p, c)
		}
	}
}

// near reports whether a colour is the one that is given, as far as a codec leaves it.
func near(c color.Color, r, g, b int) bool {
	have := color.RGBAModel.Convert(c).(color.RGBA)
	for _, pair := range [][2]int{{int(have.R), r}, {int(have.G), g}, {int(have.B), b}} {
		if d := pair[0] - pair[1]; d < -6 || d > 6 {
			return false
		}
	}
	return true
}
