package video

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"snellen/engine/step"
)

// film makes a small video of n frames at 10 a second.
func film(t testing.TB, path string, n int, more ...string) string {
	t.Helper()
	args := []string{"-v", "error", "-f", "lavfi", "-i",
		fmt.Sprintf("testsrc=size=160x120:rate=10:duration=%d.%d", n/10, n%10)}
	args = append(append(args, more...), "-y", path)
	if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, out)
	}
	return path
}

func job(t testing.TB, params any, inputs map[string]string) *step.Job {
	t.Helper()
	data, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return &step.Job{Address: t.Name(), Params: data, Inputs: inputs, Out: t.TempDir(),
		Report: func(step.Progress) {}}
}

func probed(t testing.TB, path string) (string, *ProbeResult) {
	t.Helper()
	j := job(t, ProbeParams{}, map[string]string{"video": path})
	if err := NewProbe().Run(t.Context(), j); err != nil {
		t.Fatalf("probe %s: %v", path, err)
	}
	out := filepath.Join(j.Out, "probe.json")
	p, err := LoadProbeResult(out)
	if err != nil {
		t.Fatal(err)
	}
	return out, p
}

func TestProbe(t *testing.T) {
	_, p := probed(t, film(t, filepath.Join(t.TempDir(), "a: b%d.mp4"), 25))
	if p.Width != 160 || p.Height != 120 || p.Frames != 25 || p.Codec != "h264" ||
		p.Reading.PixelFormat != "yuv444p" || p.Seconds[0] != 0 || p.Seconds[24] != 2.4 {
		t.Errorf("%+v", p)
	}
	upright := film(t, filepath.Join(t.TempDir(), "upright.mp4"), 5)
	orient(t, upright, 0, 1, -1, 0)
	if _, p := probed(t, upright); p.Width != 120 || p.Height != 160 {
		t.Errorf("a turned video is %dx%d, want 120x160", p.Width, p.Height)
	}
}

