package main

import (
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snellen/cmd/snellen/project"
	"snellen/specs"
	"snellen/steps/evaluate"
)

// TestClip looks at clips that no spec names, and cuts areas out of their frames.
func TestClip(t *testing.T) {
	w := newFootage(t)
	t.Setenv("SNELLEN_WORKER", w.worker)
	path := filepath.Join(w.dir, "A.mp4")
	clip, err := project.Glance(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if q := clip.Quick; clip.Frame != (evaluate.Size{Width: 64, Height: 48}) || q == nil ||
		q.Length != 3 || q.Rate != 10 {
		t.Errorf("it is %+v", clip)
	}
	d, err := project.NewAreaDrawer()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	chart := project.Chart{Seconds: 1.5, Sizes: []evaluate.Size{{Width: 32, Height: 24}},
		Quality: 90, Rects: [][4]int{{0, 0, 32, 48}}}
	out := t.TempDir()
	if err := d.Chart(t.Context(), clip, chart, out); err != nil {
		t.Fatal(err)
	}
	if w, h := jpegSize(t, filepath.Join(out, "frame.jpg")); w != 64 || h != 48 {
		t.Errorf("the frame is %dx%d", w, h)
	}
	if w, h := jpegSize(t, filepath.Join(out, "chart", "0-0.jpg")); w != 16 || h != 24 {
		t.Errorf("the area is %dx%d", w, h)
	}

	// A picture is a clip of one still.
	still := filepath.Join(out, "frame.jpg")
	clip, err = project.GlanceAt(t.Context(), specs.Evaluation{Stills: []string{still}})
	if err != nil || clip.Quick != nil || clip.Frame.Width != 64 {
		t.Errorf("of a still: %+v, %v", clip, err)
	}
	again, err := project.Glance(t.Context(), still, nil)
	if err != nil {
		t.Fatal(err)
	}
	small := t.TempDir()
	if err := d.Chart(t.Context(), again, project.Chart{Side: 16}, small); err != nil {
		t.Fatal(err)
	}
	if w, h := jpegSize(t, filepath.Join(small, "frame.jpg")); w != 16 || h != 12 {
		t.Errorf("the thumbnail is %dx%d", w, h)
	}

	w.write(t, "text.mp4", []byte("no video"))
	text := filepath.Join(w.dir, "text.mp4")
	if _, err := project.Glance(t.Context(), text, nil); err == nil ||
		!strings.HasPrefix(err.Error(), text+": ") {
		t.Errorf("of a text: %v", err)
	}
	for _, seconds := range []float64{-1, 1, 1e300} {
		err := d.Chart(t.Context(), again, project.Chart{Seconds: seconds}, t.TempDir())
		if err == nil {
			t.Errorf("a still has a frame at %g", seconds)
		}
	}
}

// jpegSize returns the size of a JPEG.
func jpegSize(t *testing.T, path string) (width, height int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := jpeg.DecodeConfig(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return c.Width, c.Height
}
