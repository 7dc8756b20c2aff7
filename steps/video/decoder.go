package video

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// A Source reads a video's pictures one by one, as raw pixels. Only one goroutine may use it.
type Source interface {
	// Read reads the next picture into pixels, which has room for just one. Behind the last it
	// returns io.EOF. It ends at the first frame that is damaged.
	Read(pixels []byte) error
	Close()
}

// A Decoder returns the requested pictures of a video, and checks that the video has as many frames
// as were probed. Only one goroutine may use it.
type Decoder struct {
	source Source
	frames Frames
	next   int // number of the next picture
}

// NewDecoder returns a decoder of a source's pictures. The source must have been opened by a
// Request with the same frames. Close closes it.
func NewDecoder(source Source, frames Frames) *Decoder {
	return &Decoder{source: source, frames: frames}
}

// Next reads the next picture into pixels and returns the frame's index. At the end it returns
// io.EOF if the video has the probed number of frames, and another error if it has not. pixels has
// room for exactly one picture.
func (d *Decoder) Next(pixels []byte) (index int, err error) {
	for {
		err := d.source.Read(pixels)
		index, there := d.frames.index(d.next)
		switch {
		case errors.Is(err, io.EOF) && d.frames.total > 0 && there:
			return 0, fmt.Errorf("the video has fewer frames than the %d that were probed",
				d.frames.total)
		case err != nil:
			return 0, err
		case !there:
			return 0, fmt.Errorf("the video has more frames than the %d that were probed",
				d.frames.total)
		}
		d.next++
		if d.frames.contains(index) {
			return index, nil
		}
	}
}

// Close stops reading, at any point, and closes the source.
func (d *Decoder) Close() { d.source.Close() }

// Frames are a subset of a video's frames, by index from 0.
type Frames struct {
	total   int      // of the video; 0 if unknown, and then not checked
	listed  bool     // the ones in indices; otherwise one of every so many
	indices []int    // ascending
	runs    [][2]int // of consecutive indices: the first and the last
	every   int      // 0 and 1 mean all
}

// FramesAt returns the frames at these indices, ascending, of a video with total frames. indices
// may be empty.
func FramesAt(indices []int, total int) Frames {
	return Frames{total: total, listed: true, indices: indices, runs: runsOf(indices)}
}

// EveryFrame returns one of every so many frames, from the first on, of a video with total frames.
func EveryFrame(every, total int) Frames { return Frames{total: total, every: every} }

// AllFrames returns the frames of a video that was not probed. Their number is not checked.
func AllFrames() Frames { return Frames{} }

// maxRuns limits the runs of frames in one ffmpeg argument, which may have 128 KiB. For more runs,
// all frames are read and the others dropped here.
const maxRuns = 2000

// selectFilters returns a filter that drops frames before ffmpeg converts them. The last frame and
// any after it always pass, so that the number of frames can be checked.
func (f Frames) selectFilters() []Filter {
	if f.all() {
		return nil
	}
	behind := fmt.Sprintf("gte(n,%d)", f.total-1)
	if !f.listed {
		return []Filter{{"select", fmt.Sprintf("not(mod(n,%d))+%s", f.every, behind)}}
	}
	if len(f.runs) == 0 {
		return []Filter{{"select", behind}}
	}
	return []Filter{{"select", runsExpression(f.runs) + "+" + behind}}
}

// all reports whether every frame is read from the source.
func (f Frames) all() bool {
	return f.total == 0 || !f.listed && f.every <= 1 || len(f.runs) > maxRuns
}

// runsOf returns the first and the last number of each run of consecutive numbers.
func runsOf(ascending []int) (list [][2]int) {
	for i, n := range ascending {
		if i > 0 && n == ascending[i-1]+1 {
			list[len(list)-1][1] = n
			continue
		}
		list = append(list, [2]int{n, n})
	}
	return list
}

// runsExpression returns an ffmpeg expression that is true for frames in one of the runs. It halves
// the runs recursively, because ffmpeg allows only a hundred terms side by side.
func runsExpression(stretches [][2]int) string {
	if len(stretches) == 1 {
		return fmt.Sprintf("between(n,%d,%d)", stretches[0][0], stretches[0][1])
	}
	half := len(stretches) / 2
	return fmt.Sprintf("if(lt(n,%d),%s,%s)", stretches[half][0], runsExpression(stretches[:half]),
		runsExpression(stretches[half:]))
}

// index returns the frame of the n-th picture from the source, from 0. ok is false after the last.
func (f Frames) index(n int) (i int, ok bool) {
	switch {
	case f.all():
		i = n
	case !f.listed:
		i = n * f.every
		if last := f.total - 1; i > last && i-f.every < last {
			i = last
		}
	case n < len(f.indices):
		i = f.indices[n]
	case n == len(f.indices) && (n == 0 || f.indices[n-1] != f.total-1):
		i = f.total - 1
	default:
		i = f.total
	}
	return i, f.total == 0 || i < f.total
}

// contains reports whether a frame was requested.
func (f Frames) contains(i int) bool {
	if !f.listed {
		return f.every <= 1 || i%f.every == 0
	}
	_, found := slices.BinarySearch(f.indices, i)
	return found
}
