//go:build native

package libav

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"snellen/engine/step"
	"snellen/steps/video"
)

func ffmpeg(t *testing.T, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	c := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y"}, args...)...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, &said)
	}
	return out
}

func probe(t *testing.T, path string) *video.ProbeResult {
	t.Helper()
	params, err := json.Marshal(video.ProbeParams{})
	if err != nil {
		t.Fatal(err)
	}
	job := &step.Job{
		Params: params, Inputs: map[string]string{"video": path}, Out: t.TempDir(),
		Report: func(step.Progress) {},
	}
	if err := video.NewProbe().Run(t.Context(), job); err != nil {
		t.Fatalf("probe %s: %v", path, err)
	}
	p, err := video.LoadProbeResult(filepath.Join(job.Out, "probe.json"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pictures decodes frames of a video and returns them with the error that followed the last.
func pictures(t *testing.T, path string, r video.Reading, frames video.Frames) ([][]byte, error) {
	t.Helper()
	var list [][]byte
	d, err := Decode(path, r, frames)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w, h := r.DisplaySize()
	for {
		pixels := make([]byte, w*h*3)
		if _, err := d.Next(pixels); err != nil {
			return list, err
		}
		list = append(list, pixels)
	}
}

const (
	scene = "testsrc2=size=160x120:rate=25:duration=1,gblur=sigma=2,format=yuv420p"
	hlg   = "scale=out_color_matrix=bt709," +
		"setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv," +
		"zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020," +
		"zscale=t=arib-std-b67:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
)

// footage is a video file for each peculiarity that changes what a decoder has to do, and the
// options with which ffmpeg encodes it.
var footage = map[string]string{
	"plain.mp4": "",
	"late.webm": "-vf settb=1/1000,setpts='N*33+random(1)*28' -fps_mode passthrough " +
		"-enc_time_base 1/1000 -c:v libvpx -b:v 1M",
	"b-frames.avi":   "-c:v mpeg4 -bf 2 -q:v 3",
	"no-times.h264":  "-f h264",
	"stream.ts":      "-f mpegts",
	"interlaced.mkv": "-vf interlace -flags +ildct+ilme -x264-params tff=1",
	"pixels.mkv":     "-vf setsar=4/3",
	"full.mkv": "-vf scale=out_range=pc,format=yuv420p10le -color_range pc " +
		"-c:v libx265 -x265-params log-level=error",
	"rgb.mkv": "-c:v ffv1 -pix_fmt bgr0",
	"odd.mkv": "-vf scale=81:61 -c:v ffv1 -pix_fmt yuv444p",
	"hlg.mkv": "-vf " + hlg + " -c:v libx265 -x265-params log-level=error " +
		"-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc",
	"sound.mkv":  "-f lavfi -i sine=duration=1 -c:a aac -map 1 -map 0",
	"edited.mp4": "",
}

// The libraries return the pixels that the program writes, for every kind of footage.
func TestPixelsEqualFFmpeg(t *testing.T) {
	for name, options := range footage {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			args := append([]string{"-f", "lavfi", "-i", scene}, strings.Fields(options)...)
			ffmpeg(t, append(args, path)...)
			if name == "edited.mp4" { // an edit list hides the frames from a key frame to the cut
				whole := path
				path = filepath.Join(t.TempDir(), name)
				ffmpeg(t, "-ss", "0.3", "-i", whole, "-c", "copy", path)
			}
			p := probe(t, path)
			comparePixels(t, path, p.Reading, video.EveryFrame(1, p.Frames), 0)
			// The last chosen frame is only decoded to be counted.
			some := video.FramesAt([]int{0, 3, 4, 5, p.Frames - 2}, p.Frames)
			comparePixels(t, path, p.Reading, some, 1)
		})
	}
}

// comparePixels compares the pictures of the libraries with the program's, less its last ones.
func comparePixels(t *testing.T, path string, r video.Reading, frames video.Frames, less int) {
	t.Helper()
	q := video.NewRequest(path, r, frames)
	want := ffmpeg(t, "-noautorotate", "-i", path, "-map", "0:"+strconv.Itoa(q.Stream),
		"-vf", q.Filters, "-fps_mode", "passthrough", "-enc_time_base", "1/25",
		"-f", "rawvideo", "-")
	w, h := r.DisplaySize()
	want = want[:len(want)-less*w*h*3]
	list, err := pictures(t, path, r, frames)
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if got := bytes.Join(list, nil); !bytes.Equal(got, want) {
		t.Errorf("%d pictures of %d bytes differ from ffmpeg's %d", len(list), len(got), len(want))
	}
}

// decodeUntilError decodes a video, wants an error with that text, and returns the number of
// pictures before it.
func decodeUntilError(
	t *testing.T, path string, p *video.ProbeResult, f video.Frames, text string,
) int {
	t.Helper()
	list, err := pictures(t, path, p.Reading, f)
	if err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), text) {
		t.Errorf("%v after %d pictures; want an error with %q", err, len(list), text)
	}
	return len(list)
}

// A damaged frame ends the pictures, and so does another number of frames than was probed.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.mp4")
	ffmpeg(t, "-f", "lavfi", "-i", scene, path)
	p := probe(t, path)
	n := decodeUntilError(t, path, p, video.EveryFrame(1, p.Frames+1), "fewer frames")
	if n != p.Frames {
		t.Errorf("%d pictures of %d frames", n, p.Frames)
	}
	n = decodeUntilError(t, path, p, video.EveryFrame(1, p.Frames-1), "more frames")
	if n != p.Frames-1 {
		t.Errorf("%d pictures of %d frames that were expected", n, p.Frames-1)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// It reaches over several frames: what lies within one may still decode, to something else.
	clear(data[len(data)/2-1000 : len(data)/2+1000])
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if n := decodeUntilError(t, path, p, video.EveryFrame(1, p.Frames), ""); n >= p.Frames {
		t.Errorf("%d pictures of a damaged video of %d frames", n, p.Frames)
	}
}

// A file that is no video is not opened, nor is a playlist, which could name other files.
func TestRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.mp4")
	ffmpeg(t, "-f", "lavfi", "-i", scene, path)
	p := probe(t, path)
	for name, text := range map[string]string{
		"playlist.mp4": "#EXTM3U\n#EXTINF:10,\na.ts\n", "text.mp4": "hello", "empty.mp4": "",
	} {
		other := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(other, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if d, err := Decode(other, p.Reading, video.AllFrames()); err == nil {
			d.Close()
			t.Errorf("%s was opened", name)
		}
	}
	// A frame over the bound takes no memory: it is not decoded.
	giant := filepath.Join(t.TempDir(), "giant.avi")
	ffmpeg(t, "-f", "lavfi", "-i", "color=s=8000x6000", "-frames:v", "1", "-c:v", "mjpeg", giant)
	if n := decodeUntilError(t, giant, p, video.AllFrames(), "decode"); n > 0 {
		t.Errorf("%d frames of 8000x6000 pixels were decoded", n)
	}
	missing := filepath.Join(t.TempDir(), "none.mp4")
	if d, err := Decode(missing, p.Reading, video.AllFrames()); err == nil {
		d.Close()
		t.Error("a missing file was opened")
	}
}
