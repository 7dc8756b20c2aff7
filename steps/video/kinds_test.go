package video

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snellen/engine/step"
)

// green is a colour that the wrong matrix makes brighter: red, green and blue.
var green = [3]byte{15, 191, 31}

// TestGreenIsGreen: a colour is the same however a file codes it.
func TestGreenIsGreen(t *testing.T) {
	bt709 := []string{"-vf", "scale=out_color_matrix=bt709,format=yuv420p", "-colorspace", "bt709"}
	for name, c := range map[string]struct {
		size string
		args []string
	}{
		"untagged.mp4": {"320x240",
			[]string{"-vf", "scale=out_color_matrix=bt601,format=yuv420p"}},
		"untagged-1280.mp4": {"1280x720",
			[]string{"-vf", "scale=out_color_matrix=bt709,format=yuv420p"}},
		"untagged-portrait.mp4": {"720x1280",
			[]string{"-vf", "scale=out_color_matrix=bt709,format=yuv420p"}},
		"bt709.mp4": {"320x240", bt709},
		"primaries-alone.mp4": {"320x240",
			[]string{"-vf", "scale=out_color_matrix=bt709,format=yuv420p", "-color_primaries",
				"bt709"}},
		"bt601-large.mp4": {"1280x720",
			[]string{"-vf", "scale=out_color_matrix=bt601,format=yuv420p", "-colorspace",
				"smpte170m"}},
		"full.mp4": {"320x240",
			[]string{"-vf", "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p",
				"-colorspace", "bt709", "-color_range", "pc"}},
		"240m.mkv": {"320x240",
			[]string{"-vf", "scale=out_color_matrix=smpte240m,format=yuv420p", "-colorspace",
				"smpte240m"}},
		"mjpeg.avi": {"320x240", []string{"-c:v", "mjpeg", "-q:v", "1", "-pix_fmt",
			"yuvj420p"}},
		"rgb.mkv": {"320x240", []string{"-c:v", "ffv1", "-pix_fmt", "bgr0"}},
		"vp8.webm": {"320x240",
			[]string{"-vf", "scale=out_color_matrix=bt601,format=yuv420p", "-c:v", "libvpx", "-b:v",
				"4M"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			source := fmt.Sprintf(
				"color=color=0x%02x%02x%02x:size=%s:rate=5:duration=1,format=rgb24", green[0],
				green[1], green[2], c.size)
			run(t, append(append([]string{"-f", "lavfi", "-i", source}, c.args...), path)...)
			_, p := probed(t, path)
			for _, size := range [][2]int{{p.Width, p.Height}, {160, 120}} {
				for _, frame := range transcodeTo(t, path, size[0], size[1], squeeze).frames(t) {
					for i := range 3 {
						if d := int(frame[2-i]) - int(green[i]); d < -3 || d > 3 {
							t.Fatalf("at %v it is %v of blue, green and red, want %v the other "+
								"way round", size, frame[:3], green)
						}
					}
				}
			}
		})
	}
}

// TestInterlacedIsWhole: interlaced footage is shown without combs, like the scene at the moment of
// its first field.
func TestInterlacedIsWhole(t *testing.T) {
	for _, first := range []string{"tff", "bff"} {
		path := filepath.Join(t.TempDir(), first+".mkv")
		run(t, with(scene(320, 240, 2), "-vf", "interlace=scan="+first, "-flags", "+ildct+ilme",
			"-x264-params", first+"=1", "-crf", "10", path)...)
		var want [][]byte
		for i, frame := range cut(
			run(t, with(scene(320, 240, 2), "-f", "rawvideo", "-pix_fmt", "bgr24", "-")...),
			320*240*3) {
			if i%2 == 0 {
				want = append(want, frame)
			}
		}
		alike(t, first, transcodeTo(t, path, 320, 240, squeeze).frames(t), want, 28)
		orient(t, remux(t, path), 0, 1, -1, 0)
		turned := transcodeTo(t, strings.TrimSuffix(path, ".mkv")+".mp4", 240, 320, squeeze)
		if turned.reading.Interlaced == "" || turned.reading.Rotation != 90 {
			t.Errorf("%s, turned: %+v", first, turned.reading)
		}
		upright := cut(pipeThrough(t, want, 320, 240, "transpose=clock"), 320*240*3)
		alike(t, first+", turned", turned.frames(t), upright, 28)
	}
}

