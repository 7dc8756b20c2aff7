//go:build native

package vision

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// film makes a video of so many frames.
func film(t *testing.T, frames string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), "film.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-frames:v", frames, "-pix_fmt", "yuv420p", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

func TestVideoEnds(t *testing.T) {
	path := film(t, "23")
	for name, step := range map[string]func(*Video, int) bool{
		"next":  func(v *Video, _ int) bool { return v.Next() },
		"skip":  func(v *Video, _ int) bool { return v.Skip() },
		"mixed": func(v *Video, n int) bool { return n%3 == 0 && v.Next() || n%3 != 0 && v.Skip() },
	} {
		v, err := OpenVideo(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for n < 1000 && step(v, n) {
			n++
		}
		if n != 23 {
			t.Errorf("%s: %d frames, want 23", name, n)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A frame that is come to by skipping is the one that is come to by reading.
func TestVideoSkipsToTheSameFrame(t *testing.T) {
	path := film(t, "12")
	frame := func(skip bool) []byte {
		v, err := OpenVideo(path)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		for range 7 {
			if skip && !v.Skip() || !skip && !v.Next() {
				t.Fatal("the video ends early")
			}
		}
		if !v.Next() {
			t.Fatal("the video ends early")
		}
		data, err := v.JPEG(95)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if string(frame(true)) != string(frame(false)) {
		t.Error("another frame")
	}
}
