package demo

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"snellen/engine/step"
)

// small is drawn in a moment.
var small = format{
	width: 64, height: 48, rate: 20, frames: 4, places: 2, camera: [2]int{128, 72}, shelf: 3,
}

// renderAll returns the frames of all videos.
func renderAll(seed int64) map[string][]byte {
	all := map[string][]byte{}
	for _, one := range videos(seed, small) {
		s := one.newScene()
		for n := range one.frames {
			all[one.name] = append(all[one.name], s.frame(n)...)
		}
	}
	return all
}

func TestSameSeedSameFrames(t *testing.T) {
	first, again, other := renderAll(1), renderAll(1), renderAll(2)
	if len(first) != len(designs)+len(shelves) {
		t.Fatalf("%d videos for %d designs", len(first), len(designs))
	}
	for name, frames := range first {
		if !bytes.Equal(frames, again[name]) {
			t.Errorf("%s: the same seed drew other frames", name)
		}
		if bytes.Equal(frames, other[name]) {
			t.Errorf("%s: another seed drew the same frames", name)
		}
	}
}

// A video does not depend on which others were drawn before it.
func TestVideosAreIndependent(t *testing.T) {
	last := videos(1, small)[len(shelves)+len(designs)-1]
	s := last.newScene()
	var alone []byte
	for n := range last.frames {
		alone = append(alone, s.frame(n)...)
	}
	if !bytes.Equal(alone, renderAll(1)[last.name]) {
		t.Errorf("%s is another video when it is drawn alone", last.name)
	}
}

func TestFramesMove(t *testing.T) {
	for _, one := range videos(1, small)[2:4] {
		s := one.newScene()
		before := bytes.Clone(s.frame(0))
		if len(before) != one.size[0]*one.size[1]*3/2 {
			t.Fatalf("%s: a frame of %d bytes", one.name, len(before))
		}
		if bytes.Equal(before, s.frame(1)) {
			t.Errorf("%s stands still", one.name)
		}
	}
}

func needFFmpeg(t *testing.T) {
	for _, program := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
}

func TestRender(t *testing.T) {
	needFFmpeg(t)
	one, two := t.TempDir(), t.TempDir()
	var mu sync.Mutex
	reported := map[int]bool{}
	report := func(_ string, done, total int) {
		mu.Lock()
		defer mu.Unlock()
		if total != 10*small.frames+3*small.shelf || reported[done] {
			t.Errorf("reported %d of %d", done, total)
		}
		reported[done] = true
	}
	if err := render(t.Context(), one, 1, small, report); err != nil {
		t.Fatal(err)
	}
	if len(reported) != 10*small.frames+3*small.shelf {
		t.Errorf("reported %d frames", len(reported))
	}
	if err := render(t.Context(), two, 1, small, func(string, int, int) {}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range videos(1, small) {
		names = append(names, f.name)
	}
	if entries, err := os.ReadDir(one); err != nil || len(entries) != len(names) {
		t.Errorf("%d files for %d videos: %v", len(entries), len(names), err)
	}
	for _, name := range names {
		a, err := os.ReadFile(filepath.Join(one, name+".mp4"))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(filepath.Join(two, name+".mp4")); !bytes.Equal(a, b) {
			t.Errorf("%s: the same seed gave other bytes", name)
		}
	}
	checkProbe(t, filepath.Join(one, "CRISPS_RED.mp4"), "64,48,20/1,4")
	checkProbe(t, filepath.Join(one, "shelf_kiosk.mp4"), "128,72,20/1,3")
}

// probed asks ffprobe for size, rate and count of a video's frames.
func checkProbe(t *testing.T, path, want string) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-show_entries",
		"stream=width,height,r_frame_rate,nb_read_frames", "-of", "csv=p=0", path).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != want {
		t.Errorf("%s is %q, want %q: %v", filepath.Base(path), got, want, err)
	}
}

func TestRenderEndsWithItsContext(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	after := 0
	err := render(ctx, dir, 1, small, func(string, int, int) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			after++
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("%v was left", entries)
	}
	if most := runtime.GOMAXPROCS(0); after > most { // each was in the middle of one
		t.Errorf("%d frames were drawn after the end", after)
	}
}

func TestRenderWithoutFFmpeg(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	err := render(t.Context(), dir, 1, small,
		func(string, int, int) { t.Error("a frame was drawn") })
	if err == nil || !strings.Contains(err.Error(), "ffmpeg is not installed") ||
		step.Hint(err) == "" {
		t.Errorf("the error is %v, its hint %q", err, step.Hint(err))
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("%v was left", entries)
	}
}

func TestRenderReplacesNoFolder(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	// No file can take its place.
	if err := os.Mkdir(filepath.Join(dir, "shelf_shop.mp4"), 0o777); err != nil {
		t.Fatal(err)
	}
	err := render(t.Context(), dir, 1, small, func(string, int, int) {})
	if err == nil || !strings.Contains(err.Error(), "shelf") {
		t.Errorf("the error is %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("%v was left", left)
	}
}