// remux copies the streams of a Matroska file into an MP4 beside it.
func remux(t testing.TB, path string) string {
	t.Helper()
	to := strings.TrimSuffix(path, ".mkv") + ".mp4"
	run(t, "-i", path, "-c", "copy", to)
	return to
}

// TestHighDynamicRange: footage of high dynamic range looks about like the same scene from a camera
// of standard range.
func TestHighDynamicRange(t *testing.T) {
	// mapsTones skips a test if ffmpeg has no filters for tone mapping.
	mapsTones(t)
	const standard = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
	small := scene(320, 240, 1)
	want := cut(run(t, with(small, "-vf", standard+",scale=in_color_matrix=bt709", "-f", "rawvideo",
		"-pix_fmt", "bgr24", "-")...), 320*240*3)
	for transfer, light := range map[string]string{"arib-std-b67": "HLG", "smpte2084": "PQ",
		"bt709": "BT.2020"} {
		path := filepath.Join(t.TempDir(), transfer+".mkv")
		run(t, with(small, "-vf",
			fmt.Sprintf("%s,zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,zscale=t=%s:m=bt2020nc:r=tv:npl=203,format=yuv420p10le", standard, transfer),
			"-c:v", "libx265", "-x265-params", "log-level=error:crf=12", "-color_primaries",
			"bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", path)...)
		native := transcodeTo(t, path, 320, 240, squeeze)
		if said := strings.Join(native.source.Reading.Describe(), "; "); !strings.Contains(said,
			light+" tone-mapped to BT.709") {
			t.Errorf("read as %s", said)
		}
		pictures := native.frames(t)
		alike(t, light, pictures, want, 26)
		half := transcodeTo(t, path, 160, 120, squeeze).frames(t)
		alike(t, light+", half against native", shrunk(t, half, 160, 120, 80, 60),
			shrunk(t, pictures, 320, 240, 80, 60), 32)
	}
}

// mapsTones skips a test where ffmpeg lacks the filters.
func mapsTones(t *testing.T) {
	t.Helper()
	if can, err := canToneMap(t.Context()); err != nil || !can {
		t.Skipf("this ffmpeg has no zscale: %v", err)
	}
}

// TestEveryTagIsMapped: the filters know every colour tag that a file may have.
func TestEveryTagIsMapped(t *testing.T) {
	mapsTones(t)
	for matrix := range matrixTitles {
		for _, transfer := range []string{"arib-std-b67", "smpte2084", ""} {
			for _, primaries := range []string{"", "bt2020", "bt709", "smpte432", "bt470bg"} {
				format := map[bool]string{true: "gbrp10le", false: "yuv420p10le"}[matrix == "rgb"]
				r := Reading{Width: 64, Height: 48, PixelFormat: format, PixelAspect: "1:1",
					Range: "limited", Matrix: matrix, Transfer: transfer, Primaries: primaries,
					ToneMapped: true}
				if matrix == "rgb" {
					r.Range = "full"
				}
				var chain []string
				for _, f := range append([]Filter{{"format", format}},
					r.pictureFilters(32, 24, "bicubic", "bgr24")...) {
					chain = append(chain, f.String())
				}
				if out := run(t, "-f", "lavfi", "-i", "color=size=64x48:rate=5:duration=0.2", "-vf",
					strings.Join(chain, ","), "-f", "rawvideo", "-"); len(out) != 32*24*3 {
					t.Errorf("%s, %s, %s: %d bytes", matrix, transfer, primaries, len(out))
				}
			}
		}
	}
}

// TestHighDynamicRangeWithoutZscale: an ffmpeg without the filters leads to a note, not to an
// error.
func TestHighDynamicRangeWithoutZscale(t *testing.T) {
	s := stream{TimeBase: "1/25"}
	r, notes := newReading(s, fields{
		"width": "320", "height": "240", "pix_fmt": "yuv420p10le",
		"color_space": "bt2020nc", "color_transfer": "smpte2084", "color_primaries": "bt2020",
		"color_range": "tv",
	})
	note := r.ToneMap(false)
	if r.ToneMapped || len(notes) != 0 || !strings.Contains(note, "PQ") ||
		!strings.Contains(note, "washed out") {
		t.Errorf("%+v, %q, %q", r, notes, note)
	}
	if said := strings.Join(r.Describe(), "; "); !strings.Contains(said, "PQ not tone-mapped") {
		t.Errorf("%q", said)
	}
}

