package video

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const someReading = `{"stream":0,"stored_width":640,"stored_height":480,"turn":90,"matrix":"bt709",` +
	`"range":"limited","pixel_format":"yuv420p","pixel_aspect":"4:3","time_base":"1/25"}`

// FuzzReading checks that a reading that can be read has a size that is shown, words and filters,
// and is written as one that reads the same.
func FuzzReading(f *testing.F) {
	f.Add([]byte(someReading))
	f.Add([]byte(strings.Replace(someReading, "4:3", "9223372036854775807:2", 1)))
	f.Add([]byte(strings.Replace(someReading, "4:3", "16384:1", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReading(data)
		if err != nil {
			return
		}
		w, h := r.DisplaySize()
		if min(w, h) < 1 || max(w, h) > maxSide {
			t.Errorf("%+v is %dx%d", r, w, h)
		}
		r.Describe()
		r.Unusual()
		r.UprightFilters(true)
		r.StillFilters(8, 6, "bicubic", "pad", "rgb24")
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ParseReading(again); err != nil || !reflect.DeepEqual(same, r) {
			t.Errorf("%+v became %+v, %v", r, same, err)
		}
	})
}

// FuzzProbe checks that a probe that can be read has a time for each frame, and a reading.
func FuzzProbe(f *testing.F) {
	f.Add([]byte(`{"frames":2,"seconds":[0,0.04],"reading":` + someReading + `}`))
	f.Add([]byte(`{"frames":1000000000,"seconds":[0]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseProbeResult(data)
		if err == nil && (p.Frames < 1 || len(p.Seconds) != p.Frames || p.Reading.Check() != nil) {
			t.Errorf("%+v", p)
		}
	})
}

// FuzzFrameHashes checks that hashes that can be read are as many as the frames, and are written as
// ones that read the same.
func FuzzFrameHashes(f *testing.F) {
	f.Add([]byte(`{"seconds":[0,0.04],"hashes":["0123456789abcdef","ffffffffffffffff"]}`))
	f.Add([]byte(`{"seconds":[0],"hashes":["0123"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		seconds, hashes, err := parseFrameHashes(data)
		if err == nil && len(seconds) != len(hashes) {
			t.Errorf("%d times of %d hashes", len(seconds), len(hashes))
		}
	})
}

// FuzzContainer checks that of whatever ffprobe says of a file, the stream that is read is one of
// the file's, is no cover, and has a reading or is refused.
func FuzzContainer(f *testing.F) {
	f.Add([]byte(`{"streams":[{"index":0,"codec_type":"video","codec_name":"h264","width":640,`+
		`"height":480,"time_base":"1/25","avg_frame_rate":"25/1","nb_frames":"10","disposition":`+
		`{"default":1},"side_data_list":[{"displaymatrix":"00000000: 0 65536 0\n"}]},`+
		`{"index":1,"codec_type":"audio"}],"format":{"duration":"0.4"}}`),
		"pix_fmt=yuv420p|width=640|height=480|displaymatrix=00000000: 0 65536 0|color_space=bt709")
	f.Add([]byte(`{"streams":[null,{"index":-1,"codec_type":"video"}]}`), "width=99999999999")
	f.Fuzz(func(t *testing.T, data []byte, frame string) {
		c, err := parseContainer(data)
		if err != nil {
			return
		}
		for _, s := range c.videos() {
			if s.isCover() || s.CodecType != "video" {
				t.Errorf("%+v", s)
			}
			r, _ := newReading(s, parseFields(frame))
			r.Describe()
			if r.Rotation%90 != 0 || r.Rotation < 0 || r.Rotation > 270 || r.Matrix == "" {
				t.Errorf("%+v", r)
			}
		}
	})
}

// FuzzProgress checks that of ffmpeg's lines the last count is returned, and all are read.
func FuzzProgress(f *testing.F) {
	f.Add("frame=1\nfps=0\nprogress=continue\nframe= 12 \nprogress=end\n")
	f.Add("frame=99999999999999999999\nframe=-1\n" + strings.Repeat("x", 70_000) + "\nframe=3")
	f.Fuzz(func(t *testing.T, text string) {
		var seen []int
		in := strings.NewReader(text)
		n := followProgress(in, func(n int) { seen = append(seen, n) })
		if in.Len() > 0 || len(seen) > 0 && n != seen[len(seen)-1] || len(seen) == 0 && n != 0 {
			t.Errorf("%d of %v, %d bytes left", n, seen, in.Len())
		}
	})
}
