package video

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/engine/step"
)

// run runs ffmpeg, to make test videos and expected pictures.
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

// scene is a soft moving picture. No two of its frames are alike.
func scene(width, height, seconds int) []string {
	return []string{"-f", "lavfi", "-i",
		fmt.Sprintf("testsrc2=size=%dx%d:rate=25:duration=%d,gblur=sigma=3,format=yuv420p", width,
			height, seconds)}
}

// A transcoded is a probed video in one size, as an extract step reads it.
type transcoded struct {
	path    string
	reading Reading
	source  *ProbeResult
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
	if err := NewTranscode(TestArguments).Run(t.Context(), j); err != nil {
		t.Fatalf("transcode %s: %v", path, err)
	}
	var err error
	if made.reading, err = LoadReading(filepath.Join(j.Out, "reading.json")); err != nil {
		t.Fatal(err)
	}
	return made
}

// frames decodes the whole video by its reading.
func (m transcoded) frames(t testing.TB) [][]byte {
	t.Helper()
	frames := EveryFrame(1, m.source.Frames)
	p, err := startPipe(t.Context(), NewRequest(m.path, m.reading, frames), func(step.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(p, frames)
	defer d.Close()
	w, h := m.reading.DisplaySize()
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

// shown returns a file's frames as ffmpeg shows them to a person who asks for a size only.
func shown(t testing.TB, path string, width, height int, filters string) [][]byte {
	t.Helper()
	var stored []string
	// ffmpeg must not rotate by itself.
	if rest, ok := strings.CutPrefix(filters, "@"); ok {
		stored, filters = []string{"-noautorotate"}, rest
	}
	chain := strings.TrimPrefix(fmt.Sprintf("%s,scale=%d:%d:flags=bicubic", filters, width, height),
		",")
	return cut(run(t, append(stored, "-i", path, "-vf", chain, "-fps_mode", "passthrough", "-f",
		"rawvideo", "-pix_fmt", "bgr24", "-")...), width*height*3)
}

func cut(data []byte, size int) (list [][]byte) {
	for ; len(data) >= size; data = data[size:] {
		list = append(list, data[:size])
	}
	return list
}

// psnr returns the similarity of two pictures in decibels.
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

// alike checks that every frame matches the other's, in order, by at least so many decibels.
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

// shrunk returns pictures scaled to another size.
func shrunk(t testing.TB, frames [][]byte, w, h, width, height int) [][]byte {
	t.Helper()
	return cut(pipeThrough(t, frames, w, h, fmt.Sprintf("scale=%d:%d:flags=area+accurate_rnd",
		width, height)), width*height*3)
}

// pipeThrough filters pictures of w and h pixels with ffmpeg.
func pipeThrough(t testing.TB, frames [][]byte, w, h int, filters string) []byte {
	t.Helper()
	c := exec.Command("ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s",
		fmt.Sprintf("%dx%d", w, h), "-i", "-",
		"-vf", filters, "-f", "rawvideo", "-pix_fmt", "bgr24", "-")
	c.Stdin = bytes.NewReader(bytes.Join(frames, nil))
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// orient writes another display matrix into the first track of an MP4.
func orient(t testing.TB, path string, a, b, c, d int32) {
	t.Helper()
	data := read(t, path)
	at := bytes.Index(data, []byte("tkhd")) + 4 + 40
	for i, v := range []int32{a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30} {
		binary.BigEndian.PutUint32(data[at+4*i:], uint32(v))
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// A clip is one kind of real footage.
type clip struct {
	name   string
	film   func(t testing.TB, path string)
	frames int
	size   [2]int // as shown, pixels
	shown  string // ffmpeg's filters that show it as a person sees it; "": ffmpeg does by itself
	said   string // of its reading, in words
	note   string // that a person is told; "": none
}

// filmedBy returns a function that makes a video with ffmpeg, with these arguments before the path.
func filmedBy(args ...string) func(t testing.TB, path string) {
	return func(t testing.TB, path string) { run(t, append(args, path)...) }
}

var small = scene(320, 240, 2)

func with(first []string, more ...string) []string { return append(slices.Clone(first), more...) }

// shaky is a webcam's rate: 30 frames a second that are up to 28 ms late, some a millisecond apart.
const shaky = "settb=1/1000,setpts='N*33.333+random(1)*28'"

// slow is a telephone's slow motion: 30 frames a second, then 240, then 30.
const slow = "settb=1/2400,setpts='if(lt(N,10),N*80,if(lt(N,40),800+(N-10)*10,1100+(N-40)*80))'"

var clips = []clip{
	{"plain.mp4", filmedBy(small...), 50, [2]int{320, 240}, "",
		"BT.601 by its size, as the file does not say, limited range", ""},
	{"webcam.webm", filmedBy(with(small, "-vf", shaky, "-fps_mode", "passthrough", "-enc_time_base",
		"1/1000", "-c:v", "libvpx", "-b:v", "4M")...), 50, [2]int{320, 240}, "", "BT.601, limited",
		""},
	{"slow-motion.mov",
		filmedBy(with(small, "-vf", slow, "-fps_mode", "passthrough", "-enc_time_base",
			"1/2400")...), 50, [2]int{320, 240}, "", "", ""},
	{"full-range.mp4",
		filmedBy(with(small, "-vf", "scale=out_range=pc,format=yuv420p", "-color_range", "pc")...),
		50, [2]int{320, 240}, "", "full range", ""},
	{"full-range-10bit.mkv",
		filmedBy(with(small, "-vf", "scale=out_range=pc,format=yuv420p10le", "-color_range", "pc",
			"-c:v", "libx265", "-x265-params", "log-level=error")...), 50, [2]int{320, 240}, "",
		"full range, yuv420p10le", ""},
	{"jpeg.avi", filmedBy(with(small, "-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p")...), 50,
		[2]int{320, 240}, "", "BT.601, full range", ""},
	{"bt709.mp4",
		filmedBy(with(small, "-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709",
			"-color_primaries", "bt709", "-color_trc", "bt709")...), 50, [2]int{320, 240}, "",
		"BT.709, limited", ""},
	{"rgb.mkv", filmedBy(with(small, "-c:v", "libx264rgb", "-crf", "10")...), 50, [2]int{320, 240},
		"", "RGB", ""},
	{"lossless-444.mkv", filmedBy(with(small, "-c:v", "ffv1", "-pix_fmt", "yuv444p10le")...), 50,
		[2]int{320, 240}, "", "yuv444p10le", ""},
	{"grey.mkv", filmedBy(with(small, "-c:v", "ffv1", "-pix_fmt", "gray")...), 50, [2]int{320, 240},
		"", "full range", ""},
	{"vp9.webm", filmedBy(with(small, "-c:v", "libvpx-vp9", "-b:v", "2M", "-cpu-used", "8",
		"-deadline", "realtime")...), 50, [2]int{320, 240}, "", "", ""},
	{"anamorphic.mp4", filmedBy(with(small, "-vf", "setsar=213/160")...), 50, [2]int{426, 240}, "",
		"pixels of 4:3 made square", ""},
	{"tall-pixels.mkv", filmedBy(with(small, "-vf", "setsar=3/4")...), 50, [2]int{320, 320}, "",
		"pixels of 3:4 made square", ""},
	{"interlaced.mkv",
		filmedBy(with(scene(320, 240, 2), "-vf", "interlace=scan=tff", "-flags", "+ildct+ilme",
			"-x264-params", "tff=1")...), 25, [2]int{320, 240}, "bwdif=mode=send_frame",
		"interlaced, top field first: deinterlaced", ""},
	{"bottom-first.mkv",
		filmedBy(with(scene(320, 240, 2), "-vf", "interlace=scan=bff", "-flags", "+ildct+ilme",
			"-x264-params", "bff=1")...), 25, [2]int{320, 240}, "bwdif=mode=send_frame",
		"interlaced, bottom field first: deinterlaced", ""},
	{"pause.mkv", filmedBy(with(scene(320, 240, 6), "-vf", "select='lt(t,1)+gt(t,5)'", "-fps_mode",
		"vfr")...), 49, [2]int{320, 240}, "", "", ""},
	{"pause-with-sound.mkv",
		filmedBy(with(scene(320, 240, 20), "-f", "lavfi", "-i", "sine=duration=20", "-vf",
			"select='lt(t,1)+gt(t,19)'", "-fps_mode", "vfr", "-c:a", "aac")...), 49,
		[2]int{320, 240},
		"", "", ""},
	{"sound-first.mp4",
		filmedBy(with(small, "-f", "lavfi", "-i", "sine=duration=2", "-map", "1", "-map", "0",
			"-c:a", "aac")...), 50, [2]int{320, 240}, "", "", ""},
	{"no-times.h264", filmedBy(with(small, "-f", "h264")...), 50, [2]int{320, 240}, "", "",
		"it does not say when its frames are shown"},
	{"b-frames.avi", filmedBy(with(small, "-c:v", "mpeg4", "-q:v", "2", "-bf", "2")...), 50,
		[2]int{320, 240}, "", "", "it does not say when its frames are shown"},
	{"stream.ts", filmedBy(with(small, "-f", "mpegts")...), 50, [2]int{320, 240}, "", "", ""},
	{"second-default.mkv",
		filmedBy(with(scene(64, 48, 1), with(small, "-map", "0", "-map", "1", "-disposition:0", "0",
			"-disposition:1", "default")...)...), 50, [2]int{320, 240}, "", "",
		"it has 2 video streams, and stream 1 is read"},
	{"fragments.mp4", filmedBy(with(small, "-movflags", "frag_keyframe+empty_moov")...), 50,
		[2]int{320, 240}, "", "", ""},
	{"av1.mp4", filmedBy(with(small, "-c:v", "libsvtav1", "-preset", "12", "-crf", "20")...), 50,
		[2]int{320, 240}, "", "", ""},
	{"prores.mov", filmedBy(with(small, "-c:v", "prores_ks")...), 50, [2]int{320, 240}, "",
		"yuv422p10le", ""},
	{"screen.mov", filmedBy(with(small, "-c:v", "qtrle", "-pix_fmt", "argb")...), 50,
		[2]int{320, 240}, "", "RGB, argb", ""},
	{"dv.avi", filmedBy(with(scene(720, 576, 1), "-c:v", "dvvideo", "-aspect", "4/3")...), 25,
		[2]int{768, 576}, "bwdif=mode=send_frame", "interlaced, bottom field first: deinterlaced",
		""},
	{"portrait-anamorphic.mp4", func(t testing.TB, path string) {
		run(t, with(small, "-vf", "setsar=4/3", path)...)
		orient(t, path, 0, 1, -1, 0)
	}, 50, [2]int{240, 426}, "", "turned by 90 degrees; pixels of 4:3 made square", ""},
	{"turned-90.mp4", turnedBy(0, 1, -1, 0), 50, [2]int{240, 320}, "", "turned by 90 degrees", ""},
	{"turned-180.mp4", turnedBy(-1, 0, 0, -1), 50, [2]int{320, 240}, "", "turned by 180 degrees",
		""},
	{"turned-270.mp4", turnedBy(0, -1, 1, 0), 50, [2]int{240, 320}, "", "turned by 270 degrees",
		""},
	{"mirrored.mp4", turnedBy(-1, 0, 0, 1), 50, [2]int{320, 240}, "@hflip", "mirrored", ""},
	{"upside-down.mp4", turnedBy(1, 0, 0, -1), 50, [2]int{320, 240}, "@vflip",
		"turned by 180 degrees; mirrored", ""},
	{"transposed.mp4", turnedBy(0, 1, 1, 0), 50, [2]int{240, 320}, "@transpose=cclock_flip",
		"turned by 90 degrees; mirrored", ""},
	{"transversed.mp4", turnedBy(0, -1, -1, 0), 50, [2]int{240, 320}, "@transpose=clock_flip",
		"turned by 270 degrees; mirrored", ""},
}

// turnedBy makes a video with a display matrix.
func turnedBy(a, b, c, d int32) func(t testing.TB, path string) {
	return func(t testing.TB, path string) {
		run(t, with(small, path)...)
		orient(t, path, a, b, c, d)
	}
}

// TestPicturesAreThoseShown: every picture of every kind of footage is the one that a person sees,
// in order: at full size, at half of it, and scaled from full to half. The last two are compared at
// a quarter, at which an encoder's loss of fine detail does not count.
func TestPicturesAreThoseShown(t *testing.T) {
	for _, c := range clips {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), c.name)
			c.film(t, path)
			w, h := c.size[0], c.size[1]
			native := transcodeTo(t, path, w, h, squeeze)
			p := native.source
			if p.Width != w || p.Height != h || p.Frames != c.frames {
				t.Fatalf("%d frames of %dx%d, want %d of %dx%d", p.Frames, p.Width, p.Height,
					c.frames, w, h)
			}
			if said := strings.Join(p.Reading.Describe(), "; "); !strings.Contains(said, c.said) {
				t.Errorf("read as %q, want %q", said, c.said)
			}
			// noted checks that a probe warns of something, or of nothing if want is "".
			noted(t, path, c.note)
			pictures := native.frames(t)
			alike(t, "native", pictures, shown(t, path, w, h, c.shown), 38)
			halfW, halfH := w/4*2, h/4*2
			half := transcodeTo(t, path, halfW, halfH, squeeze).frames(t)
			alike(t, "half", half, shown(t, path, halfW, halfH, c.shown), 30)
			alike(t, "half against native", shrunk(t, half, halfW, halfH, w/4, h/4),
				shrunk(t, pictures, w, h, w/4, h/4), 33)
		})
	}
}

// noted wants a probe to warn of something, or of nothing.
func noted(t *testing.T, path, want string) {
	t.Helper()
	j := job(t, ProbeParams{}, map[string]string{"video": path})
	var warned []string
	j.Report = func(p step.Progress) {
		if p.Warning != "" {
			warned = append(warned, p.Warning)
		}
	}
	if err := NewProbe().Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if want == "" && len(warned) > 0 || want != "" &&
		(len(warned) != 1 || !strings.HasPrefix(warned[0], path+": "+want)) {
		t.Errorf("warned %q, want %q", warned, want)
	}
}