// TestStreams: of several streams, the one that ffmpeg would choose is read, or the requested one,
// but never a cover picture.
func TestStreams(t *testing.T) {
	dir := t.TempDir()
	two := filepath.Join(dir, "two.mkv")
	run(t, append(append(scene(64, 48, 1), small...), "-map", "0", "-map", "1", "-disposition:0",
		"default", "-disposition:1", "0", two)...)
	if _, p := probed(t, two); p.Width != 64 {
		t.Errorf("the default stream is not read: %+v", p.Reading)
	}
	other := 1
	j := job(t, ProbeParams{Stream: &other}, map[string]string{"video": two})
	j.Report = func(p step.Progress) {
		if p.Warning != "" {
			t.Errorf("told of a choice that was made: %s", p.Warning)
		}
	}
	if err := NewProbe().Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if p, err := LoadProbeResult(filepath.Join(j.Out, "probe.json")); err != nil ||
		p.Width != 320 || p.Reading.Stream != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	other = 5
	if err := NewProbe().Run(t.Context(),
		job(t, ProbeParams{Stream: &other}, map[string]string{"video": two})); err == nil ||
		!strings.Contains(step.Hint(err), "stream 1, h264 of 320x240") {
		t.Errorf("%v: %s", err, step.Hint(err))
	}

	cover := filepath.Join(dir, "cover.png")
	run(t, "-f", "lavfi", "-i", "color=red:size=600x600", "-frames:v", "1", cover)
	covered := filepath.Join(dir, "covered.mp4")
	run(t, append(append([]string{"-i", cover}, small...), "-map", "0", "-map", "1",
		"-disposition:0", "attached_pic", "-c:v:0", "copy", covered)...)
	if _, p := probed(t, covered); p.Width != 320 || p.Frames != 50 {
		t.Errorf("with a cover: %+v", p.Reading)
	}
	noted(t, covered, "")
	// Matroska keeps a cover as a video of one picture, here the first, the largest and the default
	// one.
	run(t, append(append([]string{"-i", cover}, small...), "-map", "0", "-map", "1", "-c:v:0",
		"copy", "-disposition:v:0", "default", filepath.Join(dir, "covered.mkv"))...)
	if _, p := probed(t, filepath.Join(dir, "covered.mkv")); p.Width != 320 || p.Frames != 50 ||
		p.Reading.Videos != 0 {
		t.Errorf("with a cover in Matroska: %+v", p.Reading)
	}
	noted(t, filepath.Join(dir, "covered.mkv"), "")
	song := filepath.Join(dir, "song.m4a")
	run(t, "-i", cover, "-f", "lavfi", "-i", "sine=duration=1", "-map", "1", "-map", "0",
		"-disposition:v", "attached_pic", "-c:v", "copy", song)
	if err := NewProbe().Run(t.Context(),
		job(t, ProbeParams{}, map[string]string{"video": song})); err == nil ||
		err.Error() != "the file has a cover picture and no video in it" {
		t.Errorf("%v", err)
	}
}

