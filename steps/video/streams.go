package video

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snellen/engine/step"
	"snellen/steps/proc"
)

// A stream is one stream of a file, as ffprobe reports it.
type stream struct {
	Index        int    `json:"index"` // among all streams of the file
	CodecType    string `json:"codec_type"`
	Codec        string `json:"codec_name"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	SampleAspect string `json:"sample_aspect_ratio"`
	TimeBase     string `json:"time_base"`
	Rate         string `json:"avg_frame_rate"`
	BaseRate     string `json:"r_frame_rate"`
	Counted      string `json:"nb_frames"` // frames, as the container states
	Disposition  struct {
		Default int `json:"default"`
		Cover   int `json:"attached_pic"`
		Thumbs  int `json:"timed_thumbnails"`
	} `json:"disposition"`
	videos   int // in the file; 0 means one
	SideData []struct {
		DisplayMatrix string `json:"displaymatrix"`
		DolbyVision   int    `json:"dv_profile"`
	} `json:"side_data_list"`
}

func (s stream) displayMatrix() string {
	for _, d := range s.SideData {
		if d.DisplayMatrix != "" {
			return d.DisplayMatrix
		}
	}
	return ""
}

func (s stream) dolbyVision() int {
	for _, d := range s.SideData {
		if d.DolbyVision != 0 {
			return d.DolbyVision
		}
	}
	return 0
}

// isCover reports whether the stream holds a cover picture or thumbnails rather than a video.
func (s stream) isCover() bool { return s.Disposition.Cover != 0 || s.Disposition.Thumbs != 0 }

// score orders streams as ffmpeg does when it chooses one: by pixels, with a bonus for a default
// stream.
func (s stream) score() int { return s.Width*s.Height + 5_000_000*s.Disposition.Default }

func (s stream) String() string {
	text := fmt.Sprintf("stream %d, %s of %dx%d", s.Index, s.Codec, s.Width, s.Height)
	if s.Disposition.Default != 0 {
		text += ", default"
	}
	return text
}

// rate returns the frames a second that the container states, or defaultRate. known is false if it
// states none.
func (s stream) rate() (perSecond float64, known bool) {
	for _, text := range []string{s.Rate, s.BaseRate} {
		if a, b, ok := ratio(text, "/"); ok && float64(a)/float64(b) <= maxRate {
			return float64(a) / float64(b), true
		}
	}
	return defaultRate, false
}

const (
	maxRate     = 10_000 // frames a second; a higher rate counts ticks, not frames
	defaultRate = 25     // frames a second of a video without a rate, as in ffmpeg
)

// A container is what ffprobe reports of a whole file.
type container struct {
	Streams []stream `json:"streams"`
	Format  struct {
		Seconds string `json:"duration"` // as the file states
	} `json:"format"`
}

// probeContainer asks ffprobe for a file's streams. Frames are decoded only if a cover may be among
// them.
func probeContainer(ctx context.Context, path string) (c container, err error) {
	if err := checkFile(path); err != nil {
		return c, err
	}
	log := proc.NewTail(logSize)
	p := command(ctx, "ffprobe", probeArgs(path, "-of", "json", "-show_entries",
		"stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,time_base,"+
			"avg_frame_rate,r_frame_rate,nb_frames:"+
			"stream_disposition=default,attached_pic,timed_thumbnails:"+
			"stream_side_data=displaymatrix,dv_profile:format=duration")...)
	p.Stderr = log
	out, err := p.Output()
	switch {
	case ctx.Err() != nil:
		return c, ctx.Err()
	case p.ProcessState == nil:
		return c, startError("ffprobe", err)
	case err != nil:
		return c, exitError("ffprobe", err, log, path)
	}
	if c, err = parseContainer(out); err != nil {
		return c, err
	}
	return c, c.findCovers(ctx, path)
}

// parseContainer parses ffprobe's answer.
func parseContainer(out []byte) (c container, err error) {
	if err := json.Unmarshal(out, &c); err != nil {
		return c, fmt.Errorf("read ffprobe's answer: %w", err)
	}
	return c, nil
}

// pictureCodecs are the codecs of cover pictures.
var pictureCodecs = []string{"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpeg2000", "jpegxl"}

// findCovers marks covers that the file does not mark: Matroska stores one as a video of a single
// picture.
func (c *container) findCovers(ctx context.Context, path string) error {
	if len(c.videos()) < 2 {
		return nil
	}
	for i := range c.Streams {
		s := &c.Streams[i]
		if s.CodecType != "video" || !slices.Contains(pictureCodecs, s.Codec) {
			continue
		}
		_, n, err := packetTimes(ctx, path, "-select_streams", strconv.Itoa(s.Index))
		if err != nil {
			return err
		}
		if n == 1 {
			s.Disposition.Cover = 1
		}
	}
	return nil
}

// videos returns the video streams, without covers.
func (c container) videos() []stream {
	var films []stream
	for _, s := range c.Streams {
		if s.CodecType == "video" && !s.isCover() {
			films = append(films, s)
		}
	}
	return films
}

// A NoStreamError is the number of a video stream that was asked for and that a file does not have.
type NoStreamError int

func (e NoStreamError) Error() string {
	return fmt.Sprintf("the file has no video stream %d", int(e))
}

// selectStream returns the stream to read: the one with the index or, if that is nil, the one that
// ffmpeg would choose, which is the largest, with a preference for a default one. It never returns
// a cover picture. note lists the others, if there are any.
func (c container) selectStream(index *int) (s stream, note string, err error) {
	films := c.videos()
	covered := slices.ContainsFunc(c.Streams, stream.isCover)
	switch {
	case index != nil:
		i := slices.IndexFunc(films, func(s stream) bool { return s.Index == *index })
		if i < 0 {
			return s, "", step.WithHint(NoStreamError(*index),
				cmp.Or(listStreams(films, "it has "), "remove the stream attribute"))
		}
		return films[i].countedIn(films), "", nil
	case len(films) == 0 && covered:
		return s, "", errors.New("the file has a cover picture and no video in it")
	case len(films) == 0:
		return s, "", errors.New("the file has no video in it")
	}
	s = slices.MaxFunc(films, func(a, b stream) int { return cmp.Compare(a.score(), b.score()) })
	if len(films) > 1 {
		note = fmt.Sprintf("it has %d video streams, and stream %d is read: %s; write stream = N "+
			"for another", len(films), s.Index, listStreams(films, ""))
	}
	return s.countedIn(films), note, nil
}

func (s stream) countedIn(films []stream) stream {
	if len(films) > 1 {
		s.videos = len(films)
	}
	return s
}

func listStreams(films []stream, before string) string {
	if len(films) == 0 {
		return ""
	}
	var texts []string
	for _, s := range films {
		texts = append(texts, s.String())
	}
	return before + strings.Join(texts, "; ")
}
