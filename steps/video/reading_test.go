package video

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/step"
)

// run runs ffmpeg, for what a test films and compares with.
func run(t testing.TB, args ...string) []byte {
	t.Helper()
	c := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y"}, args...)...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, &said)
	}
	return out
}

// scene is a soft moving picture, of which no two frames are alike.
func scene(width, height, seconds int) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=25:duration=%d,gblur=sigma=3,format=yuv420p", width, height, seconds)}
}

// made has a probed video in one size, as an extract step gets it.
type transcoded struct {
	path    string
	reading Reading
	source  *Probed
	warned  []string
}

func transcodeTo(t testing.TB, path string, width, height int, how fit) transcoded {
	t.Helper()
	probe, p := probed(t, path)
	params := transcodeParams(width, height)
	params.Fit = string(how)
	j := job(t, params, map[string]string{"video": path, "probe": probe})
	made := transcoded{path: filepath.Join(j.Out, "video.mp4"), source: p}
	j.Report = func(p step.Progress) {
		if p.Warning != "" {
			made.warned = append(made.warned, p.Warning)
		}
	}
	if err := NewTranscode().Run(t.Context(), j); err != nil {
		t.Fatalf("transcode %s: %v", path, err)
	}
	var err error
	if made.reading, err = OpenReading(filepath.Join(j.Out, "reading.json")); err != nil {
		t.Fatal(err)
	}
	return made
}

// frames decodes all of a video as it is read.
func (m transcoded) frames(t testing.TB) [][]byte {
	t.Helper()
	frames := Every(1, m.source.Frames)
	p, err := start(t.Context(), Pictures(m.path, m.reading, frames), func(step.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(p, frames)
	defer d.Close()
	w, h := m.reading.Shown()
	var list [][]byte
	for {
		pixels := make([]byte, w*h*3)
		switch i, err := d.Next(pixels); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatalf("%s: %v", m.path, err)
		case i != len(list):
			t.Fatalf("%s: frame %d comes as %d", m.path, len(list), i)
		}
		list = append(list, pixels)
	}
}

// shown are a file's frames as ffmpeg shows them to a person who types no more than a size.
func shown(t testing.TB, path string, width, height int, filters string) [][]byte {
	t.Helper()
	chain := fmt.Sprintf("scale=%d:%d:flags=bicubic+accurate_rnd", width, height)
	if filters != "" {
		chain = filters + "," + chain
	}
	return cut(run(t, "-i", path, "-vf", chain, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"), width*height*3)
}

func cut(data []byte, size int) (list [][]byte) {
	for ; len(data) >= size; data = data[size:] {
		list = append(list, data[:size])
	}
	return list
}

// psnr is how like two pictures are, in decibels.
func psnr(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	if sum == 0 {
		return 99
	}
	return 10 * math.Log10(255*255*float64(len(a))/sum)
}

// alike wants every frame to be the other's, in order, by at least so many decibels.
func alike(t *testing.T, what string, got, want [][]byte, least float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("%s: %d frames, want %d", what, len(got), len(want))
		return
	}
	worst, at := 100.0, 0
	for i := range got {
		if db := psnr(got[i], want[i]); db < worst {
			worst, at = db, i
		}
	}
	if worst < least {
		t.Errorf("%s: frame %d is %.1f dB from what is shown, want %.0f", what, at, worst, least)
	}
	t.Logf("%s: %d frames, worst %.1f dB", what, len(got), worst)
}

func TestCases(t *testing.T) {
	files, _ := filepath.Glob("/work/shared/cases/footage/*")
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			j := job(t, ProbeParams{}, map[string]string{"video": f})
			if err := NewProbe().Run(t.Context(), j); err != nil {
				t.Log(err, "/", step.Hint(err))
				return
			}
			_, p := probed(t, f)
			t.Log(strings.Join(p.Reading.Describe(), "; "), p.Reading)
			native := transcodeTo(t, f, p.Width, p.Height, squeeze)
			alike(t, "native", native.frames(t), shown(t, f, p.Width, p.Height, ""), 38)
			w, h := p.Width/4*2, p.Height/4*2
			alike(t, "half", transcodeTo(t, f, w, h, squeeze).frames(t), shown(t, f, w, h, ""), 30)
		})
	}
}