// TestFit: a video of another shape is stretched, with a note, or keeps its shape.
func TestFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wide.mp4")
	run(t, "-f", "lavfi", "-i", "color=white:size=320x180:rate=5:duration=1", path)
	bright := func(how fit) string {
		m := transcodeTo(t, path, 160, 120, how)
		if (len(m.warned) > 0) != (how == squeeze) {
			t.Errorf("%s: warned %q", how, m.warned)
		}
		frame := m.frames(t)[0]
		rows := ""
		for _, y := range []int{2, 60, 117} {
			rows += map[bool]string{true: "+", false: "."}[frame[(y*160+80)*3] > 128]
		}
		return rows
	}
	if got := bright(squeeze) + " " + bright(pad) + " " + bright(crop); got != "+++ .+. +++" {
		t.Errorf("rows are bright: %s", got)
	}
	tall := filepath.Join(t.TempDir(), "tall.mp4")
	run(t, "-f", "lavfi", "-i", "color=white:size=240x426:rate=5:duration=1", tall)
	m := transcodeTo(t, tall, 320, 240, pad)
	if frame := m.frames(t)[0]; frame[(120*320+160)*3] < 128 || frame[(120*320+20)*3] > 128 {
		t.Error("a tall video is not in the middle")
	}
	probe, _ := probed(t, tall)
	params := transcodeParams(320, 240)
	if err := NewTranscode(TestArguments).Run(t.Context(),
		job(t, params, map[string]string{"video": tall, "probe": probe})); err == nil ||
		!strings.Contains(err.Error(), "smaller than the resolution") {
		t.Errorf("%v", err)
	}
	for _, how := range []fit{pad, crop} {
		for w := 2; w < 400; w += 34 {
			for h := 2; h < 400; h += 62 {
				x, y := how.scaledSize(w, h, 64, 48)
				if x%2 != 0 || y%2 != 0 || how == pad && (x > 64 || y > 48) || how == crop &&
					(x < 64 || y < 48) {
					t.Errorf("%s: %dx%d becomes %dx%d", how, w, h, x, y)
				}
			}
		}
	}
}