func TestBadVideos(t *testing.T) {
	dir := t.TempDir()
	good := film(t, filepath.Join(dir, "good.mp4"), 50, "-movflags", "+faststart")
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	film(t, filepath.Join(dir, "good.mkv"), 50)
	mkv, err := os.ReadFile(filepath.Join(dir, "good.mkv"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	called := make(chan struct{}, 1)
	go func() {
		if c, err := listener.Accept(); err == nil {
			c.Close()
			called <- struct{}{}
		}
	}()
	playlist := "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://" +
		listener.Addr().String() + "/x.ts\n#EXT-X-ENDLIST\n"
	film(t, filepath.Join(dir, "sound.mp4"), 5, "-f", "lavfi", "-i", "sine=duration=1", "-map", "1")
	film(t, filepath.Join(dir, "giant.avi"), 1, "-vf", "scale=8000:6000", "-c:v", "mjpeg",
		"-pix_fmt", "yuvj420p")
	damaged := bytes.Clone(data)
	for i := len(data) / 2; i < len(data)/2+400; i++ {
		damaged[i] = 0
	}
	for name, bad := range map[string]struct {
		data []byte // nil: the file is there already, or must not be
		want string
	}{
		"missing.mp4":  {nil, "no such file"},
		"empty.mp4":    {[]byte{}, "the file is empty"},
		"text.mp4":     {[]byte("hello there, this is a text\n"), "not a complete video"},
		"cut.mp4":      {data[:len(data)*2/3], "cut off"},
		"cut.mkv":      {mkv[:len(mkv)*2/3], "cut off"},
		"headless.mp4": {data[:100], "no video in it"},
		"damaged.mp4":  {damaged, "frames could be read"},
		"playlist.mp4": {[]byte(playlist), "this is not"},
		"concat.mp4":   {[]byte("ffconcat version 1.0\nfile good.mp4\n"), "this is not"},
		"sound.mp4":    {nil, "no video in it"},
		"giant.avi":    {nil, "the video has frames of 8000x6000 pixels; the limit is 40 million"},
	} {
		path := filepath.Join(dir, name)
		if bad.data != nil {
			if err := os.WriteFile(path, bad.data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		j := job(t, ProbeParams{}, map[string]string{"video": path})
		err := NewProbe().Run(t.Context(), j)
		if err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: %v, want %q", name, err, bad.want)
		}
		if left, _ := os.ReadDir(j.Out); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
	select {
	case <-called:
		t.Error("the playlist's host was called")
	default:
	}
}

func transcodeParams(w, h int) TranscodeParams {
	return TranscodeParams{Width: w, Height: h, Codec: "libx264", CRF: 23, Preset: "medium",
		Filter: "bicubic", Fit: "squeeze"}
}

// TestBatchIsByteIdentical: one decode for several sizes writes the bytes of separate decodes, and
// a size that the video already has is a copy.
func TestBatchIsByteIdentical(t *testing.T) {
	source := film(t, filepath.Join(t.TempDir(), "a.mp4"), 30, "-pix_fmt", "yuv420p")
	probe, _ := probed(t, source)
	inputs := map[string]string{"video": source, "probe": probe}
	var jobs []*step.Job
	sizes := [][2]int{{80, 60}, {160, 120}, {40, 30}, {120, 90}}
	for _, s := range sizes {
		jobs = append(jobs, job(t, transcodeParams(s[0], s[1]), inputs))
	}
	last := map[int]step.Progress{}
	for i, j := range jobs {
		j.Report = func(p step.Progress) { last[i] = p }
	}
	for i, err := range NewTranscode(TestArguments).(step.Batcher).RunBatch(t.Context(), jobs) {
		if err != nil {
			t.Fatalf("%v: %v", sizes[i], err)
		}
	}
	for i, s := range sizes {
		together := read(t, filepath.Join(jobs[i].Out, "video.mp4"))
		single := job(t, transcodeParams(s[0], s[1]), inputs)
		if err := NewTranscode(TestArguments).Run(t.Context(), single); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(together, read(t, filepath.Join(single.Out, "video.mp4"))) {
			t.Errorf("%v: not the bytes of a single run", s)
		}
		if s[0] == 160 {
			if !bytes.Equal(together, read(t, source)) {
				t.Errorf("%v: not the source's bytes", s)
			}
			continue
		}
		if _, p := probed(t, filepath.Join(single.Out, "video.mp4")); p.Width != s[0] ||
			p.Height != s[1] || p.Frames != 30 {
			t.Errorf("%v: became %dx%d of %d frames", s, p.Width, p.Height, p.Frames)
		}
		if last[i] != (step.Progress{Done: 30, Total: 30, Unit: "frames"}) {
			t.Errorf("%v: told last %+v", s, last[i])
		}
	}
}

// TestVariableFrameRate: uneven frame times, and a first frame that is not at 0, keep every frame.
func TestVariableFrameRate(t *testing.T) {
	source := film(t, filepath.Join(t.TempDir(), "a.mkv"), 40, "-vf",
		"select='not(mod(n,3))+lt(n,6)',setpts=PTS+5/TB", "-vsync", "passthrough")
	probe, p := probed(t, source)
	if p.Frames != 18 || p.Seconds[0] != 0 {
		t.Fatalf("%+v", p)
	}
	j := job(t, transcodeParams(80, 60), map[string]string{"video": source, "probe": probe})
	if err := NewTranscode(TestArguments).Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if _, q := probed(t, filepath.Join(j.Out, "video.mp4")); q.Frames != 18 {
		t.Errorf("%d frames of 18", q.Frames)
	}
}

func TestTranscodeRefuses(t *testing.T) {
	source := film(t, filepath.Join(t.TempDir(), "a.mp4"), 10, "-pix_fmt", "yuv420p")
	probe, p := probed(t, source)
	run := func(params TranscodeParams, probe string) error {
		return NewTranscode(TestArguments).Run(t.Context(),
			job(t, params, map[string]string{"video": source, "probe": probe}))
	}
	if err := run(transcodeParams(320, 240), probe); err == nil ||
		!strings.Contains(err.Error(), "smaller than the resolution") {
		t.Errorf("larger than the source: %v", err)
	}
	if err := run(transcodeParams(81, 61), probe); err == nil ||
		!strings.Contains(err.Error(), "not divisible by 2") {
		t.Errorf("odd: %v", err)
	}
	p.Frames, p.Seconds = 11, append(p.Seconds, 1)
	other := filepath.Join(t.TempDir(), "probe.json")
	if err := writeJSON(other, p); err != nil {
		t.Fatal(err)
	}
	if err := run(transcodeParams(80, 60), other); err == nil ||
		err.Error() != "ffmpeg made 10 frames of the 11 that were probed" {
		t.Errorf("another count: %v", err)
	}
}

func TestCancel(t *testing.T) {
	source := film(t, filepath.Join(t.TempDir(), "a.mp4"), 600, "-pix_fmt", "yuv420p", "-preset",
		"ultrafast")
	probe, _ := probed(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	j := job(t, transcodeParams(158, 118), map[string]string{"video": source, "probe": probe})
	j.Report = func(p step.Progress) {
		if p.Done > 0 {
			cancel()
		}
	}
	if err := NewTranscode(TestArguments).Run(ctx, j); !errors.Is(err, context.Canceled) {
		t.Errorf("transcode: %v", err)
	}
	if err := NewProbe().Run(ctx,
		job(t, ProbeParams{}, map[string]string{"video": source})); !errors.Is(err,
		context.Canceled) {
		t.Errorf("probe: %v", err)
	}
}

func TestMissingFFmpeg(t *testing.T) {
	source := film(t, filepath.Join(t.TempDir(), "a.mp4"), 5)
	t.Setenv("PATH", t.TempDir())
	err := NewProbe().Run(t.Context(), job(t, ProbeParams{}, map[string]string{"video": source}))
	if err == nil || err.Error() != "ffprobe is not installed" || step.Hint(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestVersion(t *testing.T) {
	v, err := Version(t.Context())
	if err != nil || !strings.Contains(v, ".") || !strings.Contains(v, " x264 ") {
		t.Errorf("%q, %v", v, err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzParseFrames: no output of ffprobe makes the parser panic or accept a video without frames.
func FuzzParseFrames(f *testing.F) {
	f.Add("frame|best_effort_timestamp_time=0.000000|width=8|height=8|side_data|\n\nframe|best_effort_timestamp_time=0.1|width=8|height=8|interlaced_frame=1|side_data|displaymatrix=\\n00000000: 0 65536 0\n")
	f.Add("frame|best_effort_timestamp_time=N/A|width=8|height=8|sample_aspect_ratio=4:3\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseFrames(strings.NewReader(text), func(step.Progress) {})
		if err != nil || len(list.seconds) == 0 {
			return
		}
		p, _, err := list.result(t.Context(), stream{})
		if err == nil && (p.Frames < 1 || len(p.Seconds) != p.Frames || p.Width < 1 ||
			p.Height < 1) {
			t.Errorf("%+v", p)
		}
		for i := 1; err == nil && i < p.Frames; i++ {
			if p.Seconds[i] <= p.Seconds[i-1] {
				t.Errorf("times do not ascend: %v", p.Seconds)
			}
		}
	})
}
