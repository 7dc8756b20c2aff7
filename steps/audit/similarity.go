package audit

import (
	"context"
	"math/bits"
	"slices"

	"snellen/engine/step"
	"snellen/steps/video"
)

// maxSampled is the number of frames of a video's source that are compared with other sources,
// spread evenly. It is large enough to find shared footage, and small enough for a thousand labels.
const maxSampled = 200

// compare fills the result. Within a label, all validation frames are compared with all train
// frames; between sources, samples are compared.
func (a *comparison) compare(ctx context.Context) error {
	a.result.Twins, a.result.Cameras = []Shared{}, []Shared{}
	for i, frames := range a.labels {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l := &a.result.Labels[i]
		train, validation := framesOf(frames, video.Train), framesOf(frames, video.Validation)
		l.Train, l.Validation = len(train), len(validation)
		l.Near, l.Nearest = nearDuplicates(validation, train, a.params.Near)
		a.job.Report(step.Progress{Done: float64(i + 1), Total: float64(len(a.labels)),
			Unit: "labels"})
	}
	var labels [][]Frame
	for _, frames := range a.labels {
		labels = append(labels, sampleFrames(frames))
	}
	var twins []Shared
	for i := range labels {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		twins = append(twins, a.compareWith(i, labels[i], labels, i+1)...)
	}
	a.result.Twins = append(a.result.Twins, worthReporting(twins)...)
	for i, frames := range a.cameras {
		with := labels
		if len(frames) > 0 && frames[0].Picture != nil {
			with = a.labels // each picture is judged by itself, so each one counts
		} else {
			frames = sampleFrames(frames)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		a.result.Cameras = append(a.result.Cameras,
			worthReporting(a.compareWith(i, frames, with, 0))...)
	}
	return nil
}

// compareWith compares source i with the labels from one on.
func (a *comparison) compareWith(i int, frames []Frame, labels [][]Frame, from int) []Shared {
	var list []Shared
	for j := from; j < len(labels); j++ {
		if near, nearest := nearDuplicates(frames, labels[j], a.params.Near); nearest != nil {
			one := Shared{A: i, B: j, Frames: len(frames), Near: near, Nearest: *nearest}
			if near > 0 {
				one.Pairs = nearPictures(frames, labels[j], a.params.Near)
			}
			list = append(list, one)
		}
	}
	return list
}

// worthReporting returns the pairs that share something, and the most similar pair in any case.
func worthReporting(list []Shared) []Shared {
	best := 0
	for i, s := range list {
		if s.Nearest.Bits < list[best].Nearest.Bits {
			best = i
		}
	}
	var out []Shared
	for i, s := range list {
		if s.Near > 0 || i == best {
			out = append(out, s)
		}
	}
	return out
}

// nearDuplicates counts the frames of a that have a near-duplicate in b, and returns the most
// similar pair. The pair is nil if a or b is empty.
func nearDuplicates(a, b []Frame, near int) (count int, nearest *Pair) {
	for _, x := range a {
		pair := mostSimilar(x, b)
		if pair == nil {
			return 0, nil
		}
		if pair.Bits <= near {
			count++
		}
		if nearest == nil || pair.Bits < nearest.Bits {
			nearest = pair
		}
	}
	return count, nearest
}

// mostSimilar returns a frame with the first of the frames that are most like it, or nil if there
// are none.
func mostSimilar(x Frame, frames []Frame) *Pair {
	best, differ := -1, 0
	for i, y := range frames {
		if d := bits.OnesCount64(x.hash ^ y.hash); best < 0 || d < differ {
			best, differ = i, d
		}
	}
	if best < 0 {
		return nil
	}
	return &Pair{differ, x, frames[best]}
}

// maxPairs is the largest number of pictures that are named.
const maxPairs = 4

// nearPictures returns the pictures of a that are most like a frame of b, of those that have a
// near-duplicate there.
func nearPictures(a, b []Frame, near int) []Pair {
	var list []Pair
	for _, x := range a {
		if x.Picture == nil {
			continue
		}
		if pair := mostSimilar(x, b); pair != nil && pair.Bits <= near {
			list = append(list, *pair)
		}
	}
	slices.SortStableFunc(list, func(a, b Pair) int { return a.Bits - b.Bits })
	return list[:min(len(list), maxPairs)]
}

// framesOf returns the frames of a set.
func framesOf(frames []Frame, set string) []Frame {
	var out []Frame
	for _, f := range frames {
		if f.Set == set {
			out = append(out, f)
		}
	}
	return out
}

// sampleFrames returns at most maxSampled frames, spread evenly.
func sampleFrames(frames []Frame) []Frame {
	if len(frames) <= maxSampled {
		return frames
	}
	var out []Frame
	for i := range maxSampled {
		out = append(out, frames[i*len(frames)/maxSampled])
	}
	return out
}