// TestTimes: times are the file's own to the microsecond, even if its clock was joined or wraps
// around.
func TestTimes(t *testing.T) {
	dir := t.TempDir()
	slowed := filepath.Join(dir, "slow.mov")
	run(t, with(small, "-vf", slow, "-fps_mode", "passthrough", "-enc_time_base", "1/2400",
		slowed)...)
	_, p := probed(t, slowed)
	for i, s := range p.Seconds {
		want := float64(i) * 80
		switch {
		case i >= 40:
			want = 1100 + float64(i-40)*80
		case i >= 10:
			want = 800 + float64(i-10)*10
		}
		if math.Abs(s-want/2400) > 2e-6 {
			t.Errorf("frame %d is at %g s, want %g", i, s, want/2400)
		}
	}
	one := filepath.Join(dir, "one.ts")
	run(t, with(scene(64, 48, 1), one)...)
	joined := filepath.Join(dir, "joined.ts")
	if err := os.WriteFile(joined, append(read(t, one), read(t, one)...), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, p := probed(t, joined); p.Frames != 50 || p.Seconds[25] <= p.Seconds[24] ||
		p.Seconds[49] > 2.1 {
		t.Errorf("joined: %v", p.Seconds)
	}
	round := filepath.Join(dir, "round.ts")
	// 2^33 ticks of 90 kHz are 95443.7 s.
	run(t, with(scene(64, 48, 2), "-output_ts_offset", "95442.7", "-muxdelay", "0", round)...)
	if _, p := probed(t, round); p.Frames != 50 || math.Abs(p.Seconds[49]-1.96) > 1e-3 {
		t.Errorf("round: %v", p.Seconds)
	}
}

// TestProbeQuickly: a quick probe has the reading of a full one, and the times if the file has any;
// so has a probe of the start, which has the length that the file states instead.
func TestProbeQuickly(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		times int
	}{
		"slow.mov": {[]string{"-vf", slow, "-fps_mode", "passthrough", "-enc_time_base",
			"1/2400"}, 50},
		"upright.mp4":  {nil, 50},
		"stream.h264":  {[]string{"-f", "h264"}, 0},
		"b-frames.mkv": {[]string{"-bf", "3"}, 50},
	} {
		path := filepath.Join(t.TempDir(), name)
		run(t, append(with(small, c.args...), path)...)
		if name == "upright.mp4" {
			orient(t, path, 0, 1, -1, 0)
		}
		_, p := probed(t, path)
		g, err := ProbeQuickly(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := p.Reading
		r.Assumed = slices.DeleteFunc(slices.Clone(r.Assumed),
			func(what string) bool { return what == "times" })
		if fmt.Sprint(g.Reading) != fmt.Sprint(r) || len(g.Seconds) != c.times {
			t.Errorf("%s: %+v and %d times, want %+v", name, g.Reading, len(g.Seconds), r)
		}
		for i, s := range g.Seconds {
			if math.Abs(s-p.Seconds[i]) > 2e-3 {
				t.Errorf("%s: frame %d at %g s, want %g", name, i, s, p.Seconds[i])
			}
		}
		start, err := ProbeStart(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		stated := p.Seconds[len(p.Seconds)-1] + 1/start.Rate
		if fmt.Sprint(start.Reading) != fmt.Sprint(r) || len(start.Seconds) != 0 ||
			start.Rate <= 0 || c.times > 0 && math.Abs(start.Length-stated) > 0.1 ||
			c.times == 0 && start.Length != 0 {
			t.Errorf("%s: the start is %+v, want %+v and %g s", name, start, r, stated)
		}
	}
}

func TestTimesFromStamps(t *testing.T) {
	none := math.NaN()
	for name, c := range map[string]struct {
		told []float64
		rate string
		want []float64
		note string
	}{
		"as they are": {[]float64{5, 5.1, 5.3}, "10/1", []float64{0, 0.1, 0.3}, ""},
		"none": {[]float64{none, none, none}, "10/1", []float64{0, 0.1, 0.2},
			"made from its rate, 10 a second"},
		"one missing": {[]float64{0, none, 0.2}, "30000/1001", []float64{0, 0.033367, 0.066733},
			"made from its rate, 29.97 a second"},
		"no rate": {[]float64{none, none}, "0/0", []float64{0, 0.04},
			"25 a second are assumed"},
		"ticks": {[]float64{none, none}, "90000/1", []float64{0, 0.04},
			"25 a second are assumed"},
		"one back": {[]float64{10, 10.1, 10.2, 0, 0.1, 0.2}, "10/1",
			[]float64{0, 0.1, 0.2, 0.3, 0.4, 0.5}, "goes back once"},
		"stands": {[]float64{0, 0.1, 0.1, 0.2}, "10/1", []float64{0, 0.1, 0.2, 0.3},
			"goes back once"},
		"backwards": {[]float64{0.3, 0.2, 0.1, 0}, "10/1", []float64{0, 0.1, 0.2, 0.3},
			"made from its rate"},
		"one frame": {[]float64{7}, "10/1", []float64{0}, ""},
	} {
		got, timing := times(c.told, stream{Rate: c.rate, BaseRate: c.rate})
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if said := strings.Join(timing.notes(), "; "); c.note == "" && said != "" ||
			!strings.Contains(said, c.note) {
			t.Errorf("%s: %q, want %q", name, said, c.note)
		}
	}
}

// TestHarmlessWords: complaints of ffprobe about a video that can be decoded become a note.
func TestHarmlessWords(t *testing.T) {
	dir := t.TempDir()
	meta := filepath.Join(dir, "meta")
	chapters := ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=one\n[CHAPTER]\nTIMEBASE=1/1\nSTART=1\nEND=2\ntitle=two\n"
	if err := os.WriteFile(meta, []byte(chapters), 0o666); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "chapters.mp4")
	run(t, with(small, "-i", meta, "-map_metadata", "1", "-map", "0", path)...)
	data := read(t, path)
	at := bytes.Index(data, []byte("chap"))
	if at < 0 {
		t.Fatal("no chapters were written")
	}
	binary.BigEndian.PutUint32(data[at+4:], 99)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	noted(t, path, "ffprobe says of it: ")
	if _, p := probed(t, path); p.Frames != 50 {
		t.Errorf("%d frames", p.Frames)
	}
	// A camera's pictures with a marker that holds no EXIF data.
	path = filepath.Join(dir, "exif.avi")
	run(t, with(small, "-c:v", "mjpeg", "-q:v", "3", path)...)
	data = bytes.ReplaceAll(read(t, path), []byte("\xff\xfe\x00\x10Lavc5"),
		[]byte("\xff\xe1\x00\x10Exif\x00"))
	data = bytes.ReplaceAll(data, []byte("\xff\xfe\x00\x10Lavc6"),
		[]byte("\xff\xe1\x00\x10Exif\x00"))
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	noted(t, path, "ffprobe says of it: ")
}

// TestDecoderCounts: a decoder compares the number of frames with the probe's, whichever frames
// were requested.
func TestDecoderCounts(t *testing.T) {
	for name, c := range map[string]struct {
		frames Frames
		given  int // pictures of the source, by which the filter lets through
		want   string
	}{
		"all":           {EveryFrame(1, 5), 5, "[0 1 2 3 4] EOF"},
		"every third":   {EveryFrame(3, 8), 4, "[0 3 6] EOF"},
		"and the last":  {EveryFrame(3, 7), 3, "[0 3 6] EOF"},
		"chosen":        {FramesAt([]int{1, 2, 4}, 9), 4, "[1 2 4] EOF"},
		"with the last": {FramesAt([]int{1, 8}, 9), 2, "[1 8] EOF"},
		"none":          {FramesAt([]int{}, 9), 1, "[] EOF"},
		"none at all":   {FramesAt(nil, 9), 1, "[] EOF"},
		"fewer": {EveryFrame(3, 8), 3,
			"[0 3 6] the video has fewer frames than the 8 that were probed"},
		"fewer, chosen": {FramesAt([]int{1, 2, 4}, 9), 3,
			"[1 2 4] the video has fewer frames than the 9 that were probed"},
		"more": {EveryFrame(1, 3), 4,
			"[0 1 2] the video has more frames than the 3 that were probed"},
		"more, chosen": {FramesAt([]int{1, 8}, 9), 3,
			"[1 8] the video has more frames than the 9 that were probed"},
		"nobody counted": {AllFrames(), 3, "[0 1 2] EOF"},
	} {
		d := NewDecoder(&blank{c.given}, c.frames)
		got := []int{}
		var err error
		for err == nil {
			var i int
			if i, err = d.Next(make([]byte, 3)); err == nil {
				got = append(got, i)
			}
		}
		if said := fmt.Sprint(got, " ", err); said != c.want {
			t.Errorf("%s: %s, want %s", name, said, c.want)
		}
	}
	var many []int
	for i := range 3 * maxRuns {
		many = append(many, 2*i)
	}
	if c := FramesAt(many, 7*maxRuns); !c.all() || c.selectFilters() != nil {
		t.Error("an argument of more than 128 KiB")
	}
	if c := FramesAt(many[:maxRuns], 7*maxRuns); c.all() ||
		len(c.selectFilters()[0].Args) > 100<<10 {
		t.Error("too many stretches, or too long an argument")
	}
}

// A blank is a source of so many pictures.
type blank struct{ left int }

func (b *blank) Close() {}
func (b *blank) Read([]byte) error {
	if b.left--; b.left < 0 {
		return io.EOF
	}
	return nil
}

// TestCases reads inputs that once went wrong, with what is right for each. They are not part of
// the repository.
func TestCases(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "cases", "footage")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("there are no cases: %v", err)
	}
	for name, c := range map[string]struct {
		frames        int
		width, height int
		said, note    string
	}{
		"turned-90.mp4":             {100, 240, 320, "turned by 270 degrees", ""},
		"rate-slow-motion.mov":      {267, 320, 240, "", ""},
		"rate-webcam.webm":          {150, 320, 240, "", ""},
		"rate-burst.webm":           {150, 320, 240, "", ""},
		"rate-burst-after-10s.webm": {360, 320, 240, "", ""},
		"full-range-10bit.mp4":      {100, 320, 240, "full range", ""},
		"bt709.mp4":                 {100, 320, 240, "BT.709", ""},
		"hlg.mov":                   {100, 320, 240, "HLG tone-mapped", ""},
		"pause.mkv":                 {149, 320, 240, "", ""},
		"pause-with-sound.mkv":      {149, 320, 240, "", ""},
		"missing-chapter-track.mp4": {100, 320, 240, "", "ffprobe says of it: "},
		"no-times.h264": {100, 320, 240, "times made from its rate",
			"it does not say when"},
		"pixel-aspect.mp4": {100, 426, 240, "pixels of 4:3 made square", ""},
		"interlaced.mts":   {100, 320, 240, "interlaced, top field first", ""},
		"second-default.mkv": {100, 320, 240, "stream 1, one of 2 videos",
			"it has 2 video streams, and stream 1 is read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, name)
			noted(t, path, c.note)
			native := transcodeTo(t, path, c.width, c.height, squeeze)
			p := native.source
			if p.Frames != c.frames || p.Width != c.width || p.Height != c.height {
				t.Errorf("%d frames of %dx%d, want %d of %dx%d", p.Frames, p.Width, p.Height,
					c.frames, c.width, c.height)
			}
			if said := strings.Join(p.Reading.Describe(), "; "); !strings.Contains(said, c.said) {
				t.Errorf("read as %q, want %q", said, c.said)
			}
			pictures := native.frames(t)
			switch w, h := c.width, c.height; {
			case strings.HasPrefix(c.said, "interlaced"):
				alike(t, "native", pictures, shown(t, path, w, h, "bwdif=mode=send_frame"), 38)
			case !strings.HasPrefix(c.said, "HLG"):
				alike(t, "native", pictures, shown(t, path, w, h, ""), 38)
			}
			half := transcodeTo(t, path, c.width/4*2, c.height/4*2, squeeze).frames(t)
			alike(t, "half against native", shrunk(t, half, c.width/4*2, c.height/4*2, c.width/4,
				c.height/4), shrunk(t, pictures, c.width, c.height, c.width/4, c.height/4), 33)
			for seed := range int64(8) {
				s, err := chooseFrames([]*ProbeResult{p}, SelectParams{Frames: 20, Validation: 0.2,
					Split: "blocks", Gap: 0.25, Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				if train, validation := counts(s); train+validation != 20 {
					t.Errorf("seed %d: %d and %d frames", seed, train, validation)
				}
			}
		})
	}
	err := NewProbe().Run(t.Context(),
		job(t, ProbeParams{},
			map[string]string{"video": filepath.Join(dir, "cover-and-sound.m4a")}))
	if err == nil || err.Error() != "the file has a cover picture and no video in it" {
		t.Errorf("a cover and sound: %v", err)
	}
}

