package video

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// A Source gives a video's pictures one by one, as raw pixels.
type Source interface {
	// Read reads the next picture into pixels, which has room for just one. Behind the last it
	// returns io.EOF. It ends at the first frame that is damaged.
	Read(pixels []byte) error
	Close()
}

// A Decoder gives those of a video's pictures that were asked for, and makes sure that the video
// has as many frames as were probed. It may be used by one goroutine at a time.
type Decoder struct {
	source Source
	frames Frames
	next   int // of the pictures that come
}

// NewDecoder returns a decoder of the pictures that a source gives for a Request. It closes the
// source.
func NewDecoder(source Source, frames Frames) *Decoder {
	return &Decoder{source: source, frames: frames}
}

// Next reads the next picture into pixels, and returns the frame's index. At the end it returns
// io.EOF, if the video had as many frames as it should, and else what went wrong.
func (d *Decoder) Next(pixels []byte) (index int, err error) {
	for {
		err := d.source.Read(pixels)
		index, there := d.frames.index(d.next)
		switch {
		case errors.Is(err, io.EOF) && d.frames.total > 0 && there:
			return 0, fmt.Errorf("the video gives fewer frames than the %d that were probed", d.frames.total)
		case err != nil:
			return 0, err
		case !there:
			return 0, fmt.Errorf("the video gives more frames than the %d that were probed", d.frames.total)
		}
		d.next++
		if d.frames.contains(index) {
			return index, nil
		}
	}
}

// Close ends the reading, wherever it is.
func (d *Decoder) Close() { d.source.Close() }

// Frames are some of a video's, by index from 0.
type Frames struct {
	total   int      // that the video has; 0: not known, and not checked
	listed  bool     // those of indices, which may be none; else every so manieth
	indices []int    // ascending
	runs    [][2]int // of neighbours in indices: the first and the last
	every   int      // 0 and 1: all
}

// FramesAt are the frames of these indices, ascending, of a video that has so many. There may be none.
func FramesAt(indices []int, total int) Frames {
	return Frames{total: total, listed: true, indices: indices, runs: runsOf(indices)}
}

// EveryFrame is one of so many frames, from the first on, of a video that has so many.
func EveryFrame(every, total int) Frames { return Frames{total: total, every: every} }

// AllFrames are the frames of a video that nobody has counted.
func AllFrames() Frames { return Frames{} }

// maxRuns is how many stretches of frames ffmpeg is told of: an argument is bounded by 128 KiB.
// Where there are more, all frames are read, and the others left out here.
const maxRuns = 2000

// selectFilters is a filter by which ffmpeg leaves frames out before it converts them. The last frame passes
// in any case, and any beyond it, so that their number is known to be right.
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

func (f Frames) all() bool {
	return f.total == 0 || !f.listed && f.every <= 1 || len(f.runs) > maxRuns
}

// runsOf are the first and the last of neighbouring numbers.
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

// runsExpression is an expression that is true of a frame in one of the stretches. It halves them again and
// again: ffmpeg allows a hundred terms side by side.
func runsExpression(stretches [][2]int) string {
	if len(stretches) == 1 {
		return fmt.Sprintf("between(n,%d,%d)", stretches[0][0], stretches[0][1])
	}
	half := len(stretches) / 2
	return fmt.Sprintf("if(lt(n,%d),%s,%s)", stretches[half][0], runsExpression(stretches[:half]), runsExpression(stretches[half:]))
}

// index is the frame that the n-th picture from ffmpeg shows, from 0; ok is false behind the last.
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

// contains reports whether a frame was asked for.
func (f Frames) contains(i int) bool {
	if !f.listed {
		return f.every <= 1 || i%f.every == 0
	}
	_, found := slices.BinarySearch(f.indices, i)
	return found
}