// TestCutAnywhere: wherever a file is cut off, every later step can read what a probe accepts, and
// what it refuses has a hint.
func TestCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	taken := 0
	for name, args := range map[string][]string{
		"h264.ts": {"-f", "mpegts"}, "mpeg2.ts": {"-c:v", "mpeg2video", "-q:v", "4", "-f",
			"mpegts"}, "a.mkv": nil, "a.avi": {"-c:v", "mpeg4", "-q:v", "4"},
		"fragments.mp4": {"-g", "10", "-movflags", "frag_keyframe+empty_moov"},
		"start.mp4":     {"-movflags", "+faststart"}, "a.webm": {"-c:v", "libvpx", "-b:v", "1M"},
		"raw.h264": {"-f", "h264"},
	} {
		whole := filepath.Join(dir, name)
		run(t, append(with(scene(160, 120, 2), args...), whole)...)
		data := read(t, whole)
		for _, share := range []float64{0.2, 0.45, 0.66, 0.8, 0.97, -0.1, -0.4} {
			path, rest := filepath.Join(dir, fmt.Sprint(share, name)),
				data[:int(max(share, 0)*float64(len(data)))]
			if share < 0 { // its beginning is missing
				rest = data[int(-share*float64(len(data))):]
			}
			if err := os.WriteFile(path, rest, 0o666); err != nil {
				t.Fatal(err)
			}
			j := job(t, ProbeParams{}, map[string]string{"video": path})
			if err := NewProbe().Run(t.Context(), j); err != nil {
				if step.Hint(err) == "" {
					t.Errorf("%s at %g: no hint: %v", name, share, err)
				}
				continue
			}
			taken++
			inputs := map[string]string{"video": path, "probe": filepath.Join(j.Out, "probe.json")}
			if err := NewHash().Run(t.Context(), job(t, HashParams{}, inputs)); err != nil {
				t.Errorf("%s at %g, hash: %v", name, share, err)
			}
			if err := NewTranscode(TestArguments).Run(t.Context(),
				job(t, transcodeParams(80, 60), inputs)); err != nil {
				t.Errorf("%s at %g, transcode: %v", name, share, err)
			}
		}
	}
	if taken == 0 {
		t.Error("not one was taken")
	}
	t.Logf("%d of 56 were taken", taken)
}
